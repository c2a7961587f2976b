"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sportdata.errors import WrongUse

OPEN_TO_OWNER, AS_USUAL = 0o600, 0o666  # the second is narrowed by the umask


@contextmanager
def written_whole(files: list[Path], secret: bool) -> Iterator[dict[Path, Path]]:
    """File → where to write it. At the end all take their names, over what was there; on an error or Ctrl-C nothing has changed.

    Each is one rename, so a reader finds the old file or the new one. Raises WrongUse when a folder cannot be written.
    """
    beside = {file: file.with_name(f".{file.name}.{os.getpid()}") for file in files}
    try:
        for file, scratch in beside.items():
            _make(file, scratch, OPEN_TO_OWNER if secret else AS_USUAL)
        yield beside
        for scratch in beside.values():
            _flush(scratch)
        for file, scratch in beside.items():
            scratch.replace(file)
    except OSError as error:
        raise WrongUse(f"{error.filename or files[0].parent}: cannot be written: {error.strerror or error}") from error
    finally:
        for scratch in beside.values():
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


def _make(file: Path, scratch: Path, mode: int) -> None:
    if file.is_dir():
        raise WrongUse(f"{file} is a folder; a file of that name is to be written")
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch.unlink(missing_ok=True)
    os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))


def _flush(scratch: Path) -> None:
    with scratch.open("rb") as file:
        os.fsync(file.fileno())

"""The folder `SPORTDATA_HOME`: made for one stack, and removed with all it holds by `reset`. So it is never somebody's own folder."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from sportdata.contracts.lakeside import ObjectStore
from sportdata.errors import WrongUse
from sportdata.settings import Settings

SECRETS = "secrets.json"  # what makes a folder the home of a stack
MADE_BY_US = {"postgres", "kafka", "connect", "thrift", "spark", "lake", "gold", "progress", "run", "logs", "prometheus", "validation"}
MADE_BY_US |= {SECRETS, f"{SECRETS}.new", "google_unanswered.json"}
OF_THE_DISK = {"lost+found"}


def is_home(folder: Path) -> bool:
    return (folder / SECRETS).exists()


def require_home(settings: Settings) -> None:
    """Raises WrongUse for a folder that is no stack's home yet and holds what no stack makes: `reset` would take that for ours."""
    home = settings.home.resolve()
    if not home.is_dir() or is_home(home):
        return
    if strangers := sorted({entry.name for entry in home.iterdir()} - MADE_BY_US - OF_THE_DISK):
        raise WrongUse(f"{home} is not the home of a stack and holds {_some(strangers)}: name an empty or a new folder by SPORTDATA_HOME")


def make(settings: Settings) -> None:
    """The home and what a start needs in it, open to its owner alone. A link to a folder that is gone gets its folder back."""
    home = settings.home.resolve()
    for folder in (home, settings.logs, settings.run, settings.progress, settings.lake):
        if not isinstance(folder, ObjectStore):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)  # a folder that was there before keeps its mode otherwise


def remove(home: Path) -> None:
    """What makes it a home goes last, so that a removal that was interrupted can be repeated.

    A folder that is not ours to remove, such as the root of a disk, stays empty.
    """
    entries = [entry for entry in home.iterdir() if entry.name not in {SECRETS, *OF_THE_DISK}]
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    (home / SECRETS).unlink()
    try:
        home.rmdir()
    except OSError as error:
        if error.errno not in {errno.EBUSY, errno.EACCES} and not any((home / name).exists() for name in OF_THE_DISK):
            raise


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

"""Files of a running stack: some are gone between being listed and being read, for they are written aside and renamed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class Seen(NamedTuple):
    """One file, as it was when it was read."""

    path: Path
    content: bytes
    mode: int


def read_each(files: Iterable[Path]) -> Iterator[Seen]:
    """Those that are still there, each opened once."""
    for path in files:
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                seen = Seen(path, file.read(), mode)
        except FileNotFoundError:
            continue
        yield seen

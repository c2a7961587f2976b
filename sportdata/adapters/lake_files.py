"""Single files below a Delta table, in a folder or in an object store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, BinaryIO, cast

from sportdata.contracts.lakeside import Lakeside, delta_options
from sportdata.errors import BrokenWorld

_COLOUR = re.compile(r"\x1b\[[0-9;]*m|\u21b3")  # and the arrow before each cause


def open_file(table: Lakeside, name: str) -> BinaryIO:
    """To be read at any place of it. Raises BrokenWorld when that cannot be."""
    try:
        if isinstance(table, Path):
            return (table / name).open("rb")
        return cast("BinaryIO", _store(table).open_input_file(name))
    except OSError as error:
        raise BrokenWorld(f"{table}/{name} is in the table's log and cannot be read: {error.strerror or error}") from error


def written_at(table: Lakeside, name: str) -> float | None:
    """When the file was written, in seconds since 1970; None when it is not there. Raises BrokenWorld when that cannot be told."""
    try:
        if isinstance(table, Path):
            return (table / name).stat().st_mtime
        [found] = _store(table).get_file_info([name])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BrokenWorld(f"{table}/{name} cannot be looked at: {error.strerror or error}") from error
    return None if found.mtime is None else found.mtime.timestamp()


def in_short(error: Exception) -> str:
    """What delta-rs says, on one line: an error of a store comes as a tree, in colours, with the store's XML below it."""
    return " ".join(_COLOUR.sub("", str(error)).split())[:400]


def _store(table: Lakeside) -> Any:
    from deltalake.fs import DeltaStorageHandler  # noqa: PLC0415 - it takes pyarrow with it, which a lake in a folder spares the exporter

    return DeltaStorageHandler(str(table), delta_options(table))

"""A configuration file that may be edited while gold runs: a good edit counts, a bad one is reported and the last good one stays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from sportdata.errors import RefusedInput

Value = TypeVar("Value")


def fingerprint(file: Path) -> str:
    """sha256 of the file's bytes; "" when it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


class Watched(Generic[Value]):
    """`value` is the last good content. Raises RefusedInput when the very first reading is bad: there is nothing to fall back on."""

    def __init__(self, file: Path, read: Callable[[str, str], Value]) -> None:
        self._file = file
        self._read = read
        self.warning: str | None = None
        self.seen = fingerprint(file)
        self.value = self._content()

    def look(self) -> bool:
        """Whether a new good content has come since the last look."""
        now = fingerprint(self._file)
        if now == self.seen:
            return False
        self.seen = now
        try:
            self.value = self._content()
        except RefusedInput as error:
            self.warning = f"{error}. The last good values stay in force."
            return False
        self.warning = None
        return True

    def _content(self) -> Value:
        try:
            return self._read(self._file.read_text(encoding="utf-8"), self._file.name)
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedInput(f"{self._file.name} cannot be read: {error}") from error

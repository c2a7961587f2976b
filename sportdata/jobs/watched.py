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
    """`value` is the last good content, `text` the same as it was written."""

    def __init__(self, file: Path, read: Callable[[str, str], Value], last_good: str | None = None) -> None:
        """`last_good`: the `text` of a former process, in force when the first reading is bad. Without it that raises RefusedInput."""
        self._file = file
        self._read = read
        self.warning: str | None = None
        self.seen = fingerprint(file)
        try:
            self.text, self.value = self._content()
        except RefusedInput as error:
            if last_good is None:
                raise
            self._refuse(error)
            self.text, self.value = last_good, read(last_good, f"{file.name} as it was last accepted")

    def look(self) -> bool:
        """Whether a new good content has come since the last look."""
        now = fingerprint(self._file)
        if now == self.seen:
            return False
        self.seen = now
        try:
            self.text, self.value = self._content()
        except RefusedInput as error:
            self._refuse(error)
            return False
        self.warning = None
        return True

    def _refuse(self, error: RefusedInput) -> None:
        self.warning = f"{error}. The last good values stay in force."

    def _content(self) -> tuple[str, Value]:
        try:
            text = self._file.read_text(encoding="utf-8")
            return text, self._read(text, self._file.name)
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedInput(f"{self._file.name} cannot be read: {error}") from error

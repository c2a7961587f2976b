"""What the history has still to take up."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import NamedTuple


class Taken(NamedTuple):
    """`hr`, `rules`: HR data, the parameters are among what has changed."""

    turn: int
    everything: bool
    employees: set[int]
    hr: bool
    rules: bool


class Touched:
    """Whoever reads or changes it holds gold's lock."""

    def __init__(self) -> None:
        self._turn, self._done = 1, 0
        self._everything = True
        self._employees: set[int] = set()
        self._hr = self._rules = False
        self.last_at = time.monotonic()

    def add(self, employees: Collection[int], hr: bool = False) -> None:
        if employees:
            self._employees.update(employees)
            self._hr |= hr
            self._next()

    def add_rules(self) -> None:
        self._rules = True
        self._next()

    def add_everything(self) -> None:
        self._everything = True
        self._next()

    def _next(self) -> None:
        self._turn += 1
        self.last_at = time.monotonic()

    @property
    def pending(self) -> bool:
        return self._done < self._turn

    def take(self) -> Taken:
        """Hands everything over; it stays pending until `done`."""
        taken = Taken(self._turn, self._everything, self._employees, self._hr, self._rules)
        self._everything, self._employees = False, set()
        self._hr = self._rules = False
        return taken

    def done(self, turn: int) -> None:
        self._done = turn

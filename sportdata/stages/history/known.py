"""What was known for which day: versions in the order of reading → the value in force on each day. Days count from 1970."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

Value = TypeVar("Value")
BEGINNING = -(10**9)  # before every day


class Person(NamedTuple):
    """What HR data say of an employee; `hired` is a day, distance and doubt are metres."""

    bu: str | None
    hired: int | None
    salary: Decimal | None
    mode: str | None
    distance_m: int | None
    doubt_m: int
    active: bool


def in_force(before: Value, versions: Sequence[tuple[int, Value]], today: int, now: Value) -> list[tuple[int, Value]]:
    """(first day, value), each until the next one's first day.

    versions: (day on which it became known, value). For a day it is the last one read that was known by then; before the first known
    day, `before`. Today it is `now`, whatever days the versions carry: a frozen date may lie before them.
    """
    spans = [(BEGINNING, before)]
    for day, value in [*versions, (today, now)]:
        while spans[-1][0] >= day:
            spans.pop()
        if value != spans[-1][1]:
            spans.append((day, value))
    return spans


def before_the_first(versions: Sequence[Person | None]) -> Person | None:
    """The first version holds backwards, with the first distance if that is of its mode: distances come after HR data."""
    first = versions[0]
    located = next((one for one in versions if one and one.distance_m is not None), None)
    if first and located and located.mode == first.mode:
        return first._replace(distance_m=located.distance_m, doubt_m=located.doubt_m)
    return first

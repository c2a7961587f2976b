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


def in_force(versions: Sequence[tuple[int, Value]], today: int, now: Value) -> list[tuple[int, Value]]:
    """(first day, value), each until the next one's first day.

    versions: (day on which it became known, value), at least one. For a day it is the last one read that was known by then; before
    the first known day, the first. Today it is `now`, whatever days the versions carry: a frozen date may lie before them.
    """
    spans = [(BEGINNING, versions[0][1])]
    for day, value in [*versions, (today, now)]:
        while spans[-1][0] >= day:
            spans.pop()
        if value != spans[-1][1]:
            spans.append((day, value))
    return spans


def with_first_distance(versions: Sequence[tuple[int, Person | None]]) -> list[tuple[int, Person | None]]:
    """The first known distance holds backwards: HR data arrive before the distances that are worked out from them."""
    first = next((place for place, (_, person) in enumerate(versions) if person and person.distance_m is not None), 0)
    known = versions[first][1]
    if known is None:
        return list(versions)
    earlier = [(day, person and person._replace(distance_m=known.distance_m, doubt_m=known.doubt_m)) for day, person in versions[:first]]
    return [*earlier, *versions[first:]]

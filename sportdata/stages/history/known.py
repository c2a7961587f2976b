"""What was known for which day: readings in their order → the value in force on each day. Days count from 1970."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

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


class Reading(NamedTuple, Generic[Value]):
    """`day` is gold's today, `calendar` the real one; `behind`: gold had been at a later day by then."""

    day: int
    calendar: int
    behind: bool
    value: Value


def in_force(before: Value, readings: Iterable[Reading[Value]], today: int, now: Value) -> list[tuple[int, Value]]:
    """(first day, value), each until the next one's first day: what gold showed for a day when that was its today.

    A day between two that gold has come to is as the earlier one; one before all of them has `before`. What is read at a day behind the
    furthest (a date frozen in the past) holds for that day alone: the days after it have been shown already. Days ahead of the calendar (a
    date frozen in the future) have not been lived: once gold has gone back, they are as if it had never been there.
    """
    spans = [(BEGINNING, before)]
    for one in readings:
        _cut(spans, max(one.day, one.calendar) + 1)
        if one.behind:
            spans = _on_one_day(spans, one.day, one.value)
        else:
            _cut(spans, one.day)
            spans.append((one.day, one.value))
    _cut(spans, today)
    spans.append((today, now))
    return [next(same) for _, same in groupby(spans, key=lambda span: span[1])]


def _cut(spans: list[tuple[int, Value]], day: int) -> None:
    """Takes away what begins on that day or later."""
    while spans[-1][0] >= day:
        spans.pop()


def _on_one_day(spans: list[tuple[int, Value]], day: int, value: Value) -> list[tuple[int, Value]]:
    earlier = [span for span in spans if span[0] < day]
    later = [span for span in spans if span[0] > day]
    if not later or later[0][0] > day + 1:
        later.insert(0, (day + 1, spans[len(spans) - len(later) - 1][1]))
    return [*earlier, (day, value), *later]


def before_the_first(versions: Sequence[Person | None]) -> Person | None:
    """The first version holds backwards, with the first distance if that is of its mode: distances come after HR data."""
    first = versions[0]
    located = next((one for one in versions if one and one.distance_m is not None), None)
    if first and located and located.mode == first.mode:
        return first._replace(distance_m=located.distance_m, doubt_m=located.doubt_m)
    return first

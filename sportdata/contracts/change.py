"""Reads Debezium's change events in plain Python, with and without the schema wrapper: what `stages.envelope` is for Spark.

Shape of an event: https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sportdata.contracts.documents import shown
from sportdata.rules.activities import Activity
from sportdata.rules.calendar import EARLIEST, LATEST

# what Debezium writes for a long value that an update did not touch; with REPLICA IDENTITY FULL the old row has it
UNCHANGED_TOAST = "__debezium_unavailable_value"
_KEYS = _OLD_KEY, _NEW_KEY = "__debezium.oldkey", "__debezium.newkey"  # headers of the two halves of a change of primary key
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPERATIONS = frozenset("cudrt")
_NUMBER = re.compile(rb"-?\d+")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

Headers = Iterable[tuple[str, bytes]]


class Unreadable(Exception):
    """An event is not a change of `sport_activities`; the message says why. It is set aside, and the stream goes on."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a row of `sport_activities` says, its id apart."""

    activity: Activity
    commentaire: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One event. `id` and `details` are of the new row, of the old one for a delete, None for a TRUNCATE.

    `moved_from`, `moved_to`: the other key of a change of primary key. `snapshot`: which snapshot an `r` belongs to.
    """

    op: str
    lsn: int
    committed_at: datetime
    id: int
    details: Details | None
    snapshot: str = ""
    moved_from: int | None = None
    moved_to: int | None = None


def read_change(value: bytes | None, headers: Headers = ()) -> Change | None:
    """The change that an event carries; None for a tombstone. Raises Unreadable."""
    if value is None:
        return None
    try:
        event = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not the JSON of a change event: {value[:120].decode(errors='replace')}") from error
    event = event.get("payload", event) if isinstance(event, dict) else None
    if not isinstance(event, dict):
        raise Unreadable("not the JSON of a change event: not an object")
    op, source = event.get("op"), event.get("source")
    if not isinstance(op, str) or op not in _OPERATIONS:
        raise Unreadable("no field op" if op is None else f"unknown op {shown(op)}")
    if not isinstance(source, dict) or not _whole(source.get("lsn")):
        raise Unreadable("no field source.lsn")
    committed_at = _commit_time(source)
    if op == "t":
        return Change(op, source["lsn"], committed_at, 0, None)
    row, before = event.get("before" if op == "d" else "after"), event.get("before")
    if not isinstance(row, dict) or not _whole(row.get("id")):
        raise Unreadable(f"op {op} without the row's id")
    keys = {name: int(found[0]) for name, text in headers if name in _KEYS and text and (found := _NUMBER.search(text))}
    moved_from = keys.get(_OLD_KEY)
    if op == "u" and isinstance(before, dict) and _whole(before.get("id")) and before["id"] != row["id"]:
        moved_from = before["id"]
    snapshot = f"{source['lsn']}/{source.get('txId')}" if op == "r" else ""
    return Change(op, source["lsn"], committed_at, row["id"], _details(row, before), snapshot, moved_from, keys.get(_NEW_KEY))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _commit_time(source: dict[str, Any]) -> datetime:
    milliseconds, microseconds = source.get("ts_ms"), source.get("ts_us")
    given: list[int] = [value for value in (microseconds, milliseconds) if value is not None]
    if not given or not all(map(_whole, given)):
        raise Unreadable("source.ts_ms is not a time")
    try:
        return _EPOCH + timedelta(microseconds=given[0] * 1000 if microseconds is None else given[0])
    except OverflowError as error:
        raise Unreadable("source.ts_ms is not a time") from error


def _details(row: dict[str, Any], before: Any) -> Details:
    comment = _of(row, "commentaire", str)
    if comment == UNCHANGED_TOAST:
        comment = _of(before, "commentaire", str) if isinstance(before, dict) else None
    activity = Activity(
        employee_id=_of(row, "employee_id", int),
        date_debut=_instant(_of(row, "date_debut", str)),
        type_activite=_of(row, "type_activite", str),
        distance_m=_metres(row.get("distance_m")),
        duree_s=_of(row, "duree_s", int),
    )
    return Details(activity, comment)


def _of(row: dict[str, Any], name: str, kind: type) -> Any:
    """A field as its column can hold it: 32 bits, or text that is Unicode and has no NUL."""
    value = row.get(name)
    if value is None:
        return None
    fits = isinstance(value, kind) and not isinstance(value, bool)
    if fits and isinstance(value, int):
        fits = -(2**31) <= value < 2**31
    elif fits:
        fits = not _UNSTORABLE.search(value)
    if not fits:
        raise Unreadable(f"{name} is {shown(value)}")
    return value


def _metres(value: Any) -> float | None:
    """JSON has no NaN and no infinity: converters write them bare or as text."""
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable(f"distance_m is {shown(value)}") from error


def _instant(text: str | None) -> datetime | None:
    """A time as Debezium writes it. What lies outside Python's calendar (PostgreSQL's infinities too) is held at its edge."""
    if text is None:
        return None
    if text in {"infinity", "+infinity"} or text.startswith("+"):
        return LATEST
    if text.startswith(("-", "0000-")):
        return EARLIEST
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"date_debut is not a timestamp: {shown(text)}") from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return min(max(instant, EARLIEST), LATEST)

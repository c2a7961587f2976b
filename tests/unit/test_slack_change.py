"""Debezium's events in plain Python: both envelopes, everything unreadable named, nothing that stops the stream."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from sportdata.contracts.change import UNCHANGED_TOAST, Unreadable, read_change
from sportdata.rules.calendar import EARLIEST, LATEST

ROW = {
    "id": 5, "employee_id": 7, "date_debut": "2026-06-15T09:00:00.123456Z", "type_activite": "Judo", "distance_m": None, "duree_s": 60,
    "commentaire": "là",
}  # fmt: skip
SOURCE = {"lsn": 100, "ts_ms": 1_781_517_600_000, "ts_us": 1_781_517_600_123_456, "txId": 9, "snapshot": "false"}


def event(op: str = "c", *, wrapped: bool = False, before: Any = None, source: Any = None, **changes: Any) -> bytes:
    row = ROW | changes
    after = None if op == "d" else row
    payload = {"before": row if op == "d" else before, "after": after, "source": SOURCE if source is None else source, "op": op}
    return json.dumps({"schema": {"type": "struct"}, "payload": payload} if wrapped else payload).encode()


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("op", ["c", "u", "r", "d"])
def test_both_forms_of_envelope_say_the_same(op: str, wrapped: bool) -> None:
    change = read_change(event(op, wrapped=wrapped))
    assert change is not None and change.details is not None
    assert (change.op, change.id, change.lsn) == (op, 5, 100)
    assert change.committed_at == datetime(2026, 6, 15, 10, 0, 0, 123456, UTC)
    assert change.details.activity.date_debut == datetime(2026, 6, 15, 9, 0, 0, 123456, UTC)
    assert change.details.commentaire == "là"
    assert change.snapshot == ("100/9" if op == "r" else "")


def test_an_older_connector_without_microseconds_is_read() -> None:
    change = read_change(event(source={"lsn": 1, "ts_ms": 1_781_517_600_000}))
    assert change is not None and change.committed_at == datetime(2026, 6, 15, 10, tzinfo=UTC)


def test_a_tombstone_is_nothing_and_a_truncate_has_no_row() -> None:
    assert read_change(None) is None
    change = read_change(json.dumps({"op": "t", "source": SOURCE}).encode())
    assert change is not None and (change.op, change.details) == ("t", None)


def test_the_halves_of_a_change_of_key_are_marked() -> None:
    gone = read_change(event("d"), [("__debezium.newkey", b'{"id":6}')])
    come = read_change(event("c", id=6), [("other", b"1"), ("__debezium.oldkey", b"Struct{id=5}")])
    assert gone is not None and (gone.moved_to, gone.moved_from) == (6, None)
    assert come is not None and (come.moved_from, come.moved_to) == (5, None)
    update = read_change(event("u", id=6, before=ROW))
    assert update is not None and update.moved_from == 5


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("infinity", LATEST), ("-infinity", EARLIEST), ("+294247-01-01T00:00:00Z", LATEST), ("-290307-01-01T00:00:00Z", EARLIEST),
        ("9999-12-31T23:59:59.999999Z", LATEST), ("2026-06-15T11:00:00+02:00", datetime(2026, 6, 15, 9, tzinfo=UTC)), (None, None),
    ],
)  # fmt: skip
def test_times_beyond_the_calendar_are_held_at_its_edge(text: str | None, instant: datetime | None) -> None:
    change = read_change(event(date_debut=text))
    assert change is not None and change.details is not None and change.details.activity.date_debut == instant


@pytest.mark.parametrize("written", [float("nan"), "NaN"])
def test_nan_is_read_bare_and_as_text(written: Any) -> None:
    change = read_change(event(distance_m=written))
    assert change is not None and change.details is not None
    assert math.isnan(change.details.activity.distance_m or 0)


def test_a_long_comment_that_an_update_did_not_touch_comes_from_the_old_row() -> None:
    change = read_change(event("u", commentaire=UNCHANGED_TOAST, before=ROW))
    assert change is not None and change.details is not None and change.details.commentaire == "là"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfe not text", "not the JSON"), (b"not json", "not the JSON"), (b"[]", "not an object"), (b"", "not the JSON"),
        (b"{}", "no field op"), (b'{"payload":null}', "not an object"), (b'{"op":"x","source":{"lsn":1}}', "unknown op"),
        (b'{"op":["c"],"source":{"lsn":1}}', "unknown op"), (b'{"op":"c","after":{"id":1}}', "source.lsn"),
        (event(id="one"), "row's id"), (event(id=True), "row's id"), (event(id=2**70), "row's id"),
        (b'{"op":"d","source":{"lsn":1,"ts_ms":1},"after":{"id":5}}', "row's id"), (event(date_debut="yesterday"), "date_debut"),
        (event(date_debut=5), "date_debut"), (event(employee_id="x"), "employee_id"), (event(duree_s=1.5), "duree_s"),
        (event(duree_s=2**31), "duree_s"), (event(commentaire="a\0b"), "commentaire"), (event(type_activite="\ud800"), "type_activite"),
        (event(distance_m="far"), "distance_m"), (event(distance_m={}), "distance_m"), (event(commentaire=[1]), "commentaire"),
        (event(source={"lsn": 1}), "ts_ms"), (event(source={"lsn": 1, "ts_ms": 10**18}), "ts_ms"), (b"[" * 100_000, "not the JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(value: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_change(value)

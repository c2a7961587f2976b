"""An event is decoded twice, by Spark for bronze and gold and by plain Python for Slack: both must read the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from sportdata.contracts.change import Change, Unreadable, read_change
from sportdata.stages.envelope import decoded
from tests.system.bus import GARBAGE

ROW = {"id": 7, "employee_id": 3, "date_debut": "2026-03-29T01:00:00.123456Z", "type_activite": "Tennis de table", "distance_m": None,
       "duree_s": 3600, "commentaire": "bien \u00e9"}  # fmt: skip
SOURCE = {"lsn": 12_345, "ts_ms": 1_700_000_000_123, "ts_us": 1_700_000_000_123_456, "txId": 77, "snapshot": "false"}


def event(op: str, after: Any = None, before: Any = None, **source: Any) -> dict[str, Any]:
    return {"op": op, "before": before, "after": after, "source": {**SOURCE, **source}}


def events() -> list[bytes]:
    long = {**ROW, "commentaire": "__debezium_unavailable_value"}
    plain = [
        event("c", ROW),
        event("u", {**ROW, "distance_m": 12.5}, ROW),
        event("u", long, {**ROW, "commentaire": "x" * 9000}),
        event("u", {**ROW, "id": 8}, ROW),
        event("d", None, ROW),
        event("r", {**ROW, "date_debut": None, "duree_s": None}, snapshot="last"),
        event("t"),
        event("c", ROW, ts_us=None),
        event("c", {**ROW, "date_debut": "2026-03-29T03:00:00+02:00", "commentaire": None, "type_activite": None, "employee_id": None}),
        event("c", ROW, ts_us=-62_135_596_800_000_000),
        event("c", ROW, ts_us=253_402_300_799_999_999),
        event("c", ROW, ts_us=-62_135_596_800_000_001),
        event("c", ROW, ts_us=253_402_300_800_000_000),
        event("c", ROW, ts_us=None, ts_ms=-(2**63)),
        event("c", ROW, ts_us=None, ts_ms=2**63),
        event("c", ROW, ts_us=None, ts_ms=None),
        event("c", ROW, ts_us="soon"),
        event("c", ROW, ts_ms=1e300),
        event("t", ts_us=2**62),
        event("x", ROW),
        event("c", None),
        event("c", ROW, lsn=None),
        event("c", {**ROW, "date_debut": "yesterday"}),
    ]
    wrapped = [{"schema": {"type": "struct"}, "payload": one} for one in plain]
    return [json.dumps(one).encode() for one in plain + wrapped] + [value for value in GARBAGE if value.isascii()]


def told(change: Change) -> tuple[Any, ...]:
    place = (change.op, change.lsn, change.committed_at)
    if change.details is None:
        return place
    one = change.details.activity
    started = one.date_debut and one.date_debut.astimezone(UTC).replace(tzinfo=None)
    moved = change.moved_from if change.op == "u" else None
    return (*place, change.id, moved, one.employee_id, started, one.type_activite, one.distance_m, one.duree_s, change.details.commentaire)


def test_both_decoders_read_the_same_and_set_the_same_aside(spark: SparkSession) -> None:
    values = events()
    frame = decoded(spark.createDataFrame([(number, value.decode()) for number, value in enumerate(values)], "numero INT, value STRING"))
    exact = frame.withColumn("source_us", F.unix_micros("source_ts")).drop("source_ts")  # a row would round what is far away
    for row in exact.orderBy("numero").collect():
        value = values[row["numero"]]
        try:
            change = read_change(value)
        except Unreadable:
            assert row["motif"] is not None, value
            continue
        assert row["motif"] is None and change is not None, (value, row["motif"])
        committed = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["source_us"])
        found: tuple[Any, ...] = (row["op"], row["lsn"], committed)
        if row["op"] != "t":
            moved = row["ancien_id"] if row["ancien_id"] != row["id"] else None
            found += (row["id"], moved, row["employee_id"], row["date_debut"], row["type_activite"], row["distance_m"], row["duree_s"],
                      row["commentaire"])  # fmt: skip
        assert found == told(change), value

"""A real gold job reads a real bronze table: from the beginning, from where it was, and after the log has forgotten where that was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.documents import read_document
from sportdata.adapters.hr_reader import HrRow
from sportdata.contracts.tables import ACTIVITES, BRONZE
from sportdata.jobs.activites import ActivitesPublisher
from sportdata.jobs.bronze import Appender
from sportdata.jobs.gold import GoldJob
from sportdata.jobs.whole_bronze import MOST_EVENTS, MOST_TEXT, SPAN, Span, joined
from sportdata.settings import Settings
from tests.spark.test_gold_calendar import BEFORE, Clock

Event = tuple[str, int, int, str]  # op, lsn, id, comment


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "home")
    found.progress.mkdir(parents=True)
    delta.ensure(found.lake, BRONZE)
    return found


@pytest.fixture
def begin(spark: SparkSession, settings: Settings) -> Iterator[Callable[[], GoldJob]]:
    """Starts gold, as a process would after the former one has ended."""
    jobs: list[GoldJob] = []

    def start() -> GoldJob:
        for former in jobs:
            former.state.close()
        job = GoldJob(spark, settings, Clock(), hr=None)
        job.versions.remember([HrRow(7, "R&D", date(2020, 1, 1), Decimal(1), "Bus", True, BEFORE, None, 0, None)], BEFORE, BEFORE.date())
        job._set_employees()
        jobs.append(job)
        return job

    yield start
    jobs[-1].state.close()


def append(settings: Settings, first: int, events: Iterable[Event]) -> None:
    """One commit with the events from that offset on, as bronze does."""
    rows = []
    for offset, (op, lsn, who, comment) in enumerate(events, first):
        row = {"id": who, "employee_id": 7, "date_debut": "2026-03-01T10:00:00Z", "type_activite": "Tennis", "duree_s": 60}
        ends = "last" if comment == "last" else "true" if op == "r" else "false"
        source = {"lsn": lsn, "ts_us": 1_700_000_000_000_000, "txId": 1, "snapshot": ends}
        value = json.dumps({"op": op, "after": {**row, "commentaire": comment}, "source": source})
        rows.append({"topic": "t", "topic_id": "id", "partition": 0, "offset": offset, "kafka_timestamp": BEFORE, "value": value})
        rows[-1]["ingested_at"] = BEFORE
    spark = SparkSession.active()
    spark.sparkContext.setLocalProperty("sql.streaming.queryId", "bronze")
    frame = spark.createDataFrame(pa.Table.from_pylist(rows, delta.arrow_schema(BRONZE)))
    Appender(settings.lake)(frame.coalesce(1), first)


def read_on(job: GoldJob) -> dict[int, str]:
    """What the memory knows once everything is read: comments by id."""
    job.start(once=True).awaitTermination()
    job.report()
    return {row[1]: row[7] for part in job.state.unpublished.take_all()[1] for row in part if row[1] < 1_000}


def place(job: GoldJob) -> str | None:
    return job.state.remembered("checkpoint")


def claimed(settings: Settings, name: str) -> int:
    said = read_document(settings.progress / "gold.json")
    return int(said[name]["version"]) if said and said[name] else -1


def heavy(ids: range) -> list[Event]:
    """More than the stream takes in one batch, in what no compression makes small."""
    return [("c", 5, who, os.urandom(12_000).hex()) for who in ids]


def test_a_compacted_table_with_the_newest_events_in_the_oldest_file_is_read_in_the_order_of_the_topic(
    settings: Settings, begin: Callable[[], GoldJob]
) -> None:
    """By the age of files, the snapshot's rows would undo the changes that followed it, and its end remove what was inserted since."""
    append(settings, 1_200, [("u", 20, 1, "edited"), ("c", 21, 3, "new"), *heavy(range(3_000, 4_100))])
    append(settings, 0, [("r", 10, 1, "old"), ("r", 10, 2, "last"), *heavy(range(1_000, 2_100))])
    assert read_on(begin()) == {1: "edited", 2: "last", 3: "new"}


def test_gold_goes_on_where_it_was_and_reads_all_anew_when_the_log_has_forgotten_that_place(
    settings: Settings, begin: Callable[[], GoldJob]
) -> None:
    append(settings, 0, [("c", 1, 1, "one")])
    first = begin()
    assert read_on(first) == {1: "one"}
    began_at = place(first)

    append(settings, 1, [("c", 2, 2, "two")])
    second = begin()
    assert read_on(second) == {1: "one", 2: "two"}
    assert place(second) == began_at

    for offset in (2, 3):
        append(settings, offset, [("u", offset + 1, 1, f"edit {offset}")])
    opened = delta.open_table(settings.lake, BRONZE)
    opened.create_checkpoint()
    log = delta.path(settings.lake, BRONZE) / "_delta_log"
    assert isinstance(log, Path)
    for version in range(opened.version()):  # as a cleaning leaves it when gold was down for days
        (log / f"{version:020d}.json").unlink()
    third = begin()
    assert read_on(third) == {1: "edit 3", 2: "two"}
    begins_again_at = place(third)
    assert begins_again_at != began_at
    assert claimed(settings, "tables") == opened.version()
    fourth = begin()
    assert read_on(fourth) == {1: "edit 3", 2: "two"}
    assert place(fourth) == begins_again_at, "it has a place again"


def test_a_lost_memory_is_incomplete_though_the_log_names_no_append_any_more(settings: Settings, begin: Callable[[], GoldJob]) -> None:
    """It would show zeros otherwise, until it has read what is there."""
    for offset in (0, 1):
        append(settings, offset, [("c", offset + 1, offset + 1, "here")])
    opened = delta.open_table(settings.lake, BRONZE)
    delta.compact(opened, 1_000_000)
    opened.create_checkpoint()
    log = delta.path(settings.lake, BRONZE) / "_delta_log"
    assert isinstance(log, Path)
    for file in log.iterdir():
        os.utime(file, times=(BEFORE.timestamp(),) * 2)
    delta.forget_log(opened)
    assert delta.newest_append(opened).version_with_files == -1
    gold = begin()
    assert gold.reads_anew
    assert read_on(gold) == {1: "here", 2: "here"}
    assert not gold.reads_anew


def test_a_compaction_is_no_reason_to_publish_anew(settings: Settings, begin: Callable[[], GoldJob]) -> None:
    for offset in (0, 1):
        append(settings, offset, [("c", offset + 1, offset + 1, "here")])
    gold = begin()
    read_on(gold)
    before = gold.state.remembered("batch_id")
    opened = delta.open_table(settings.lake, BRONZE)
    delta.compact(opened, 1_000_000)
    delta.forget(opened, 7)
    assert read_on(gold) == {1: "here", 2: "here"}
    assert gold.bronze.version == opened.version() and gold.state.remembered("batch_id") == before


def test_what_activites_shows_is_said_though_changes_come_while_it_is_written(
    settings: Settings, begin: Callable[[], GoldJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a steady flow nothing missing is a moment that never comes, and `wait` would never end."""
    append(settings, 0, [("c", 1, 1, "one")])
    gold = begin()
    read_on(gold)
    publisher = ActivitesPublisher(gold, settings)
    overwrite: Any = delta.overwrite

    def slow(table: Any, rows: Any) -> None:
        overwrite(table, rows)
        if table is publisher._table:
            append(settings, 1, [("c", 2, 2, "two")])
            read_on(gold)

    with monkeypatch.context() as patched:
        patched.setattr(delta, "overwrite", slow)
        publisher.publish()
    gold.report()
    newest = delta.open_table(settings.lake, BRONZE).version()
    assert gold.state.unpublished.count() == 1
    assert [row["id"] for row in delta.read(settings.lake, ACTIVITES)] == [1]
    assert (claimed(settings, "activites"), claimed(settings, "tables")) == (newest - 1, newest)
    publisher.publish()
    gold.report()
    assert claimed(settings, "activites") == newest


def test_neighbouring_spans_are_read_at_once_as_long_as_they_are_not_too_much() -> None:
    small = [Span(number, SPAN, 10) for number in range(120)]
    assert list(joined(small)) == [(0, 49), (50, 99), (100, 119)]
    assert list(joined([Span(0, 1, MOST_TEXT), Span(1, 1, 1), Span(7, MOST_EVENTS, 1), Span(8, 1, 1)])) == [(0, 0), (1, 7), (8, 8)]
    assert list(joined([])) == []

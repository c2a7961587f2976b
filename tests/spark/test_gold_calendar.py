"""The calendar alone moves eligibility: a real gold job, real Delta tables, and a clock that passes midnight in Paris."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.hr_reader import HrRow
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, ELIGIBILITES, KPIS
from sportdata.jobs.activites import ActivitesPublisher
from sportdata.jobs.gold import GoldJob
from sportdata.settings import Settings
from sportdata.stages.gold.changes import changes

BEFORE = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)  # a second before midnight in Paris, on the eve of the change to summer time
AFTER = datetime(2026, 3, 28, 23, 0, 0, tzinfo=UTC)
BATCH = "topic STRING, topic_id STRING, partition INT, offset BIGINT, kafka_timestamp TIMESTAMP, value STRING, erreur STRING"


class Clock:
    now = BEFORE

    def __call__(self) -> datetime:
        return self.now


def event(offset: int, id_: int, start: str, op: str = "c") -> tuple[Any, ...]:
    row = {
        "id": id_,
        "employee_id": 7,
        "date_debut": start,
        "type_activite": "Tennis",
        "distance_m": None,
        "duree_s": 3600,
        "commentaire": None,
    }
    value = {"op": op, "after": row, "source": {"lsn": 1000 + offset, "ts_us": 1_700_000_000_000_000, "txId": 1, "snapshot": "false"}}
    return ("t", "id", 0, offset, BEFORE, json.dumps(value), None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gold(spark: SparkSession, tmp_path: Path, clock: Clock) -> Iterator[GoldJob]:
    home = tmp_path / "home"
    (home / "progress").mkdir(parents=True)
    config = tmp_path / "config.yml"
    config.write_text(Settings().config.read_text().replace("min_activities: 15", "min_activities: 2"))
    job = GoldJob(spark, Settings(home=home, config=config), clock, hr=None)
    employee = HrRow(7, "R&D", date(2020, 1, 1), Decimal("40000.00"), "Marche/running", True, BEFORE, 15_000, 0, BEFORE)
    job.versions.remember([employee], BEFORE, BEFORE.date())
    job._set_employees()
    yield job
    job.state.close()


def right(gold: GoldJob) -> dict[str, Any]:
    [row] = delta.read(gold._settings.lake, ELIGIBILITES)
    return row


def codes(gold: GoldJob) -> list[tuple[str, str]]:
    return [(row["reference"], row["code"]) for row in delta.read(gold._settings.lake, ANOMALIES)]


def test_midnight_in_paris_lets_a_day_out_of_the_window_and_the_new_day_in(gold: GoldJob, clock: Clock, spark: SparkSession) -> None:
    first_day = "2025-03-28T23:30:00Z"  # 29 March in Paris: in the window of the 28th, out of the 29th's
    tomorrow = "2026-03-28T23:00:00Z"
    events = [event(0, 1, first_day), event(1, 2, "2025-06-01T10:00:00Z"), event(2, 3, tomorrow)]
    gold.apply(changes(spark.createDataFrame(events, BATCH)), 0)
    publisher = ActivitesPublisher(gold, gold._settings)
    publisher.publish()
    assert (right(gold)["nb_activites"], right(gold)["jours_bien_etre"], codes(gold)) == (2, True, [("3", "date_future")])

    gold.refresh()
    assert right(gold)["date_reference"] == date(2026, 3, 28), "nothing moves before midnight"
    clock.now = AFTER
    gold.refresh()
    publisher.publish()
    row = right(gold)
    assert (row["date_reference"], row["nb_activites"], codes(gold)) == (date(2026, 3, 29), 2, [])
    shown = {line["id"]: (line["compte"], line["dans_fenetre"]) for line in delta.read(gold._settings.lake, ACTIVITES)}
    assert shown == {1: (True, False), 2: (True, True), 3: (True, True)}
    [kpis] = delta.read(gold._settings.lake, KPIS)
    assert (kpis["as_of"], kpis["activities"], kpis["prime_total_eur"]) == (date(2026, 3, 29), 2, Decimal("2000.00"))


def test_days_that_pass_while_gold_is_down_count_at_its_start(gold: GoldJob, clock: Clock, spark: SparkSession) -> None:
    gold.apply(changes(spark.createDataFrame([event(0, 1, "2026-03-29T10:00:00Z"), event(1, 2, "2025-04-02T10:00:00Z")], BATCH)), 0)
    assert (right(gold)["nb_activites"], codes(gold)) == (1, [("1", "date_future")])
    gold.state.close()
    clock.now = AFTER + timedelta(days=10)
    again = GoldJob(spark, gold._settings, clock, hr=None)
    assert (right(again)["nb_activites"], codes(again)) == (1, [])
    again.state.close()

"""The history follows a real gold job: events, a correction, a rate, midnight; and rests when nothing has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.hr_reader import HrRow
from sportdata.contracts.tables import (
    ACTIVITES,
    BRONZE,
    ELIGIBILITES_HISTORIQUE,
    GOLD,
    HISTORIQUE_RUNS,
    HISTORY,
    HR_VERSIONS,
    KPIS,
    KPIS_HISTORIQUE,
    PARAMETRES,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
)
from sportdata.jobs.activites import ActivitesPublisher
from sportdata.jobs.gold import GoldJob
from sportdata.jobs.history import HistoryPublisher
from sportdata.settings import Settings
from sportdata.stages.gold.changes import changes
from tests.spark.test_gold_calendar import AFTER, BATCH, BEFORE, Clock, event

EVE = date(2026, 3, 28)
CONFIG = Settings().config.read_text().replace("min_activities: 15", "min_activities: 2")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gold(spark: SparkSession, tmp_path: Path, clock: Clock) -> Iterator[GoldJob]:
    home, config = tmp_path / "home", tmp_path / "config.yml"
    (home / "progress").mkdir(parents=True)
    config.write_text(CONFIG)
    lake = Settings(home=home).lake
    hired = HrRow(7, "R&D", date(2020, 1, 1), Decimal("40000.00"), "Marche/running", True, BEFORE, 15_000, 0, BEFORE)
    late = hired._replace(employee_id=8, bu=None, date_embauche=EVE - timedelta(days=9), distance_m=None, calcule_le=None)
    job = GoldJob(spark, Settings(home=home, config=config), clock, hr=None)
    job.versions.remember([hired, late], BEFORE, EVE)
    job._set_employees()
    assert delta.path(lake, HR_VERSIONS).exists()
    yield job
    job.state.close()


def apply(gold: GoldJob, spark: SparkSession, *events: tuple[Any, ...]) -> None:
    gold.apply(changes(spark.createDataFrame(list(events), BATCH)), 0)


def rows(gold: GoldJob, table: Any) -> list[dict[str, Any]]:
    return delta.read(gold._settings.lake, table)


def company(gold: GoldJob) -> dict[date, dict[str, Any]]:
    return {row["jour"]: row for row in rows(gold, KPIS_HISTORIQUE) if row["bu"] is None and row["reported_to"] is None}


def versions(gold: GoldJob) -> dict[str, int]:
    return {table.full_name: delta.ensure(gold._settings.lake, table).version() for table in HISTORY}


def test_the_history_follows_gold(spark: SparkSession, gold: GoldJob, clock: Clock) -> None:
    publisher = HistoryPublisher(gold, gold._settings)
    apply(gold, spark, event(0, 1, "2026-02-01T10:00:00Z"), event(1, 2, "2026-03-01T10:00:00Z"))
    publisher.publish()
    shown = company(gold)
    assert len(shown) == 365 and max(shown) == EVE
    assert [shown[day]["activities"] for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1), EVE)] == [0, 1, 2, 2]
    assert [shown[EVE - timedelta(days=ago)]["employees"] for ago in (9, 10)] == [2, 1]
    assert {row["bu"] for row in rows(gold, KPIS_HISTORIQUE)} == {None, "R&D"}
    committed = {table: delta.ensure(gold._settings.lake, table).history(1)[0]["timestamp"] for table in HISTORY}
    assert max(committed.values()) == committed[KPIS_HISTORIQUE], "an export that finds today's figures here trusts the other tables"
    [kpis] = rows(gold, KPIS)
    assert all(shown[EVE][name] == kpis[name] for name in KPIS.column_names if name in shown[EVE] and name != "batch_id")
    assert [row["run"] for row in rows(gold, HISTORIQUE_RUNS)] == [0]
    assert [(row["mois"].month, row["sport"], row["activites"]) for row in rows(gold, PRATIQUE_MENSUELLE)] == [
        (2, "Tennis", 1),
        (3, "Tennis", 1),
    ]
    [lacking] = rows(gold, PROCHES_DU_SEUIL)
    assert (lacking["employee_id"], lacking["manquantes"]) == (8, 2)

    # nothing new: nothing is written, and nothing is due
    before = versions(gold)
    assert not publisher._is_due()
    publisher.publish()
    assert versions(gold) == before

    # a correction of the first activity, by an event
    clock.now += timedelta(milliseconds=500)
    apply(gold, spark, event(2, 1, "2026-03-01T09:00:00Z", op="u"))
    assert gold.touched.pending
    publisher.publish()
    assert company(gold)[date(2026, 2, 15)]["activities"] == 0 and company(gold)[EVE]["activities"] == 2
    former = [row for row in rows(gold, KPIS_HISTORIQUE) if row["jour"] == date(2026, 2, 15) and row["bu"] is None and row["reported_to"]]
    assert [(row["activities"], row["reported_to"]) for row in former] == [(1, clock.now)]

    # another rate: today alone
    before_rate = company(gold)
    gold._settings.config.write_text(CONFIG.replace("0.05", "0.1"))
    gold.refresh()
    publisher.publish()
    after_rate = company(gold)
    assert {day for day in after_rate if after_rate[day] != before_rate[day]} == {EVE}
    assert after_rate[EVE]["prime_total_eur"] == 2 * before_rate[EVE]["prime_total_eur"] == Decimal("4000.00")
    assert [row["connu_jusqu_a"] is None for row in sorted(rows(gold, PARAMETRES), key=lambda row: row["connu_du"])] == [False, True]

    # midnight in Paris
    clock.now = AFTER + timedelta(minutes=5)
    gold.refresh()
    publisher.publish()
    assert max(company(gold)) == EVE + timedelta(days=1) and len(company(gold)) == 365
    assert company(gold)[EVE] == after_rate[EVE]
    still = {(row["employee_id"], row["droit"]) for row in rows(gold, ELIGIBILITES_HISTORIQUE) if row["au"] is None}
    assert still == {(7, "prime_sportive"), (7, "jours_bien_etre")}

    # a restart finds everything as it is
    before = versions(gold)
    HistoryPublisher(gold, gold._settings).publish()
    assert versions(gold) == before


def edit(gold: GoldJob, day: str = "null", rate: str = "0.05") -> None:
    gold._settings.config.write_text(CONFIG.replace("date_reference: null", f"date_reference: {day}").replace("0.05", rate))


def primes(gold: GoldJob, publisher: HistoryPublisher, *days: int) -> list[int]:
    """The primes of run 0, so many days after EVE, in euros."""
    publisher.publish()
    shown = company(gold)
    return [int(shown[EVE + timedelta(days=day)]["prime_total_eur"]) for day in days]


def test_a_date_that_is_frozen_and_released_changes_no_day_but_those_that_gold_was_at(gold: GoldJob, clock: Clock) -> None:
    gold.refresh()
    gold._publish()  # the employees of the fixture
    publisher = HistoryPublisher(gold, gold._settings)
    assert primes(gold, publisher, -1, 0) == [2000, 2000]
    clock.now += timedelta(days=20, hours=-12)
    gold.refresh()
    edit(gold, day="2026-04-02", rate="0.06")  # EVE + 5, which has been
    gold.refresh()
    assert primes(gold, publisher, 4, 5) == [2000, 2400]

    # a restart, with a bad edit on top: the last good one stays, its date too
    gold.state.close()
    gold._settings.config.write_text("percent: 5")
    gold = GoldJob(gold._spark, gold._settings, clock, hr=None)
    assert (gold.reference, gold.parameters.value.percent) == (EVE + timedelta(days=5), Decimal("0.06"))
    assert gold.parameters.warning is not None
    publisher = HistoryPublisher(gold, gold._settings)
    assert primes(gold, publisher, 4, 5) == [2000, 2400]
    gold.state.close()

    # released while gold is down, the former rate back again; then a date to come, with a rate that is kept
    edit(gold)
    gold = GoldJob(gold._spark, gold._settings, clock, hr=None)
    publisher = HistoryPublisher(gold, gold._settings)
    assert primes(gold, publisher, *range(3, 21)) == [2000, 2000, 2400, *[2000] * 15]
    edit(gold, day="2026-12-31", rate="0.07")
    gold.refresh()
    edit(gold, rate="0.07")
    gold.refresh()
    for passed in range(3):
        assert primes(gold, publisher, 5, 6, 19, *range(20, 21 + passed)) == [2400, 2000, 2000, *[2800] * (passed + 1)]
        clock.now += timedelta(days=1)
        gold.refresh()
    gold.state.close()


def test_while_a_new_memory_reads_bronze_what_is_shown_stays(spark: SparkSession, gold: GoldJob, clock: Clock) -> None:
    settings, events = gold._settings, [event(0, 1, "2026-02-01T10:00:00Z"), event(1, 2, "2026-03-01T10:00:00Z")]
    bronze = str(delta.path(settings.lake, BRONZE))
    delta.ensure(settings.lake, BRONZE)
    for one in events:
        spark.createDataFrame([one], BATCH).write.format("delta").mode("append").option("userMetadata", "{}").save(bronze)
    apply(gold, spark, *events)
    ActivitesPublisher(gold, settings).publish()
    HistoryPublisher(gold, settings).publish()
    tables = (*GOLD, *HISTORY)
    before = {table: rows(gold, table) for table in tables}
    [kpis] = rows(gold, KPIS)
    assert kpis["activities"] == 2 and not gold.reads_anew
    gold.report()  # what it says of the memory that is lost now says nothing of the next one
    gold.state.close()
    shutil.rmtree(settings.home / "gold")

    clock.now += timedelta(milliseconds=500)
    GoldJob(spark, settings, clock, hr=None).state.close()
    gold = GoldJob(spark, settings, clock, hr=None)  # a second start goes on
    activites, history = ActivitesPublisher(gold, settings), HistoryPublisher(gold, settings)
    apply(gold, spark, events[0])
    gold.refresh()
    gold.report()
    assert gold.reads_anew and gold.touched.pending and not history._is_due() and activites.publish() is None
    assert (gold.face()["version"], gold.face()["hr_snapshot"]) == (-1, "")
    assert {table: rows(gold, table) for table in tables} == before

    gold.start(once=True).awaitTermination()
    assert {table: rows(gold, table) for table in tables} == before
    gold.report()
    assert not gold.reads_anew and history._is_due() and gold.face()["version"] == 2
    activites.publish()
    history.publish()
    assert rows(gold, KPIS) == [{**kpis, "batch_id": kpis["batch_id"] + 1}]
    for table in HISTORY:
        assert rows(gold, table) == before[table], "nothing was shown in between"
    assert sorted(row["id"] for row in rows(gold, ACTIVITES)) == [1, 2]
    gold.state.close()


def test_a_gold_without_any_event_before_it_publishes_at_once(gold: GoldJob) -> None:
    assert not gold.reads_anew and [row["employees"] for row in rows(gold, KPIS)] == [0]

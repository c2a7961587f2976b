"""The history follows a real gold job: events, a correction, a rate, midnight; and rests when nothing has changed."""

from __future__ import annotations

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
    ELIGIBILITES_HISTORIQUE,
    HISTORIQUE_RUNS,
    HISTORY,
    HR_VERSIONS,
    KPIS,
    KPIS_HISTORIQUE,
    PARAMETRES,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
)
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

"""config.yml, plain SQL on hr.* and the date reach gold by themselves: no restart, no second reading of bronze (CONTRACT §1, §2, §3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row

from sportdata.adapters import delta
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, BRONZE, ELIGIBILITES
from sportdata.rules.calendar import today_in_paris
from tests.system.conftest import Stack
from tests.system.oracle import compare, shown
from tests.waiting import until

Row = dict[str, Any]
HR_TABLES = ("hr.employes", "hr.distances")


@pytest.fixture(autouse=True)
def as_before(year: Stack) -> Iterator[None]:
    """Puts back config.yml and the HR data, to the byte."""
    settings = year.settings
    text = settings.config.read_text()
    with psycopg.connect(settings.dsn("sportdata_hr")) as connection:
        kept = {}
        for table in HR_TABLES:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                kept[table] = b"".join(bytes(block) for block in copy)
    yield
    settings.config.write_text(text)
    with psycopg.connect(settings.dsn("sportdata_hr")) as connection:
        for table, rows in kept.items():
            connection.execute(f"TRUNCATE {table}".encode())
            with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                copy.write(rows)


def entitlements(stack: Stack) -> dict[int, Row]:
    """gold.eligibilites by employee, without the number of the batch."""
    rows = shown(stack.settings, ELIGIBILITES)
    return {row["employee_id"]: {name: value for name, value in row.items() if name != "batch_id"} for row in rows}


def as_hr(stack: Stack, statement: str, *values: Any) -> list[Row]:
    with psycopg.connect(stack.settings.dsn("sportdata_hr"), row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def with_bonus(stack: Stack) -> int:
    return min(who for who, row in entitlements(stack).items() if row["prime_sportive"])


# -- config.yml ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"prime_sportive__percent": 0.0715},
        {"distance__max_walk_km": 2.5, "distance__max_bike_km": 6},
        {"bien_etre__min_activities": 28},
        {"bien_etre__window_days": 45, "bien_etre__days": 7},
    ],
    ids=["percent", "limits", "min_activities", "window_days and days"],
)
def test_an_edit_of_config_yml_reaches_gold_without_a_restart(year: Stack, changes: dict[str, Any]) -> None:
    year.wait()
    before, pid = entitlements(year), year.pid("gold")
    year.configure(**changes)
    year.wait()
    after = entitlements(year)
    assert after != before
    assert compare(year.settings) == []
    assert year.pid("gold") == pid


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ("prime_sportive: {percent: 5}", "percent"),
        ("prime_sportive: {percent: 0.05", "config.yml"),
        ("prime_sportive: {percent: 0.05, bonus: 1}", "bonus"),
    ],
    ids=["a share above 1", "broken YAML", "an unknown key"],
)
def test_a_bad_edit_is_refused_and_reported_and_a_later_good_one_counts(year: Stack, bad: str, named: str) -> None:
    year.wait()
    before, config = entitlements(year), year.settings.config
    good = config.read_text()
    document = yaml.safe_load(good)
    del document["prime_sportive"]
    document["bien_etre"]["min_activities"] = 29  # a good change beside the bad one must not be applied either
    config.write_text(yaml.safe_dump(document, allow_unicode=True) + bad + "\n")  # in one go: a good half of it would be applied

    done = year.run("wait")
    assert done.stderr.startswith("warning: ")
    assert named in done.stderr
    assert "config.yml" in done.stderr
    until(lambda: any(named in warning for warning in year.status()["warnings"]))
    assert named in year.run("status").stdout
    assert entitlements(year) == before

    config.write_text(good)
    year.configure(prime_sportive__percent=0.0333)
    assert year.wait() == []
    until(lambda: year.status()["warnings"] == [])
    assert entitlements(year) != before
    assert compare(year.settings) == []


def test_hr_data_still_reaches_gold_while_config_yml_is_refused(year: Stack) -> None:
    year.configure(prime_sportive__percent=0.05)
    year.wait()
    who = with_bonus(year)
    year.configure(prime_sportive__percent=5)
    as_hr(year, "UPDATE hr.employes SET salaire_brut = 41234.50 WHERE employee_id = %s", who)
    assert "percent" in str(year.wait())
    assert entitlements(year)[who]["montant_prime_euros"] == Decimal("2061.73")  # 2061.725, HALF_UP


# -- hr.* by plain SQL --------------------------------------------------------------------------------------------------------------------

EDITS = {
    "a salary": "UPDATE hr.employes SET salaire_brut = salaire_brut + 1000.10 WHERE employee_id = %(who)s",
    "a mode": "UPDATE hr.employes SET moyen_deplacement = 'Transports en commun' WHERE employee_id = %(who)s",
    "a business unit": "UPDATE hr.employes SET bu = 'Voile' WHERE employee_id = %(who)s",
    "a departure": "UPDATE hr.employes SET actif = false WHERE employee_id = %(who)s",
    "a hiring date": "UPDATE hr.employes SET date_embauche = current_date - 20 WHERE employee_id = %(who)s",
    "several rows in one statement": "UPDATE hr.employes SET salaire_brut = salaire_brut * 1.02 WHERE employee_id %% 3 = 0",
    "an arrival": "INSERT INTO hr.employes (employee_id, salaire_brut, moyen_deplacement) VALUES (987654, 30000, 'Marche/running')",
    "a row gone": "DELETE FROM hr.employes WHERE employee_id = %(who)s",
    "another id for a person": "UPDATE hr.employes SET employee_id = 987653 WHERE employee_id = %(who)s",
    "a distance too long": "UPDATE hr.distances SET distance_m = 400000 WHERE employee_id = %(who)s",
    "a distance too uncertain": "UPDATE hr.distances SET incertitude_m = 90000 WHERE employee_id = %(who)s",
    "a distance gone": "DELETE FROM hr.distances WHERE employee_id = %(who)s",
    "all distances gone": "TRUNCATE hr.distances",
}


@pytest.fixture
def bronze_out_of_reach(year: Stack) -> Iterator[Path]:
    """Takes the data files of bronze away for a moment: whoever reads bronze's rows now fails."""
    year.wait()
    folder = delta.path(year.settings.lake, BRONZE)
    aside = folder.with_name("aside")
    aside.mkdir()
    for file in folder.glob("*.parquet"):
        file.rename(aside / file.name)
    try:
        yield aside
    finally:
        for file in aside.iterdir():
            file.rename(folder / file.name)
        aside.rmdir()


def test_hr_data_edited_by_plain_sql_reaches_gold_without_a_restart_and_without_reading_bronze(
    year: Stack, bronze_out_of_reach: Path
) -> None:
    assert list(bronze_out_of_reach.iterdir()) != []
    with pytest.raises(Exception, match=r"(?i)no such file|not found"):
        shown(year.settings, BRONZE)
    pid = year.pid("gold")
    problems = {}
    year.configure(distance__max_walk_km=3)  # some declarations are wrong, and stay so
    for title, statement in EDITS.items():
        candidates = [who for who, row in entitlements(year).items() if row["prime_sportive"] and row["nb_activites"]]
        who = min(candidates, default=0)
        before = (entitlements(year), shown(year.settings, ACTIVITES))
        with psycopg.connect(year.settings.dsn("sportdata_hr")) as connection:
            assert connection.execute(statement.encode(), {"who": who}).rowcount != 0, title
        year.wait()
        if found := compare(year.settings):
            problems[title] = found[:3]
        if (entitlements(year), shown(year.settings, ACTIVITES)) == before:
            problems[title] = ["nothing has moved in gold"]
    year.configure(distance__max_walk_km=15)
    year.wait()
    assert problems == {}
    assert year.pid("gold") == pid
    assert year.status()["components"]["gold"]["state"] == "ready"


def test_a_transaction_on_hr_counts_as_a_whole_and_a_rolled_back_one_not_at_all(year: Stack) -> None:
    year.wait()
    before = entitlements(year)
    one, two = sorted(before)[:2]
    with psycopg.connect(year.settings.dsn("sportdata_hr")) as connection:
        connection.execute("UPDATE hr.employes SET bu = 'Un' WHERE employee_id = %s", [one])
        year.wait()  # what is not committed is not waited for
        assert entitlements(year) == before
        connection.execute("UPDATE hr.employes SET bu = 'Deux' WHERE employee_id = %s", [two])
        connection.rollback()
        connection.execute("UPDATE hr.employes SET bu = 'Trois' WHERE employee_id = %s", [two])
    year.wait()
    after = entitlements(year)
    assert (after[one]["bu"], after[two]["bu"]) == (before[one]["bu"], "Trois")
    assert compare(year.settings) == []


def test_the_journal_says_who_changed_what_when_from_which_value_to_which(year: Stack) -> None:
    who = min(entitlements(year))
    [row] = as_hr(year, "SELECT salaire_brut, clock_timestamp() AS now FROM hr.employes WHERE employee_id = %s", who)
    [last] = as_hr(year, "SELECT coalesce(max(numero), 0) AS numero FROM hr.journal")
    as_hr(year, "UPDATE hr.employes SET salaire_brut = 54321.09 WHERE employee_id = %s", who)
    as_hr(year, "UPDATE hr.employes SET salaire_brut = 54321.09 WHERE employee_id = %s", who)  # changes nothing, so it is no change
    as_hr(year, "DELETE FROM hr.distances WHERE employee_id = %s", who)
    as_hr(year, "TRUNCATE hr.distances")
    [after] = as_hr(year, "SELECT clock_timestamp() AS now")
    lines = as_hr(year, "SELECT * FROM hr.journal WHERE numero > %s ORDER BY numero", last["numero"])
    had_distance = len(lines) == 3
    changes = [(line["relation"], line["operation"], line["employee_id"]) for line in lines]
    assert changes == [
        ("employes", "UPDATE", who),
        *([("distances", "DELETE", who)] if had_distance else []),
        ("distances", "TRUNCATE", None),
    ]
    assert {line["par"] for line in lines} == {"sportdata_hr"}
    assert all(row["now"] <= line["le"] <= after["now"] for line in lines)
    assert Decimal(str(lines[0]["ancien"]["salaire_brut"])) == row["salaire_brut"]
    assert Decimal(str(lines[0]["nouveau"]["salaire_brut"])) == Decimal("54321.09")
    assert lines[0]["ancien"]["adresse"] == lines[0]["nouveau"]["adresse"]


# -- the date ---------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def planned(year: Stack) -> Iterator[tuple[int, int, date]]:
    """(id, employee, day) of an activity whose day has not come yet; it lies at the very end of that day in Paris."""
    who = min(entitlements(year))
    day = today_in_paris(datetime.now(UTC)) + timedelta(days=10)
    insert = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, distance_m, duree_s)
                VALUES (%s, (%s::date + time '23:59:59') AT TIME ZONE 'Europe/Paris', 'Runing', 5000, 1800) RETURNING id"""
    with psycopg.connect(year.settings.dsn("sportdata_writer")) as connection:
        row = connection.execute(insert, [who, day]).fetchone()
    assert row is not None
    yield row[0], who, day
    with psycopg.connect(year.settings.dsn("sportdata_writer")) as connection:
        connection.execute("DELETE FROM public.sport_activities WHERE id = %s", [row[0]])


def test_date_reference_moves_eligibility_both_ways(year: Stack) -> None:
    pid, today = year.pid("gold"), today_in_paris(datetime.now(UTC))
    try:
        _moves_eligibility_both_ways(year, today)
    except AssertionError:
        tomorrow = today_in_paris(datetime.now(UTC))
        if tomorrow == today:
            raise
        year.configure(date_reference=None)  # midnight came between
        until(lambda: year.kpis()["as_of"] == tomorrow.isoformat())
        _moves_eligibility_both_ways(year, tomorrow)
    assert year.pid("gold") == pid


def _moves_eligibility_both_ways(year: Stack, today: date) -> None:
    year.wait()
    now, days = entitlements(year), {}
    assert year.kpis()["as_of"] == today.isoformat()
    for offset in (-100, 120, 500):
        year.configure(date_reference=today + timedelta(days=offset))
        year.wait()
        assert compare(year.settings) == []
        assert year.kpis()["as_of"] == (today + timedelta(days=offset)).isoformat()
        days[offset] = sum(row["nb_jours_bien_etre"] for row in entitlements(year).values())
    everybody = sum(row["nb_jours_bien_etre"] for row in now.values())
    assert days[500] == 0
    assert 0 < days[-100] < everybody
    assert 0 < days[120] < everybody
    year.configure(date_reference=None)
    year.wait()
    assert entitlements(year) == now


def test_an_activity_in_the_future_is_reported_and_counts_once_its_day_has_come(year: Stack, planned: tuple[int, int, date]) -> None:
    activity, who, day = planned
    seen = {}
    for reference in (day + timedelta(days=364), day, day + timedelta(days=365), day - timedelta(days=1)):
        year.configure(date_reference=reference)
        year.wait()
        assert compare(year.settings) == []
        [row] = [row for row in shown(year.settings, ACTIVITES) if row["id"] == activity]
        reported = {line["code"] for line in shown(year.settings, ANOMALIES) if line["reference"] == str(activity)}
        seen[reference] = (row["compte"], row["dans_fenetre"], reported)
        assert row["employee_id"] == who
    assert seen == {
        day + timedelta(days=364): (True, True, set()),
        day: (True, True, set()),
        day + timedelta(days=365): (True, False, set()),
        day - timedelta(days=1): (False, False, {"date_future"}),
    }

"""The history follows what was known for each day, and keeps what was shown; replay and simulate stand beside it.

A stack of its own: what gold has known since its first day matters here. Where the documented ports are free its connector is the one that
users POST, until a start that has lost gold's memory registers ours.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import psycopg
import pytest
import yaml

from sportdata.adapters import delta
from sportdata.adapters.connect import call
from sportdata.contracts.tables import (
    DECLARATIONS,
    ELIGIBILITES,
    ELIGIBILITES_HISTORIQUE,
    HISTORIQUE_RUNS,
    HR_VERSIONS,
    KPIS,
    KPIS_HISTORIQUE,
    PARAMETER_VERSIONS,
    PARAMETRES,
    PROCHES_DU_SEUIL,
    PUBLIC,
    RH_VERSIONS,
    SIMULATIONS,
)
from sportdata.contracts.topics import CONNECTOR
from sportdata.local.connector import configuration
from sportdata.local.sample_delivery import write_sample
from tests.system import documented
from tests.system.conftest import OFFSET, Stack
from tests.system.family import all_of_it_has_ended, of_stack
from tests.system.history_oracle import SKIPPED, Notes, days_of, every, last_days, of_day, on_show, replaced
from tests.system.oracle import bronze_events, compare, differences
from tests.system.storm import Storm
from tests.waiting import until

DAY = date(2026, 6, 15)
MARCH = date(2026, 3, 10)
TRANSACTIONS = int(os.environ.get("SPORTDATA_HISTORY_TRANSACTIONS", "400"))
DISTANCES = """INSERT INTO hr.distances (employee_id, mode, distance_m, incertitude_m, calcule_le)
               SELECT employee_id, moyen_deplacement, 9000, 0, now() FROM hr.employes ON CONFLICT DO NOTHING"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its home has a blank and an accent in its path."""
    folder, taken = tmp_path_factory.mktemp("history"), documented.taken_ports()
    offset, registers = (OFFSET + 400, "auto") if taken else (documented.OFFSET, "manual")
    running = Stack(folder / "à la maison", offset, SPORTDATA_CONNECTOR=registers)
    running.configure(date_reference=DAY)
    rh, sport = write_sample(folder / "data", employees=80, seed=11)
    try:
        running.run("up", "--wait")
        running.run("load-hr", "--rh", str(rh), "--sport", str(sport))
        running.run("maps.py")
        if not taken:
            documented.post(running)
        yield running
    finally:
        running.run("reset", expect=None)


def test_the_documented_post_works_alone(own: Stack) -> None:
    """The first one: it leaves no activity."""
    if own.settings.port_offset != documented.OFFSET:
        pytest.skip("the documented POST names port 5432, and one of the documented ports is taken")
    documented.carries_everything(own)


@pytest.fixture(scope="module")
def alone(own: Stack) -> Stack:
    as_hr(own, DISTANCES)
    own.run("strava_generator.py", "--seed", "3", "--until", DAY.isoformat())
    own.wait()
    return own


@pytest.fixture(scope="module")
def notes(alone: Stack) -> Notes:
    """What was known so far; each test takes another one when it has changed something."""
    found = Notes(alone)
    found.take()
    return found


def as_hr(stack: Stack, statement: str, *values: Any) -> None:
    with psycopg.connect(stack.settings.dsn("sportdata_hr")) as connection:
        assert connection.execute(statement.encode(), values).rowcount


def as_writer(stack: Stack, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def versions_of_all(stack: Stack) -> dict[str, int]:
    return {table.full_name: delta.ensure(stack.settings.lake, table).version() for table in (*PUBLIC, HR_VERSIONS, PARAMETER_VERSIONS)}


def test_each_of_the_last_365_days_is_what_plain_sql_works_out(alone: Stack, notes: Notes) -> None:
    assert notes.differences() == []
    assert days_of(on_show(alone.settings)) == last_days(DAY)
    today, kpis = of_day(on_show(alone.settings), DAY), alone.kpis()
    assert str(today["prime_total_eur"]) == kpis["prime_total_eur"]
    assert all(today[name] == kpis[name] for name in ("employees", "wellness_days", "activities", "to_check", "unknown_distances"))
    assert of_day(on_show(alone.settings), DAY - timedelta(days=200))["activities"] < today["activities"]


def test_an_activity_corrected_for_march_changes_march_and_keeps_the_former_value(alone: Stack, notes: Notes) -> None:
    before = {row["jour"]: row for row in on_show(alone.settings) if row["bu"] is None}
    former = len(replaced(alone.settings))
    pick = """UPDATE public.sport_activities SET duree_s = 0 WHERE id = (
                SELECT id FROM public.sport_activities WHERE (date_debut AT TIME ZONE 'Europe/Paris')::date = %s ORDER BY id LIMIT 1)
              RETURNING id"""
    assert as_writer(alone, pick, MARCH)
    alone.wait()
    assert notes.differences() == []
    after = {row["jour"]: row for row in on_show(alone.settings) if row["bu"] is None}
    assert after[MARCH]["activities"] == before[MARCH]["activities"] - 1
    changed = {day for day in before if after[day]["activities"] != before[day]["activities"]}
    assert changed == {MARCH + timedelta(days=more) for more in range((DAY - MARCH).days + 1)}
    gone = replaced(alone.settings)
    old = of_day([row for row in gone if row["reported_to"] == after[MARCH]["reported_from"]], MARCH)
    assert old["activities"] == before[MARCH]["activities"] and old["reported_from"] == before[MARCH]["reported_from"]
    assert len(gone) - former == 2 * len(changed)  # the company and one BU
    assert after[MARCH - timedelta(days=1)] == before[MARCH - timedelta(days=1)]


def test_a_rate_change_moves_today_only(alone: Stack, notes: Notes) -> None:
    former = {(row["jour"], row["bu"]): row for row in on_show(alone.settings)}
    alone.configure(prime_sportive__percent=0.06, distance__max_walk_km=9)
    alone.wait()
    notes.take()
    assert notes.differences() == []
    now = {(row["jour"], row["bu"]): row for row in on_show(alone.settings)}
    assert {key for key in now if now[key] != former[key]} >= {(DAY, None)}
    assert {day for day, bu in now if now[day, bu] != former[day, bu]} == {DAY}
    [first, second] = sorted(every(alone.settings, PARAMETRES), key=lambda row: row["connu_du"])
    assert (first["percent"], second["percent"], second["connu_jusqu_a"]) == (Decimal("0.05"), Decimal("0.06"), None)
    assert first["connu_jusqu_a"] == second["connu_du"]


def test_the_next_day_keeps_what_was_known_for_the_former_one(alone: Stack, notes: Notes) -> None:
    alone.configure(date_reference=DAY + timedelta(days=1), prime_sportive__percent=0.07)
    alone.wait()
    notes.take()
    assert notes.differences() == []
    rows = on_show(alone.settings)
    assert days_of(rows) == last_days(DAY + timedelta(days=1))
    totals = [of_day(rows, DAY + timedelta(days=more))["prime_total_eur"] for more in (-1, 0, 1)]
    assert totals[1] != totals[0] and totals[2] > totals[1]


def test_leavers_arrivals_and_salaries_count_from_their_day_and_nobody_before_being_hired(alone: Stack, notes: Notes) -> None:
    tomorrow, hired = DAY + timedelta(days=1), DAY - timedelta(days=30)
    before = of_day(on_show(alone.settings), tomorrow)["employees"]
    leaver = min(row["employee_id"] for row in every(alone.settings, ELIGIBILITES) if row["prime_sportive"] and row["jours_bien_etre"])
    as_hr(alone, "UPDATE hr.employes SET actif = false WHERE employee_id = %s", leaver)
    as_hr(alone, "UPDATE hr.employes SET salaire_brut = salaire_brut * 1.0333 WHERE employee_id %% 2 = 0")
    as_hr(
        alone,
        """INSERT INTO hr.employes (employee_id, bu, date_embauche, salaire_brut, moyen_deplacement)
           VALUES (987001, 'Neuve', %s, 31234.55, 'Marche/running')""",
        hired,
    )
    as_hr(alone, DISTANCES)
    alone.wait()
    notes.take()
    assert notes.differences() == []
    rows = on_show(alone.settings)
    assert of_day(rows, tomorrow)["employees"] == before
    assert min(row["jour"] for row in rows if row["bu"] == "Neuve") == hired
    mine = [row for row in every(alone.settings, ELIGIBILITES_HISTORIQUE) if row["employee_id"] == leaver]
    assert {row["droit"] for row in mine} == {"prime_sportive", "jours_bien_etre"}
    assert {row["au"] for row in mine if row["au"] is None or row["au"] >= DAY} == {DAY}
    assert all(row["cause"].endswith("perdu : départ") for row in mine if row["au"] == DAY)
    lines = [row for row in every(alone.settings, RH_VERSIONS) if row["employee_id"] == leaver]
    known = [row["actif"] for row in sorted(lines, key=lambda row: row["connu_du"])]
    assert [actif for actif, _ in groupby(known)][-2:] == [True, False]
    assert sum(row["connu_jusqu_a"] is None for row in lines) == 1


def test_the_rights_of_today_end_the_history_of_rights(alone: Stack) -> None:
    still = {(row["employee_id"], row["droit"]) for row in every(alone.settings, ELIGIBILITES_HISTORIQUE) if row["au"] is None}
    rights = every(alone.settings, ELIGIBILITES)
    assert still == {(row["employee_id"], name) for row in rights for name in ("prime_sportive", "jours_bien_etre") if row[name]}


def test_a_replay_stands_beside_what_is_shown(alone: Stack) -> None:
    shown_before, config = on_show(alone.settings), alone.settings.home.parent / "other.yml"
    document = yaml.safe_load(alone.settings.config.read_text())
    document["prime_sportive"]["percent"] = 0.1
    config.write_text(yaml.safe_dump(document, allow_unicode=True))
    since = DAY - timedelta(days=99)
    said = alone.run("replay", "--from", since.isoformat(), "--config", str(config), "--reason", "et si dix ?", "--by", "Ada").stdout
    assert said.startswith("run 1: 101 days")
    assert differences(shown_before, on_show(alone.settings), ("jour", "bu"), skip=()) == []
    rows = on_show(alone.settings, run=1)
    assert min(days_of(rows)) == since and max(days_of(rows)) == DAY + timedelta(days=1)
    runs = {row["run"]: row for row in every(alone.settings, HISTORIQUE_RUNS)}
    assert (runs[1]["raison"], runs[1]["qui"], runs[1]["depuis"]) == ("et si dix ?", "Ada", since)
    assert json.loads(runs[1]["parametres"])["percent"] == "0.1"
    early, now = DAY - timedelta(days=50), DAY + timedelta(days=1)
    assert of_day(rows, early)["activities"] == of_day(shown_before, early)["activities"]
    assert of_day(rows, now)["prime_total_eur"] == simulated(alone, "--percent", "0.1")["prime_total_eur"]
    assert alone.run("replay", "--reason", "encore", "--config", str(config)).stdout.startswith("run 2: 365 days")
    assert alone.run("replay", "--reason", " ", expect=2).stderr.startswith("error: --reason is empty")
    assert alone.run("replay", "--reason", "x", "--from", "2031-01-01", expect=2).stderr.startswith("error: --from 2031-01-01")


def simulated(stack: Stack, *flags: str) -> dict[str, Any]:
    found = json.loads(stack.run("simulate", *flags, "--json").stdout)
    [company] = [one for one in found["indicators"] if one["bu"] is None]
    return {name: Decimal(value) if name.endswith("_eur") else value for name, value in company["simulated"].items()}


def test_simulate_says_what_would_come_out_and_writes_nothing(alone: Stack, notes: Notes) -> None:
    alone.wait()
    before = versions_of_all(alone)
    flags = ("--percent", "0.08", "--max-walk-km", "5", "--min-activities", "20", "--window-days", "200")
    found = json.loads(alone.run("simulate", *flags, "--json").stdout)
    text = alone.run("simulate", *flags).stdout
    assert "the whole company" in text and "less jours_bien_etre" in text
    [company] = [one for one in found["indicators"] if one["bu"] is None]
    kpis = alone.kpis()
    assert all(company["now"][name] == kpis[name] for name in company["now"])
    assert versions_of_all(alone) == before
    rights = {row["employee_id"]: row for row in every(alone.settings, ELIGIBILITES)}
    alone.configure(prime_sportive__percent=0.08, distance__max_walk_km=5, bien_etre__min_activities=20, bien_etre__window_days=200)
    alone.wait()
    notes.take()
    assert notes.differences() == []
    after, then = alone.kpis(), {row["employee_id"]: row for row in every(alone.settings, ELIGIBILITES)}
    assert all(company["simulated"][name] == after[name] for name in company["simulated"])
    for right, column in (("prime_sportive", "montant_prime_euros"), ("jours_bien_etre", "nb_jours_bien_etre")):
        assert found["gain"][right] == sorted(who for who in then if then[who][column] > rights[who][column])
        assert found["lose"][right] == sorted(who for who in then if then[who][column] < rights[who][column])
    assert alone.run("simulate", expect=2).stderr.startswith("error: nothing to simulate")
    assert "percent" in alone.run("simulate", "--percent", "7", expect=2).stderr


def test_a_slicer_finds_each_combination_once_and_the_parameters_in_force_among_them(alone: Stack) -> None:
    rows = every(alone.settings, SIMULATIONS)
    keys = {(row["percent"], row["max_walk_km"], row["max_bike_km"], row["min_activities"], row["bu"]) for row in rows}
    assert len(keys) == len(rows)
    [now] = [row for row in rows if row["actuel"] and row["bu"] is None]
    [kpis] = every(alone.settings, KPIS)
    for name in ("prime_total_eur", "prime_employees", "pending_eur", "wellness_employees", "wellness_days"):
        assert now[name] == kpis[name]
        units = [row[name] for row in rows if row["actuel"] and row["bu"] is not None]
        assert sum(units) == now[name]  # everybody of this sample has a BU
    point = simulated(alone, "--percent", "0.04", "--max-walk-km", "10", "--max-bike-km", "20", "--min-activities", "15")
    wanted = (Decimal("0.04"), 10, 20, 15, None)
    [row] = [row for row in rows if (row["percent"], row["max_walk_km"], row["max_bike_km"], row["min_activities"], row["bu"]) == wanted]
    assert {name: row[name] for name in point if name in row} == {name: value for name, value in point.items() if name in row}


def test_who_lacks_little_and_why_a_declaration_is_what_it_is(alone: Stack) -> None:
    rights = every(alone.settings, ELIGIBILITES)
    lacking = {row["employee_id"]: 20 - row["nb_activites"] for row in rights if 1 <= 20 - row["nb_activites"] <= 5}
    assert {row["employee_id"]: row["manquantes"] for row in every(alone.settings, PROCHES_DU_SEUIL)} == lacking != {}
    names = ("employee_id", "bu", "moyen_deplacement", "distance_km", "limite_km", "declaration_etat")
    said = every(alone.settings, DECLARATIONS)
    assert differences([{name: row[name] for name in names} for row in rights], said, ("employee_id",)) == []
    assert all(row["raison"].endswith(".") for row in said)


def test_after_a_storm_the_history_has_no_difference(alone: Stack, notes: Notes) -> None:
    today = DAY + timedelta(days=1)
    storm = Storm(alone.settings, 5, TRANSACTIONS, today)
    alone.configure(prime_sportive__percent=0.0333, bien_etre__min_activities=9)
    storm.see_out()
    alone.wait()
    notes.take()
    assert compare(alone.settings) == []
    assert notes.differences() == []
    alone.configure(date_reference=today + timedelta(days=2))
    alone.wait()
    notes.take()
    assert notes.differences() == []


def test_a_lost_memory_is_read_anew_and_the_history_shows_nothing_else_meanwhile(alone: Stack, notes: Notes) -> None:
    """The same start takes a connector over that was posted by hand."""
    alone.wait()
    before = {table: every(alone.settings, table) for table in (KPIS_HISTORIQUE, HISTORIQUE_RUNS, ELIGIBILITES_HISTORIQUE)}
    supervisor = alone.status()["supervisor"]
    alone.run("down")
    assert supervisor not in {process.pid for process in of_stack(alone)}
    all_of_it_has_ended(alone)
    assert alone.run("down").stdout.strip() == "nothing was running"
    shutil.rmtree(alone.settings.home / "gold")
    alone.environment["SPORTDATA_CONNECTOR"] = "auto"
    alone.run("up", "--wait")
    ours = {**configuration(alone.settings), "name": CONNECTOR}
    until(lambda: call(alone.settings, "GET", f"/connectors/{CONNECTOR}/config") == (200, ours), 300)
    alone.wait()
    for table, rows in before.items():
        assert sorted(map(str, every(alone.settings, table))) == sorted(map(str, rows)), table.full_name
    assert notes.differences() == []
    assert sorted(row["run"] for row in every(alone.settings, HISTORIQUE_RUNS)) == [0, 1, 2]
    assert {row["run"] for row in every(alone.settings, KPIS_HISTORIQUE)} == {0, 1, 2}
    known = len(bronze_events(alone.settings))
    documented.changes(alone)
    alone.wait()
    assert compare(alone.settings) == []
    assert len(bronze_events(alone.settings)) > known


def figures(stack: Stack) -> dict[tuple[date, str | None], tuple[Any, ...]]:
    names = [name for name in KPIS_HISTORIQUE.column_names if name not in SKIPPED]
    return {(row["jour"], row["bu"]): tuple(row[name] for name in names) for row in on_show(stack.settings)}


def test_a_date_that_is_frozen_in_the_past_and_released_changes_that_day_alone(alone: Stack) -> None:
    """The last one: what the notes say of a day that gold goes back to is not what it shows."""
    before = figures(alone)
    today = max(day for day, _ in before)
    back, rate = today - timedelta(days=40), yaml.safe_load(alone.settings.config.read_text())["prime_sportive"]["percent"]
    alone.configure(date_reference=back, prime_sportive__percent=0.0777)
    alone.wait()
    alone.configure(date_reference=today, prime_sportive__percent=rate)
    alone.wait()
    after = figures(alone)
    assert {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == {back}

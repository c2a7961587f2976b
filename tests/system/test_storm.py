"""After a storm, gold equals PostgreSQL in every column of every table. The seed is printed; SPORTDATA_STORM_SEED repeats one."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from sportdata.adapters import hive
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, ELIGIBILITES, GOLD, HISTORY
from tests.system import bus
from tests.system.conftest import Stack, as_delivered
from tests.system.family import all_of_it_has_ended
from tests.system.oracle import bronze_events, compare, differences, each_offset_once, shown
from tests.system.storm import Storm
from tests.waiting import until

TRANSACTIONS = int(os.environ.get("SPORTDATA_STORM_TRANSACTIONS", "2600"))
DAY = date(2026, 6, 15)


@pytest.fixture(scope="module", autouse=True)
def calm_afterwards(stack: Stack) -> Iterator[None]:
    """What a storm leaves, names that are null and people who are gone among it, is no company for other tests."""
    yield
    stack.run("up", "--wait")  # if a test has failed while everything was down
    as_delivered(stack)


def first_of_three_edits_again(stack: Stack) -> int:
    """Sends the first of three changes of each of many rows once more, when nothing comes that could heal what it breaks."""
    ends = [bus.ends(stack.settings)]
    for duration_s in (1111, 2222, 3333):
        with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
            connection.execute(
                """INSERT INTO public.sport_activities (id, employee_id, duree_s)
                   SELECT n + (SELECT coalesce(max(id), 0) FROM public.sport_activities), 1, 60 FROM generate_series(1, 50) AS n"""
            )
            connection.execute("UPDATE public.sport_activities SET duree_s = %s WHERE id %% 3 = 0", [duration_s])
        stack.wait()
        ends.append(bus.ends(stack.settings))
    return bus.redeliver_between(stack.settings, ends[0], ends[1])


def test_gold_equals_postgresql_after_a_storm_with_redeliveries_snapshots_and_edits(stack: Stack) -> None:
    seed = int(os.environ.get("SPORTDATA_STORM_SEED", "0")) or random.SystemRandom().randint(1, 10**9)
    print(f"storm seed {seed}")
    settings = stack.settings
    stack.configure(date_reference=DAY)
    pid, since = stack.pid("gold"), bus.ends(settings)
    storm = Storm(settings, seed, TRANSACTIONS, DAY)
    storm.reach(0.15)
    redelivered = bus.redeliver(settings, 0.0, 0.6, since)
    stack.configure(prime_sportive__percent=0.061, bien_etre__min_activities=9)
    storm.reach(0.3)
    bus.pause_and_forget(settings, drop_slot=True)
    storm.reach(0.45)
    bus.resume(settings)  # transactions are open while the snapshot is taken
    hour_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)  # a producer whose clock is behind
    garbage = bus.throw_garbage(settings, hour_ago)
    storm.reach(0.6)
    bus.pause_and_forget(settings, drop_slot=False)
    bus.resume(settings)
    stack.configure(date_reference=DAY + timedelta(days=1), distance__max_walk_km=14)
    storm.reach(0.75)
    redelivered += bus.redeliver(settings, 0.3, 0.9, since)
    storm.see_out()
    redelivered += first_of_three_edits_again(stack)
    stack.wait()

    found = compare(settings, skip_since=True)  # a snapshot row knows no commit time
    tally, events = storm.tally, Counter(row["op"] for row in bronze_events(settings))
    print(f"storm: {tally.changes} changes in {tally.transactions} transactions ({tally.rolled_back} rolled back), "
          f"{redelivered} events redelivered, bronze {dict(events)}, {len(found)} differences")  # fmt: skip
    assert found == [], f"seed {seed}: {len(found)} differences, first: {found[:5]}"
    assert tally.transactions >= TRANSACTIONS and tally.changes >= 20_000 * min(1, TRANSACTIONS / 2600)
    assert stack.pid("gold") == pid, "bronze and gold were restarted during the storm: see streams.log"
    aside = [row for row in shown(settings, ANOMALIES) if row["objet"] == "evenement"]
    assert all(row["code"] == "evenement_illisible" and row["detail"] for row in aside)
    assert sum(row["depuis"] == hour_ago for row in aside) == garbage  # the others are redelivered


def test_bronze_holds_each_offset_exactly_once(stack: Stack) -> None:
    assert each_offset_once(stack.settings) > 20_000 * min(1, TRANSACTIONS / 2600)


def test_the_thrift_server_shows_what_the_delta_tables_hold(stack: Stack) -> None:
    names, rows = hive.query(stack.settings, "SELECT * FROM gold.eligibilites")
    served = [dict(zip((name.split(".")[-1] for name in names), row, strict=True)) for row in rows]
    for row in served:
        row["derniere_activite"] = row["derniere_activite"] and row["derniere_activite"].replace(tzinfo=UTC)
        row["date_reference"] = date.fromisoformat(row["date_reference"])  # PyHive gives a DATE as text
    assert served and differences(shown(stack.settings, ELIGIBILITES), served, ("employee_id",)) == []


def somebody_lacks_one_activity(stack: Stack) -> None:
    """After a storm nobody may be near the threshold, and that table would be empty."""
    most = max(row["nb_activites"] for row in shown(stack.settings, ELIGIBILITES))
    stack.configure(bien_etre__min_activities=most + 1)
    stack.wait()


def test_nothing_survives_the_supervisor_and_a_rebuild_without_postgresql_gives_the_same_tables(stack: Stack) -> None:
    settings = stack.settings
    somebody_lacks_one_activity(stack)
    assert "run 1:" in stack.run("replay", "--reason", "as it is").stdout
    stack.wait()
    before = {table: shown(settings, table) for table in (*GOLD, *HISTORY)}
    supervisor = stack.status()["supervisor"]
    assert supervisor
    os.kill(supervisor, signal.SIGKILL)
    all_of_it_has_ended(stack)
    assert stack.run("wait", expect=2).stderr.count("down") == 1
    stack.run("rebuild")
    after = {table: shown(settings, table) for table in (*GOLD, *HISTORY)}
    for table in HISTORY:
        plain = [sorted(str({**row, "batch_id": 0}) for row in found[table]) for found in (before, after)]
        assert plain[0] == plain[1] != [], table.full_name
    keys = {"eligibilites": ("employee_id",), "activites": ("id",), "anomalies": ("objet", "reference", "code"), "kpis": ("as_of",)}
    for table in GOLD:
        assert differences(before[table], after[table], keys[table.name]) == [], table.full_name
    assert all(row["batch_id"] > 0 for row in after[GOLD[0]])
    stack.run("up", "--wait")
    with psycopg.connect(settings.dsn("sportdata_writer")) as connection:
        connection.execute("UPDATE public.sport_activities SET duree_s = duree_s + 1, commentaire = %s", [f"{datetime.now(UTC)}"])
    stack.wait()
    assert compare(settings) == []


def test_rows_that_go_while_the_slot_is_lost_are_gone_though_the_new_snapshot_is_empty(stack: Stack) -> None:
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        connection.execute("INSERT INTO public.sport_activities (employee_id, duree_s) VALUES (1, 60)")
    stack.wait()
    bus.pause_and_forget(stack.settings, drop_slot=True)
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        connection.execute("DELETE FROM public.sport_activities")
    until(lambda: stack.status()["components"]["connect"]["state"] != "ready")
    bus.resume(stack.settings)
    until(lambda: compare(stack.settings) == [], 300)
    stack.wait()
    assert shown(stack.settings, ACTIVITES) == []

"""Bronze and gold on a Spark cluster, over several partitions, with a worker killed in mid-batch."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from sportdata.adapters.kafka import end_offsets
from sportdata.contracts.topics import ACTIVITIES
from tests.system import bus
from tests.system.conftest import OFFSET, Stack
from tests.system.oracle import bronze_events, compare
from tests.system.storm import blow
from tests.waiting import until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its home has a blank and an accent in its path."""
    running = Stack(tmp_path_factory.mktemp("cluster") / "à la maison", OFFSET + 300, SPORTDATA_TOPIC_PARTITIONS="3")
    try:
        running.run("up", "--wait", "--workers", "2")
        running.run("load-hr")
        running.run("maps.py")
        yield running
    finally:
        running.run("reset", expect=None)


def employees(stack: Stack) -> list[int]:
    with psycopg.connect(stack.settings.dsn("sportdata_hr")) as connection:
        return [row[0] for row in connection.execute("SELECT employee_id FROM hr.employes ORDER BY employee_id")]


def test_a_killed_worker_loses_nothing(cluster: Stack) -> None:
    driver, worker = cluster.pid("gold"), cluster.pid("worker_1")
    cluster.run("strava_generator.py", "--activities", "60000")
    until(lambda: sum(end_offsets(cluster.settings, ACTIVITIES).values()) > 5000)
    os.killpg(worker, signal.SIGKILL)  # its executor with it

    def is_back() -> bool:
        seen = cluster.status()["components"]["worker_1"]
        return seen["state"] == "ready" and seen["pid"] != worker

    until(is_back, 300)
    cluster.wait()
    assert all(offset > 0 for offset in end_offsets(cluster.settings, ACTIVITIES).values())
    assert compare(cluster.settings) == []
    assert cluster.pid("gold") == driver
    places = [(row["topic_id"], row["partition"], row["offset"]) for row in bronze_events(cluster.settings)]
    assert len(places) == len(set(places)) >= 60_000


def test_a_storm_over_three_partitions_ends_as_postgresql(cluster: Stack) -> None:
    day = date(2026, 6, 15)
    cluster.configure(date_reference=day)
    tally, sessions = blow(cluster.settings, seed=23, transactions=600, employees=employees(cluster), day=day)
    until(lambda: tally.transactions >= 150, 300)
    redelivered = bus.redeliver(cluster.settings, 0.9, 1.0)
    until(lambda: tally.transactions >= 300, 300)
    bus.pause_and_forget(cluster.settings, drop_slot=True)
    until(lambda: tally.transactions >= 400, 300)
    bus.resume(cluster.settings)
    for session in sessions:
        session.join(600)
    assert [session.failure for session in sessions] == [None] * 4
    redelivered += bus.redeliver(cluster.settings, 0.8, 0.95)
    cluster.wait()
    found = compare(cluster.settings, skip_since=True)
    print(f"storm over 3 partitions: {tally.changes} changes, {redelivered} events redelivered, {len(found)} differences")
    assert found == [], f"{len(found)} differences, first: {found[:5]}"

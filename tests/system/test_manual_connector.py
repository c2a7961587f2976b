"""The users' documented way: they POST the connector themselves, with everything else at its defaults (CONTRACT §8).

Its body names port 5432, so this needs a stack on the documented ports; it is skipped where one of them is taken.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import psycopg
import pytest

from sportdata.adapters.connect import call
from sportdata.contracts.tables import ACTIVITES
from sportdata.contracts.topics import CONNECTOR
from sportdata.local.connector import configuration
from sportdata.local.sample_delivery import write_sample
from sportdata.settings import PORTS
from tests.system.conftest import Stack
from tests.system.oracle import bronze_events, compare, shown
from tests.system.test_connector import DOCUMENTED
from tests.waiting import until

DOCUMENTED_OFFSET = 0


def taken_ports() -> list[int]:
    taken = []
    for port in (port + DOCUMENTED_OFFSET for port in PORTS.values()):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken.append(port)
    return taken


@pytest.fixture
def manual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if taken := taken_ports():
        pytest.skip(f"the documented POST names port 5432, and these documented ports are taken: {taken}")
    folder = tmp_path_factory.mktemp("manual")
    running = Stack(folder / "home", DOCUMENTED_OFFSET, SPORTDATA_CONNECTOR="manual")
    rh, sport = write_sample(folder / "data", employees=40, seed=11)
    try:
        running.run("up", "--wait")
        running.run("load-hr", "--rh", str(rh), "--sport", str(sport))
        running.run("maps.py")
        yield running
    finally:
        running.run("reset", expect=None)


def changes(stack: Stack) -> None:
    """Inserts, updates (the key too), deletes, a rollback: what the default configuration must carry."""
    with psycopg.connect(stack.settings.dsn("sportdata_writer"), autocommit=True) as connection:
        [(low, high)] = connection.execute("SELECT min(id), max(id) FROM public.sport_activities").fetchall()
        connection.execute("UPDATE public.sport_activities SET duree_s = duree_s + 1, commentaire = 'é€🏃' WHERE id % 7 = 0")
        connection.execute("UPDATE public.sport_activities SET id = id + 1000000 WHERE id = %s", [low])
        connection.execute("DELETE FROM public.sport_activities WHERE id = %s OR id %% 13 = 0", [high])
        with connection.transaction(force_rollback=True):
            connection.execute("DELETE FROM public.sport_activities")


def test_the_documented_post_works_alone_and_a_later_auto_upgrades_it(manual: Stack) -> None:
    settings = manual.settings
    assert "no connector named" in manual.run("wait", "--timeout", "60", expect=2).stderr
    status, answer = call(settings, "POST", "/connectors", DOCUMENTED)
    assert (status, answer["name"]) == (201, "postgres-connector")
    until(lambda: manual.status()["components"]["connect"]["detail"] == "RUNNING", 300)

    manual.run("strava_generator.py", "--seed", "11")
    manual.wait()
    assert compare(settings) == []
    assert len(shown(settings, ACTIVITES)) > 200
    assert all('"schema"' in event["value"] for event in bronze_events(settings) if event["value"])
    changes(manual)
    manual.wait()
    assert compare(settings) == []
    with psycopg.connect(settings.dsn("sportdata_writer")) as connection:
        connection.execute("TRUNCATE public.sport_activities")
    manual.wait()
    assert shown(settings, ACTIVITES) == []
    manual.run("strava_generator.py", "--seed", "12")
    manual.wait()
    assert compare(settings) == []
    status, answer = call(settings, "GET", f"/connectors/{CONNECTOR}/config")
    assert (status, {name: value for name, value in answer.items() if name != "name"}) == (200, DOCUMENTED["config"])

    manual.run("down")
    manual.environment["SPORTDATA_CONNECTOR"] = "auto"
    manual.run("up", "--wait")
    wanted = {**configuration(settings), "name": CONNECTOR}
    until(lambda: call(settings, "GET", f"/connectors/{CONNECTOR}/config") == (200, wanted), 300)
    before = len(bronze_events(settings))
    changes(manual)
    manual.wait()
    assert compare(settings) == []
    added = bronze_events(settings)[before:]
    assert added != []

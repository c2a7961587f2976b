"""The users' documented way: they POST the connector themselves, with everything else at its defaults (CONTRACT §8).

Its body names port 5432, so this needs a stack on the documented ports.
"""

from __future__ import annotations

import socket
from typing import Any

import psycopg

from sportdata.adapters.connect import call
from sportdata.contracts.tables import ACTIVITES
from sportdata.contracts.topics import CONNECTOR
from sportdata.settings import PORTS
from tests.system.conftest import Stack
from tests.system.oracle import bronze_events, compare, shown
from tests.waiting import until

OFFSET = 0

# The users' own words: what their documentation has them POST to /connectors.
DOCUMENTED: dict[str, Any] = {
    "name": "postgres-connector",
    "config": {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "plugin.name": "pgoutput",
        "database.hostname": "postgres",
        "database.port": "5432",
        "database.user": "user",
        "database.password": "password",
        "database.dbname": "sportsdb",
        "topic.prefix": "sportsdata",
        "table.include.list": "public.sport_activities",
        "publication.name": "debezium_publication",
        "slot.name": "debezium_slot",
        "tombstones.on.delete": "false",
    },
}


def taken_ports() -> list[int]:
    taken = []
    for port in (port + OFFSET for port in PORTS.values()):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken.append(port)
    return taken


def post(stack: Stack) -> None:
    """Nothing is registered before, and `wait` says so."""
    assert "no connector named" in stack.run("wait", "--timeout", "60", expect=2).stderr
    status, answer = call(stack.settings, "POST", "/connectors", DOCUMENTED)
    assert (status, answer["name"]) == (201, "postgres-connector")
    until(lambda: stack.status()["components"]["connect"]["detail"] == "RUNNING", 300)


def changes(stack: Stack) -> None:
    """Inserts, updates (the key too), deletes, a rollback: what the default configuration must carry."""
    with psycopg.connect(stack.settings.dsn("sportdata_writer"), autocommit=True) as connection:
        [(low, high)] = connection.execute("SELECT min(id), max(id) FROM public.sport_activities").fetchall()
        connection.execute("UPDATE public.sport_activities SET duree_s = duree_s + 1, commentaire = 'é€🏃' WHERE id % 7 = 0")
        connection.execute("UPDATE public.sport_activities SET id = id + 1000000 WHERE id = %s", [low])
        connection.execute("DELETE FROM public.sport_activities WHERE id = %s OR id %% 13 = 0", [high])
        with connection.transaction(force_rollback=True):
            connection.execute("DELETE FROM public.sport_activities")


def carries_everything(stack: Stack) -> None:
    """And nobody touches it. Leaves no activity."""
    settings = stack.settings
    stack.run("strava_generator.py", "--seed", "11")
    stack.wait()
    assert compare(settings) == []
    assert len(shown(settings, ACTIVITES)) > 200
    assert all('"schema"' in event["value"] for event in bronze_events(settings) if event["value"])
    changes(stack)
    stack.wait()
    assert compare(settings) == []
    with psycopg.connect(settings.dsn("sportdata_writer")) as connection:
        connection.execute("TRUNCATE public.sport_activities")
    stack.wait()
    assert shown(settings, ACTIVITES) == []
    stack.run("strava_generator.py", "--seed", "12")
    stack.wait()
    assert compare(settings) == []
    status, answer = call(settings, "GET", f"/connectors/{CONNECTOR}/config")
    assert (status, {name: value for name, value in answer.items() if name != "name"}) == (200, DOCUMENTED["config"])
    with psycopg.connect(settings.dsn("sportdata_writer")) as connection:
        connection.execute("TRUNCATE public.sport_activities")

"""The connector is ours, watched and brought back; what happens to it loses no change (CONTRACT §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psutil
import psycopg
import pytest

from sportdata.adapters.connect import call
from sportdata.contracts.topics import CONNECTOR, SLOT
from sportdata.local.postgres import create_schema
from sportdata.settings import Settings
from tests.system.conftest import Stack
from tests.system.documented import DOCUMENTED
from tests.system.oracle import compare
from tests.waiting import until


def connect_state(stack: Stack) -> tuple[str, str]:
    one = stack.status()["components"]["connect"]
    return one["state"], one["detail"]


def as_superuser(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.dsn("postgres"), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def reader_of_the_log(settings: Settings) -> int | None:
    """The PostgreSQL backend that sends changes to the connector."""
    [(pid,)] = as_superuser(settings, f"SELECT active_pid FROM pg_replication_slots WHERE slot_name = '{SLOT}'")
    return pid


def cut(settings: Settings) -> int:
    """Ends that backend; returns which it was."""
    until(lambda: reader_of_the_log(settings) is not None, 300)
    pid = reader_of_the_log(settings)
    assert pid is not None
    assert as_superuser(settings, f"SELECT pg_terminate_backend({pid})") == [(True,)]
    return pid


def write(settings: Settings, count: int, each_commits: int = 1_000) -> None:
    """`count` activities of somebody who works here, `each_commits` a transaction."""
    statement = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, distance_m, duree_s)
                   SELECT (SELECT min(employee_id) FROM hr.employes WHERE actif), now() - n * interval '1 minute', 'Runing', 5000, 1800
                   FROM generate_series(1, %s) AS n"""
    with psycopg.connect(settings.dsn("sportdata_writer"), autocommit=True) as connection:
        for start in range(0, count, each_commits):
            connection.execute(statement.encode(), [min(each_commits, count - start)])


@pytest.fixture(autouse=True)
def ready_before_and_after(stack: Stack) -> Iterator[None]:
    until(lambda: connect_state(stack)[0] == "ready", 300)
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM public.sport_activities").fetchone()
    assert row is not None
    yield
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        connection.execute("DELETE FROM public.sport_activities WHERE id > %s", [row[0]])


def test_the_connector_has_its_documented_name_and_runs(stack: Stack) -> None:
    assert call(stack.settings, "GET", "/connectors") == (200, ["postgres-connector"])
    status, answer = call(stack.settings, "GET", f"/connectors/{CONNECTOR}/status")
    assert status == 200
    assert [answer["connector"]["state"], *(task["state"] for task in answer["tasks"])] == ["RUNNING", "RUNNING"]


def test_the_documented_post_answers_409_and_changes_nothing(stack: Stack) -> None:
    settings = stack.settings
    # Connect tries the address before it looks at the name, and this stack's PostgreSQL has moved by the port offset
    body = {**DOCUMENTED, "config": {**DOCUMENTED["config"], "database.port": str(settings.port("postgres"))}}
    before = call(settings, "GET", "/connectors?expand=info")
    status, answer = call(settings, "POST", "/connectors", body)
    assert (status, answer["message"]) == (409, "Connector postgres-connector already exists")
    assert call(settings, "GET", "/connectors?expand=info") == before
    write(settings, 1)
    stack.wait()
    assert compare(settings) == []


def test_changes_still_arrive_after_the_replication_connection_was_cut(stack: Stack) -> None:
    settings = stack.settings
    write(settings, 10)
    cut_off = cut(settings)
    write(settings, 10)
    stack.wait()
    assert compare(settings) == []
    assert reader_of_the_log(settings) not in {None, cut_off}


def test_a_role_that_may_not_log_in_is_told_as_the_cause_and_nothing_is_lost_once_it_may(stack: Stack) -> None:
    settings = stack.settings
    as_superuser(settings, 'ALTER ROLE "user" NOLOGIN')
    try:
        cut(settings)
        write(settings, 10)
        until(lambda: says_that_it_may_not(stack), 300)
    finally:
        as_superuser(settings, 'ALTER ROLE "user" LOGIN')
    until(lambda: connect_state(stack)[0] == "ready", 300)
    stack.wait()
    assert compare(settings) == []


def says_that_it_may_not(stack: Stack) -> bool:
    """At one moment: while the connector is tried again, its state and what is said of it change."""
    status = stack.status()
    connect = status["components"]["connect"]
    is_named = 'role "user" is not permitted to log in' in connect["detail"]
    return is_named and connect["state"] in {"restarting", "failed"} and not status["ready"]


def test_a_start_lets_the_roles_log_in_again(stack: Stack) -> None:
    as_superuser(stack.settings, 'ALTER ROLE "user" NOLOGIN')
    try:
        create_schema(stack.settings)  # what each start does once PostgreSQL answers
        with psycopg.connect(stack.settings.dsn("user")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("user",)
    finally:
        as_superuser(stack.settings, 'ALTER ROLE "user" LOGIN')


def test_a_connect_killed_in_the_middle_of_a_load_is_restarted_and_nothing_is_lost(stack: Stack) -> None:
    settings = stack.settings
    killed = psutil.Process(stack.pid("connect"))
    before = written(settings)
    write(settings, 1_000, each_commits=20)
    killed.kill()
    write(settings, 4_000, each_commits=20)
    assert written(settings) == before + 5_000
    stack.until_back("connect", killed.pid)
    stack.wait()
    assert compare(settings) == []


def written(settings: Settings) -> int:
    with psycopg.connect(settings.dsn("sportdata_writer")) as connection:
        row = connection.execute("SELECT count(*) FROM public.sport_activities").fetchone()
    return row[0] if row else 0

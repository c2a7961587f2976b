"""strava_generator.py when PostgreSQL goes away under it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from sportdata.settings import ROOT
from tests.system.company import company
from tests.system.conftest import OFFSET, Stack
from tests.waiting import until

COPIES = """SELECT pid FROM pg_stat_activity
            WHERE usename = 'sportdata_writer' AND query LIKE 'COPY public.sport_activities%' AND state = 'active'"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with company(tmp_path_factory.mktemp("generator"), OFFSET + 850) as running:
        yield running


@pytest.mark.parametrize("end", ["SELECT pg_terminate_backend(%s)", "SELECT pg_cancel_backend(%s)"])
def test_a_database_that_goes_away_in_mid_run_is_said_in_one_line_and_nothing_is_half_written(stack: Stack, end: str) -> None:
    with psycopg.connect(stack.settings.dsn("postgres"), autocommit=True) as admin:

        def numbers() -> tuple[int, ...]:
            row = admin.execute("SELECT count(*), coalesce(max(id), 0) FROM public.sport_activities").fetchone()
            assert row is not None
            return row

        before = numbers()
        command = [sys.executable, str(ROOT / "strava_generator.py"), "--activities", "2000000", "--append"]
        run = subprocess.Popen(command, env=stack.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until(lambda: bool(admin.execute(COPIES).fetchall()))
        for (pid,) in admin.execute(COPIES).fetchall():
            admin.execute(end.encode(), (pid,))
        _, error = run.communicate(timeout=300)
        assert (run.returncode, error.count("\n")) == (2, 1), error
        assert "PostgreSQL" in error and "None of them is kept" in error
        assert numbers()[0] == before[0]


def digest(stack: Stack) -> tuple[object, ...]:
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        row = connection.execute(
            """SELECT count(*), md5(string_agg(concat_ws('|', employee_id, date_debut, type_activite, distance_m, duree_s, commentaire),
                                               E'\\n' ORDER BY id)) FROM public.sport_activities"""
        ).fetchone()
        connection.execute("DELETE FROM public.sport_activities")
    assert row is not None
    return row


def test_the_same_seed_and_until_write_the_same_rows(stack: Stack) -> None:
    digest(stack)
    seen = []
    for seed in ("7", "7", "8"):
        stack.run("strava_generator.py", "--seed", seed, "--until", "2026-06-30")
        seen.append(digest(stack))
    assert seen[0] == seen[1] != seen[2]
    assert int(str(seen[0][0])) > 1000


def test_exactly_as_many_rows_as_asked_are_added(stack: Stack) -> None:
    digest(stack)
    for number in ("200000", "1"):
        said = stack.run("strava_generator.py", "--activities", number, "--append").stdout
        assert said == f"{number} activities written for 161 employees\n"
    assert digest(stack)[0] == 200_001


def test_a_sport_that_nobody_knows_is_named(stack: Stack) -> None:
    change = "UPDATE hr.employes SET sport = %s WHERE employee_id = (SELECT min(employee_id) FROM hr.employes) RETURNING sport"
    with psycopg.connect(stack.settings.dsn("sportdata_hr")) as connection:
        connection.execute(change, ("Curling",))
    said = stack.run("strava_generator.py", "--activities", "10", "--append").stdout
    assert "no sport is called 'Curling' in sports.yml" in said


def test_the_next_id_is_free_whoever_chose_ids_before(stack: Stack) -> None:
    top = "SELECT coalesce(max(id), 0) FROM public.sport_activities WHERE id < 1::bigint << 62"
    insert = "INSERT INTO public.sport_activities (employee_id) VALUES (1) RETURNING id"
    with psycopg.connect(stack.settings.dsn("sportdata_writer"), autocommit=True) as writer:

        def number(statement: str) -> int:
            row = writer.execute(statement.encode()).fetchone()
            assert row is not None
            return int(row[0])

        first = number(top) + 1000
        with writer.cursor().copy("COPY public.sport_activities (id, employee_id) FROM STDIN") as pipe:
            for one in range(first, first + 5000):
                pipe.write_row((one, 1))
        stack.run("strava_generator1.py")
        writer.execute("UPDATE public.sport_activities SET id = %s WHERE id = %s", (first + 9000, first))
        stack.run("strava_generator.py", "--activities", "100", "--append")
        assert number(top) == first + 9100
        writer.execute("INSERT INTO public.sport_activities (id) VALUES (9223372036854775807)")  # from there no identity goes on
        assert number(insert) == first + 9101


def test_writers_at_once_are_given_free_ids_after_rows_with_ids_of_their_own(stack: Stack) -> None:
    copied = """INSERT INTO public.sport_activities (id)
                SELECT top + step FROM generate_series(1, 5000) AS step,
                                       (SELECT max(id) AS top FROM public.sport_activities WHERE id < 1::bigint << 62)"""

    def write(_: int) -> None:
        with psycopg.connect(stack.settings.dsn("sportdata_writer"), autocommit=True) as writer:
            together.wait()
            for _ in range(30):
                writer.execute("INSERT INTO public.sport_activities (employee_id) VALUES (1)")

    together = Barrier(8)
    with psycopg.connect(stack.settings.dsn("sportdata_writer"), autocommit=True) as writer, ThreadPoolExecutor(8) as writers:
        for _ in range(10):
            writer.execute(copied)
            list(writers.map(write, range(8)))

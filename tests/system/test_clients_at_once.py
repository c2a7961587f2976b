"""beeline, JDBC, SQLAlchemy over PyHive and dbt-spark at once, on a running stack, while each commit in PostgreSQL writes gold anew."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from sportdata.settings import ROOT
from tests.system.clients import Clients, in_words
from tests.system.conftest import Stack

DBT = ROOT / ".venv-dbt" / "bin" / "dbt"
PROJECT = Path(__file__).parent / "dbt"
STATEMENT = "SELECT min(batch_id) AS first, max(batch_id) AS last, count(*) AS n FROM gold.eligibilites"
CHANGE = "UPDATE public.sport_activities SET duree_s = duree_s + 1 WHERE id = (SELECT min(id) FROM public.sport_activities)"
Seen = tuple[int, int, int]  # the first batch among the rows, the last, how many rows


def by_beeline(stack: Stack) -> Seen:
    done = Clients(stack.settings).beeline("rh", STATEMENT)
    assert done.returncode == 0, done.stderr
    first, last, rows = done.stdout.strip().splitlines()[-1].split(",")
    return int(first), int(last), int(rows)


def by_jdbc(stack: Stack) -> Seen:
    [[first, last, rows]] = Clients(stack.settings).jdbc_answer("rh", in_words(STATEMENT))
    return int(first), int(last), int(rows)


def by_sqlalchemy(stack: Stack) -> Seen:
    settings = stack.settings
    where = f"hive://{settings.thrift_user}@{settings.host}:{settings.port('thrift')}/gold"
    engine = create_engine(where, connect_args={"auth": "CUSTOM", "password": Clients(stack.settings).password("rh")})
    try:
        with engine.connect() as connection:
            first, last, rows = connection.execute(text(STATEMENT)).one()
            return first, last, rows
    finally:
        engine.dispose()


def dbt(stack: Stack, folder: Path, *arguments: str) -> str:
    settings = stack.settings
    values = {
        **os.environ,
        "THRIFT_HOST": settings.host,
        "THRIFT_PORT": str(settings.port("thrift")),
        "THRIFT_USER": settings.thrift_user,
        "DBT_ENV_SECRET_THRIFT_PASSWORD": Clients(stack.settings).password("rh"),
        "DBT_TARGET_PATH": str(folder),
        "DBT_LOG_PATH": str(folder),
    }
    where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    done = subprocess.run(
        [str(DBT), "--no-use-colors", *arguments, *where], capture_output=True, text=True, timeout=600, check=False, env=values
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def by_dbt(stack: Stack) -> Seen:
    folder = stack.settings.home.parent / "dbt"
    found = dbt(stack, folder, "--quiet", "show", "--inline", STATEMENT, "--output", "json")
    [row] = json.loads(found)["show"]
    first, last, rows = row.values()
    return int(first), int(last), int(rows)


CLIENTS = [by_beeline, by_jdbc, by_sqlalchemy, by_dbt]


@pytest.fixture(scope="module", autouse=True)
def _dbt_is_there() -> None:
    if not DBT.exists():
        pytest.skip("dbt is not installed: make .venv-dbt/.ready")


@pytest.fixture
def written(year: Stack) -> Iterator[None]:
    """A committed change each second, so that gold is written many times while the slowest client reads."""
    over = threading.Event()

    def write() -> None:
        with psycopg.connect(year.settings.dsn("sportdata_writer"), autocommit=True) as connection:
            while not over.wait(1.0):
                connection.execute(CHANGE)

    writer = threading.Thread(target=write)
    writer.start()
    yield
    over.set()
    writer.join()


@pytest.mark.usefixtures("written")
def test_each_client_reads_whole_batches_and_each_time_later_ones(year: Stack) -> None:
    seen: dict[str, list[Seen]] = {client.__name__: [] for client in CLIENTS}
    together = threading.Barrier(len(CLIENTS), timeout=600)

    def read(client: Callable[[Stack], Seen]) -> None:
        """The slowest takes seconds, so that gold has been written before they begin again."""
        try:
            for _ in range(2):
                together.wait()
                seen[client.__name__].append(client(year))
        except BaseException:
            together.abort()
            raise

    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        failures = [one.exception() for one in [pool.submit(read, client) for client in CLIENTS]]
    assert [failure for failure in failures if failure and not isinstance(failure, threading.BrokenBarrierError)] == []
    for answers in seen.values():
        assert all(first == last and rows == 161 for first, last, rows in answers), seen
        assert answers[0][0] < answers[1][0], seen


def test_dbt_tests_gold_and_documents_it_from_the_catalogue(year: Stack, tmp_path: Path) -> None:
    assert "PASS=4 WARN=0 ERROR=0" in dbt(year, tmp_path, "test")
    dbt(year, tmp_path, "docs", "generate")
    catalogue = json.loads((tmp_path / "catalog.json").read_text())
    assert catalogue["errors"] is None
    columns = catalogue["sources"]["source.sportdata.gold.eligibilites"]["columns"]
    assert columns["prime_sportive"]["type"] == "boolean"

"""`wait` never says 0 too early: each component on the way is stopped in turn, with bronze and gold as processes of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psutil
import psycopg
import pytest

from sportdata.contracts.topics import PUBLICATION
from tests.system.conftest import OFFSET, Stack
from tests.system.oracle import compare
from tests.system.storm import Storm


def of_a_company(folder: Path) -> dict[str, str]:
    """The environment of somebody who has a Spark and a Hadoop, a PostgreSQL by TLS alone, and the company's proxy."""
    package, configuration = folder / "python" / "pyspark", folder / "conf"
    package.mkdir(parents=True)
    configuration.mkdir()
    (package / "__init__.py").write_text("raise ImportError('of another Spark')")
    site = "<configuration><property><name>fs.defaultFS</name><value>hdfs://127.0.0.1:1</value></property></configuration>"
    (configuration / "core-site.xml").write_text(site)
    (configuration / "spark-defaults.conf").write_text("spark.master yarn\n")
    folders = dict.fromkeys(("SPARK_CONF_DIR", "HADOOP_CONF_DIR"), str(configuration))
    proxy = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy"), "http://127.0.0.1:1")
    one_by_one = {
        "SPARK_HOME": str(folder),
        "PYSPARK_PYTHON": "none",
        "PYTHONPATH": str(package.parent),
        "PGSSLMODE": "require",
        "TZ": "Asia/Tokyo",
    }
    return {**folders, **proxy, **one_by_one}


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("apart")
    more = {"SPORTDATA_STREAMS": "apart", "SPORTDATA_EXACTLY_ONCE": "true", **of_a_company(folder / "another")}
    running = Stack(folder / "home", OFFSET + 500, **more)
    try:
        running.run("up", "--wait")
        running.run("load-hr")
        running.run("maps.py")
        running.run("strava_generator.py", "--activities", "500")
        running.wait()
        yield running
    finally:
        running.run("reset", expect=None)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process and its children stand still, as a hung component does."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    try:
        for process in family:
            os.kill(process.pid, signal.SIGSTOP)
        yield
    finally:
        for process in family:
            os.kill(process.pid, signal.SIGCONT)


def write(stack: Stack) -> None:
    statement = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s)
                   SELECT employee_id, now() - interval '1 day', 'Tennis', 3600 FROM hr.employes"""
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("component", ["broker", "connect", "bronze", "gold"])
def test_wait_never_answers_0_while_a_component_stands_still(apart: Stack, component: str) -> None:
    with frozen(apart.pid(component)):
        write(apart)
        answer = apart.run("wait", "--timeout", "6", expect=None)
        assert answer.returncode in {1, 2}, answer
        assert answer.stderr.splitlines()[-1].startswith("error: ")
        assert compare(apart.settings) != [], "the change cannot be there yet"
    apart.wait()
    assert compare(apart.settings) == []


def test_wait_waits_for_hr_and_configuration_while_gold_stands_still(apart: Stack) -> None:
    with frozen(apart.pid("gold")):
        with psycopg.connect(apart.settings.dsn("sportdata_hr")) as connection:
            connection.execute("UPDATE hr.employes SET salaire_brut = salaire_brut + 100")
        assert apart.run("wait", "--timeout", "4", expect=None).returncode == 1
    apart.wait()
    assert compare(apart.settings) == []
    with frozen(apart.pid("gold")):
        apart.configure(prime_sportive__percent=0.07)
        assert apart.run("wait", "--timeout", "4", expect=None).returncode == 1
    apart.wait()
    assert compare(apart.settings) == []


def test_wait_with_nothing_pending_takes_less_than_five_seconds(apart: Stack) -> None:
    """The best of five: a busy machine may be late, nothing but the command itself makes it early."""
    apart.wait()
    codes: list[int] = []
    while 0 not in codes and len(codes) < 5:
        codes.append(apart.run("wait", "--timeout", "5", expect=None).returncode)
    assert codes[-1] == 0, codes


KILLED = (("connect", "gold"), ("bronze", "broker", "postgres"))


def test_components_killed_in_mid_load_lose_and_double_nothing(apart: Stack) -> None:
    statement = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s, distance_m)
                   SELECT e.employee_id, now() - g * interval '1 hour', 'Course à pied', 1800 + g, 5000 + g
                   FROM hr.employes e, generate_series(1, 20) g"""
    for turn, killed in enumerate(KILLED):
        with psycopg.connect(apart.settings.dsn("postgres")) as connection:
            connection.execute(statement)
            connection.execute("DELETE FROM public.sport_activities WHERE id %% 7 = %s", [turn])
        pids = {component: apart.pid(component) for component in killed}
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        for component, pid in pids.items():
            apart.until_back(component, pid)
    apart.wait()
    assert compare(apart.settings) == []


def test_a_storm_passes_with_connects_exactly_once_on_too(apart: Stack) -> None:
    storm = Storm(apart.settings, seed=11, transactions=400, day=date(2026, 6, 15))
    storm.reach(0.5)
    pid = apart.pid("connect")
    os.kill(pid, signal.SIGKILL)
    storm.see_out()
    apart.until_back("connect", pid)
    apart.wait()
    assert compare(apart.settings) == []


def test_wait_never_answers_0_while_the_publication_leaves_the_activities_out(apart: Stack) -> None:
    with psycopg.connect(apart.settings.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER PUBLICATION {PUBLICATION} DROP TABLE public.sport_activities")
        try:
            answer = apart.run("wait", "--timeout", "6", expect=1)
        finally:
            connection.execute(f"ALTER PUBLICATION {PUBLICATION} ADD TABLE public.sport_activities")
    assert "does not name public.sport_activities" in answer.stderr
    apart.wait()

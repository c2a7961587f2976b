"""Real components are broken, and the alert is seen in a real Prometheus. Only each rule's `for` is shorter than in production.

Not broken here, because it cannot be done to a real machine in a test: a full disk (DiskAlmostFull, DiskFillsUp). GoldStalled lasts
too briefly with both in one driver. Their rules are tested with promtool, in monitoring/prometheus/tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from sportdata.adapters.ledger import CONSUMERS_LOCK
from sportdata.local.hold import held_down
from sportdata.settings import ROOT
from tests.prometheus import queries
from tests.system import bus
from tests.system.bus import throw_garbage
from tests.system.conftest import Stack
from tests.system.watch import Watch, program
from tests.waiting import until

pytestmark = pytest.mark.skipif(not program(), reason="prometheus is not installed: put it on the PATH, or set SPORTDATA_PROMETHEUS")
Watching = Callable[[], Watch]
CONTAINERS = "(containers)"


@pytest.fixture
def watching(stack: Stack, tmp_path: Path) -> Watching:
    return lambda: Watch(stack.settings, tmp_path / "watch")


def sql(stack: Stack, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(stack.settings.dsn("postgres"), autocommit=True) as connection:
        done = connection.execute(statement, values)
        return done.fetchall() if done.description else []


def add(stack: Stack, count: int = 1, ago: timedelta = timedelta(0)) -> list[int]:
    statement = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s)
                   SELECT min(employee_id), %s, 'Tennis', 3600 FROM hr.employes WHERE actif RETURNING id"""
    return [sql(stack, statement, datetime.now(UTC) - ago)[0][0] for _ in range(count)]


MANY_CHANGES = """DO $$ BEGIN
                    FOR round IN 1..60 LOOP UPDATE public.sport_activities SET commentaire = round; END LOOP;
                  END $$"""


def jvm_of(pid: int) -> int:
    return next(child.pid for child in psutil.Process(pid).children(recursive=True) if "java" in child.name())


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def validation(stack: Stack) -> Iterator[None]:
    command = [sys.executable, str(ROOT / "validate_strava.py"), "--only", "postgres", "--watch", "--every", "1", "--no-docs"]
    process = subprocess.Popen(command, env=stack.environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def test_nothing_fires_on_a_healthy_stack_and_every_target_answers(year: Stack, watching: Watching) -> None:
    with watching() as watch:
        add(year, 3)
        year.wait()
        until(lambda: len(watch.query('up{job!="validation"} == 1')) == 5)
        until(lambda: bool(watch.query('sportdata_stream_rows_in_total{query="gold"} > 0')))
        until(lambda: {sample["value"][1] for sample in watch.query("sportdata_component_ready")} == {"1"})
        until(lambda: {sample["value"][1] for sample in watch.query("sportdata_exporter_source_up")} == {"1"})
        lately = watch.firing() - {"FreshnessAboveObjective", "ComponentRestarting"}  # a slow machine, and what tests before have done
        assert lately == set()


def test_debezium_is_not_late_while_nothing_happens(year: Stack, watching: Watching) -> None:
    seen = 'debezium_postgres_connector_metrics_totalnumberofeventsseen{context="streaming"}'
    year.wait()
    with watching() as watch:
        until(lambda: bool(watch.query(f"increase({seen}[1m]) > 2")))  # heartbeats
        lag = 'debezium_postgres_connector_metrics_millisecondsbehindsource{context="streaming"}'
        assert watch.value(lag) < 5000


def test_what_is_counted_is_what_is_there(year: Stack, watching: Watching) -> None:
    year.wait()
    expected = sql(year, "SELECT count(*) FROM public.sport_activities")[0][0]
    kpis = year.kpis()
    with watching() as watch:
        until(lambda: [one["value"][1] for one in watch.query('sportdata_lake_rows{table="gold.activites"}')] == [str(expected)])
        until(lambda: [one["value"][1] for one in watch.query("sportdata_business_activities")] == [str(kpis["activities"])])
        assert watch.value("sportdata_business_prime_euros") == float(kpis["prime_total_eur"])
        assert watch.value('sportdata_broker_group_lag_events{group="bronze"}') == 0
        bronze = int(year.run("sql", "SELECT count(*) FROM bronze.sport_activities", "--format", "csv").stdout.split()[1])
        until(lambda: [one["value"][1] for one in watch.query('sportdata_lake_rows{table="bronze.sport_activities"}')] == [str(bronze)])


def test_a_connector_that_is_stopped(year: Stack, watching: Watching) -> None:
    """ConnectorNotRunning, SlotInactive, TopicStalled, SlotWalAboveLimit."""
    try:
        bus.stop(year.settings)
        with watching() as watch:
            watch.until_firing("ConnectorNotRunning", "SlotInactive")
            assert not {"TopicStalled", "SlotWalAboveLimit"} & watch.firing()
            until(lambda: bool(watch.query("count_over_time(sportdata_postgres_activity_changes_total[1m]) > 1")))
            add(year, 3)
            for _ in range(64):  # each begins another 16 MB of log
                sql(year, "SELECT pg_logical_emit_message(false, 'heartbeat', ''), pg_switch_wal()")
            watch.until_firing("TopicStalled", "SlotWalAboveLimit")
            bus.resume(year.settings)
            watch.until_quiet("ConnectorNotRunning", "SlotInactive", "TopicStalled")
            sql(year, "CHECKPOINT")
            watch.until_quiet("SlotWalAboveLimit")
    finally:
        bus.resume(year.settings)
        year.wait()


def test_a_role_that_may_not_log_in(year: Stack, watching: Watching) -> None:
    """ConnectTaskFailed."""
    with watching() as watch:
        until(lambda: bool(watch.query('sportdata_connect_tasks{state="RUNNING"} == 1')))
        assert "ConnectTaskFailed" not in watch.firing()
        try:
            sql(year, 'ALTER ROLE "user" NOLOGIN')
            sql(year, "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active")
            watch.until_firing("ConnectTaskFailed")
        finally:
            sql(year, 'ALTER ROLE "user" LOGIN')
            year.until_ready()  # after five restarts the connector has failed, for a while
            year.wait()


def test_what_people_and_neighbours_do(year: Stack, watching: Watching) -> None:
    """EventsSetAside, InputRefused, ConnectionsAlmostUsedUp, ValidationFailing, SlackUncertain; and each panel has something to show."""
    before = year.settings.config.read_text()
    add(year, ago=timedelta(days=3))
    (known,) = add(year)
    year.wait()
    until(lambda: sql(year, "SELECT etat FROM slack.annonces WHERE id = %s", known) == [("postee",)])
    with ExitStack() as ends, watching() as watch, validation(year):
        until(lambda: bool(watch.query("sportdata_validation_last_run_timestamp_seconds > 0")))
        assert watch.value("sportdata_validation_period_seconds") == 1
        until(lambda: bool(watch.query("sportdata_gold_events_set_aside_total")))
        assert not {"EventsSetAside", "InputRefused", "ConnectionsAlmostUsedUp", "SlackUncertain"} & watch.firing()
        throw_garbage(year.settings)
        year.settings.config.write_text(before.replace("percent: 0.05", "percent: much"))
        ends.callback(year.settings.config.write_text, before)
        watch.until_firing("InputRefused", "ValidationFailing")  # nothing can be checked by such parameters
        year.settings.config.write_text(before)
        watch.until_quiet("InputRefused")
        for _ in range(45):
            ends.enter_context(psycopg.connect(year.settings.dsn("postgres")))
        (stray,) = sql(year, "INSERT INTO public.sport_activities (employee_id, date_debut, duree_s) VALUES (-1, now(), 60) RETURNING id")
        ends.callback(sql, year, "DELETE FROM public.sport_activities WHERE id = %s", stray[0])
        statement = """WITH made AS (INSERT INTO slack.messages (etat, nombre, texte) VALUES ('incertaine', 1, 'Bravo !') RETURNING numero)
                       UPDATE slack.annonces SET etat = 'incertaine', message = numero FROM made WHERE id = %s"""
        sql(year, statement, known)
        until(lambda: bool(watch.query('sportdata_validation_unexpected_rows{expectation="employe_inconnu"} == 1')))
        watch.until_firing("EventsSetAside", "ConnectionsAlmostUsedUp", "ValidationFailing", "SlackUncertain")
        _each_panel_has_something_to_show(year, watch)
        year.run("slack", "settle", str(known), "--posted")
        ends.close()
        watch.until_quiet("ConnectionsAlmostUsedUp", "ValidationFailing", "SlackUncertain")
    year.wait()


def _each_panel_has_something_to_show(stack: Stack, watch: Watch) -> None:
    """While some changes go by: rates need two moments."""
    asked = {name: expression for name, expression in queries().items() if CONTAINERS not in name}
    empty = set(asked)
    deadline = time.monotonic() + 300
    while empty and time.monotonic() < deadline:
        add(stack)
        empty -= {name for name in empty if watch.query(asked[name])}
    assert empty == set()


def _takes_the_lock(other: psycopg.Connection) -> bool:
    """From the consumer, which takes it back as soon as it is there again, and may be faster."""
    other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sportdata_slack'")
    return other.execute("SELECT pg_try_advisory_lock(%s)", [CONSUMERS_LOCK]).fetchone() == (True,)


def test_a_slack_consumer_that_may_not_post(year: Stack, watching: Watching) -> None:
    """SlackStuck: another session holds the lock of the one consumer."""
    with psycopg.connect(year.settings.dsn("postgres"), autocommit=True) as other:
        until(lambda: _takes_the_lock(other))
        until(lambda: "another consumer" in year.status()["components"]["slack"]["detail"])
        with watching() as watch:
            watch.until_firing("SlackStuck")
            other.execute("SELECT pg_advisory_unlock(%s)", [CONSUMERS_LOCK])
            watch.until_quiet("SlackStuck")


def test_a_process_that_dies_again_and_again(year: Stack, watching: Watching) -> None:
    """ComponentRestarting."""
    with watching() as watch:
        until(lambda: bool(watch.query('process_start_time_seconds{job="exporter"}')))
        for _ in range(3):
            pid = year.status()["monitoring"]["exporter"]["pid"]
            assert pid
            began = psutil.Process(pid).create_time()
            os.kill(pid, signal.SIGKILL)
            until(lambda began=began: watch.value('process_start_time_seconds{job="exporter"}') > began + 1)
        watch.until_firing("ComponentRestarting")


def test_a_driver_that_is_stopped(year: Stack, watching: Watching) -> None:
    """ComponentDown, TargetDown, BronzeStalled, ChangesPending."""
    try:
        with watching() as watch:
            # what it has never seen it leaves time to start
            until(lambda: bool(watch.query('sum_over_time(up{job="streams"}[1m]) > 4')))
            until(lambda: bool(watch.query('sportdata_component_ready{component="gold"} == 1')))
            with held_down(year.settings, "streams"):
                until(lambda: year.status()["components"]["gold"]["state"] == "held")
                watch.until_firing("ComponentDown", "TargetDown")
                assert watch.pages().items() >= {"ComponentDown": "# ComponentDown", "TargetDown": "# TargetDown"}.items()
                assert not {"BronzeStalled", "ChangesPending"} & watch.firing()
                add(year, 2)
                watch.until_firing("BronzeStalled", "ChangesPending")
            watch.until_quiet("ComponentDown", "TargetDown", "BronzeStalled")
    finally:
        year.wait()


def test_processes_that_freeze(year: Stack, watching: Watching) -> None:
    """StreamSilent, SourceSilent, DebeziumLate, FreshnessAboveObjective."""
    gold, broker, connect = (year.pid(name) for name in ("gold", "broker", "connect"))
    year.wait()
    with watching() as watch:
        until(lambda: bool(watch.query("sportdata_exporter_source_up")))
        with frozen(jvm_of(gold)):
            with frozen(broker):
                watch.until_firing("SourceSilent")
            watch.until_quiet("SourceSilent")
            with frozen(connect):
                began = time.monotonic()
                sql(year, MANY_CHANGES)
                until(lambda: time.monotonic() - began > 13)
            watch.until_firing("DebeziumLate")  # while it works off what was late; the first heartbeat behind it ends that
            watch.until_firing("StreamSilent")
        watch.until_quiet("StreamSilent")
        watch.until_firing("FreshnessAboveObjective")
    year.wait()

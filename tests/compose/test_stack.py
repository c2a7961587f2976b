"""The containers: from nothing to gold, a storm, every health check, every restart. In the order of the file, on one stack."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaError

from sportdata.adapters import hive
from sportdata.adapters.connect import call
from sportdata.adapters.kafka import end_offsets
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.jobs.watched import fingerprint
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import ROOT
from tests.compose.conftest import Stack, compose, docker
from tests.prometheus import pages, queries, query
from tests.system.storm import Storm
from tests.waiting import until

PROMETHEUS = "127.0.0.1:9090"
TRANSACTIONS = int(os.environ.get("SPORTDATA_STORM_TRANSACTIONS", "600"))


def write(stack: Stack, statement: str, *values: object) -> int:
    """By the role that writes activities; the id that the statement returns."""
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        row = connection.execute(statement, values).fetchone()
    assert row
    return int(row[0])


def insert(stack: Stack, comment: str) -> int:
    statement = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, distance_m, duree_s, commentaire)
                   SELECT min(employee_id), now(), 'Course à pied', 5000, 1800, %s FROM hr.employes RETURNING id"""
    return write(stack, statement, comment)


def documented_curl() -> dict[str, Any]:
    """The connector of the README, as a person posts it."""
    body = re.search(r"curl -X POST http://localhost:8083/connectors.*?-d '(\{.*?\n\})'", (ROOT / "README.md").read_text(), re.DOTALL)
    assert body
    document: dict[str, Any] = json.loads(body.group(1))
    return document


@contextmanager
def optional(stack: Stack, *services: str) -> Iterator[None]:
    """Services of the profiles that are off by default, beside those that run."""
    stack.containers["validation"] = "validation"
    try:
        compose("--profile", "*", "up", "--detach", "--no-deps", *services)
        yield
    finally:
        compose("--profile", "*", "rm", "--stop", "--force", *services)


def test_a_fresh_checkout_comes_up_and_the_four_scripts_bring_its_rows_to_gold(stack: Stack) -> None:
    assert "estimating 161 distances" in stack.run("maps.py").stdout
    assert "activities written for 161 employees" in stack.run("strava_generator.py", "--seed", "3").stdout
    assert re.match(r"\d+: ", stack.run("strava_generator1.py").stdout)
    assert stack.differences() == []
    kpis = json.loads(stack.run("kpis", "--json").stdout)
    assert kpis["employees"] == 161 and kpis["activities"] > 2000
    report = json.loads(stack.run("validate_strava.py", "--json", expect=None).stdout)
    assert report["exit_code"] == 0, [one for suite in report["suites"] for one in suite["outcomes"] if not one["success"]]
    assert [suite for suite in report["suites"] if suite["table"].startswith("gold.")] != []


def test_the_documented_curl_answers_409_beside_the_connector_that_is_registered_by_default(stack: Stack) -> None:
    assert call(stack.settings, "POST", "/connectors", documented_curl())[0] == 409


def test_a_topic_that_nobody_has_declared_does_not_come_to_be_by_being_written_to(stack: Stack) -> None:
    producer = KafkaProducer(bootstrap_servers=stack.settings.bootstrap, max_block_ms=5000)
    try:
        with pytest.raises(KafkaError):
            producer.send("nobody.declared.it", b"").get(5)
    finally:
        producer.close()
    with pytest.raises(BrokenWorld, match=r"knows no topic nobody\.declared\.it"):
        end_offsets(stack.settings, "nobody.declared.it")
    assert end_offsets(stack.settings, "sportsdata.public.sport_activities") != {}


def test_the_start_warns_of_demo_passwords_and_production_refuses_them(stack: Stack) -> None:
    warned = compose("logs", "--no-color", "guard").stdout
    assert "WARNING: published demo passwords are in use" in warned and "sportdata_gold" in warned
    refused = compose("run", "--rm", "-T", "guard", expect=2, SPORTDATA_STAGE="production")
    assert "SPORTDATA_STAGE=production" in refused.stderr + refused.stdout


def test_the_lake_is_open_to_its_owner_alone_and_read_only_for_thrift(stack: Stack) -> None:
    assert stack.execute("gold", "stat", "-c", "%a %u", "/var/lib/sportdata/lake").stdout.split() == ["700", "10001"]
    refused = stack.execute("spark_thrift", "touch", "/var/lib/sportdata/lake/mine", expect=1)
    assert "Read-only file system" in refused.stderr
    with pytest.raises(WrongUse):
        hive.query(stack.settings, "DELETE FROM gold.eligibilites")
    assert hive.query(stack.settings, "SELECT count(*) FROM gold.eligibilites")[1] == [(161,)]


def test_nothing_in_a_container_of_ours_runs_as_root_and_no_image_can_be_written_to(stack: Stack) -> None:
    for service in stack.lasting:
        rows = [line.split() for line in docker("top", stack.container(service), "-o", "pid,uid").stdout.splitlines()[1:]]
        assert rows and "0" not in {uid for _, uid in rows}, service
    for service in ("postgres", "redpanda", "connect", "bronze", "gold", "slack", "spark_thrift"):
        assert "Read-only" in stack.execute(service, "sh", "-c", "echo > /etc/mine", expect=None).stderr


def test_nothing_has_fired_since_the_start_and_each_panel_of_the_dashboard_has_something_to_show(stack: Stack) -> None:
    fired = query(PROMETHEUS, 'max by (alertname, job) (max_over_time(ALERTS{alertstate="firing"}[1h]))')
    assert {(one["metric"]["alertname"], one["metric"].get("job")) for one in fired} <= {("TargetDown", "redpanda")}  # of the stand-in
    real = bool(query(PROMETHEUS, 'up{job="redpanda"} == 1'))
    asked = {name: expression for name, expression in queries().items() if real or "redpanda_" not in expression}
    stray = write(stack, "INSERT INTO public.sport_activities (employee_id, date_debut, duree_s) VALUES (-1, now(), 60) RETURNING id")
    try:
        with optional(stack, "validation"):
            empty = set(asked)
            deadline = time.monotonic() + 300
            while empty and time.monotonic() < deadline:  # rates need two moments
                insert(stack, "pour les courbes")
                empty -= {name for name in empty if query(PROMETHEUS, asked[name])}
            assert empty == set()
        assert all(title == f"# {alert}" for alert, title in pages(PROMETHEUS).items())
    finally:
        write(stack, f"DELETE FROM public.sport_activities WHERE id = {stray} RETURNING id")


def test_gold_equals_postgresql_after_a_storm(stack: Stack) -> None:
    seed = int(os.environ.get("SPORTDATA_STORM_SEED", "0")) or random.SystemRandom().randint(1, 10**9)
    print(f"storm seed {seed}")
    storm = Storm(stack.settings, seed, TRANSACTIONS, today_in_paris(datetime.now(UTC)))
    storm.reach(1 / 3)
    kill(stack, "connect")  # redelivers
    storm.reach(2 / 3)
    kill(stack, "gold")
    storm.see_out()
    stack.healthy("connect", "connector", "gold")
    found = stack.differences()
    print(f"storm: {storm.tally.changes} changes in {storm.tally.transactions} transactions, {len(found)} differences")
    assert found == [], f"seed {seed}: {len(found)} differences, first: {found[:5]}"


def kill(stack: Stack, service: str) -> None:
    """The service's first process dies as of an accident: its restart policy must bring it back."""
    stack.restarts[service] = stack.restarts.get(service, 0) + 1
    os.kill(int(stack.state(service)["Pid"]), signal.SIGKILL)


def test_each_service_comes_back_after_its_death_and_nothing_is_lost(stack: Stack) -> None:
    for service in stack.lasting:
        began = stack.state(service)["StartedAt"]
        if service != "postgres":
            insert(stack, f"avant la mort de {service}")
        kill(stack, service)
        until(lambda service=service, began=began: stack.state(service)["StartedAt"] > began, 300, f"{service} restarted")  # type: ignore[misc]
        if service in ("postgres", "redpanda"):  # whoever needs them finds them again without a restart of its own
            stack.healthy(*stack.lasting)
    stack.healthy(*stack.lasting)
    assert stack.differences() == []


def freeze(stack: Stack, service: str, *, thaw: bool = False) -> None:
    """Stops every process of a container where it stands, or lets all go on."""
    name = "SIGCONT" if thaw else "SIGSTOP"
    for pid in docker("top", stack.container(service), "-o", "pid").stdout.split()[1:]:
        try:
            os.kill(int(pid), signal.Signals[name])
        except ProcessLookupError:
            continue  # a health check that has ended meanwhile


def turn_red(stack: Stack, *services: str) -> None:
    """Each check looks at its own container alone, so all are frozen at once: a red one is no other's doing."""
    for service in services:
        freeze(stack, service)
    try:
        for service in services:
            until(lambda service=service: stack.health(service) == "unhealthy", 300, f"{service} unhealthy")  # type: ignore[misc]
    finally:
        for service in services:
            freeze(stack, service, thaw=True)
    stack.healthy(*services)


def alertmanagers() -> list[str]:
    with urllib.request.urlopen(f"http://{PROMETHEUS}/api/v1/alertmanagers", timeout=5) as answer:
        return [one["url"] for one in json.load(answer)["data"]["activeAlertmanagers"]]


def test_every_health_check_turns_red_when_its_component_hangs_and_green_when_it_goes_on(stack: Stack) -> None:
    """Those of the profiles too, of which Prometheus finds the alertmanager."""
    of_profiles = ("console", "alertmanager", "validation")
    with optional(stack, *of_profiles):
        stack.healthy(*of_profiles)
        until(lambda: alertmanagers() == ["http://alertmanager:9093/api/v2/alerts"], 300, "Prometheus knows the alertmanager")
        turn_red(stack, *stack.lasting, *of_profiles)
        insert(stack, "après le gel")
        assert stack.differences() == []


def test_a_database_and_a_keeper_that_are_gone_are_components_that_are_down(stack: Stack) -> None:
    gone = ["postgres", "connector"]

    def down() -> list[str]:
        return sorted(one["metric"]["component"] for one in query(PROMETHEUS, 'ALERTS{alertname="ComponentDown"}'))

    docker("stop", *map(stack.container, gone))
    try:
        until(lambda: down() == sorted(gone), 300, f"{gone} are down")
        assert [one["value"][1] for one in query(PROMETHEUS, queries()["Is it up?: "])] == ["0"]
    finally:
        docker("start", *map(stack.container, gone))
    stack.healthy(*gone)
    until(lambda: not down(), 300, "all are ready")
    insert(stack, "après l'absence")
    assert stack.differences() == []


def test_prometheus_sees_a_validation_that_watches_until_it_is_told_to_stop(stack: Stack) -> None:
    command = [sys.executable, str(ROOT / "validate_strava.py"), "--watch", "--every", "5"]
    environment = {**os.environ, "SPORTDATA_HOME": str(stack.settings.home)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as watching:
        try:
            until(lambda: bool(query(PROMETHEUS, 'up{job="validation"} == 1')), 300, "Prometheus sees the validation")
        finally:
            watching.terminate()
    until(lambda: docker("inspect", "validation", expect=None).returncode != 0, 300, "its container is gone")


def admin(stack: Stack, statement: str) -> None:
    stack.execute("postgres", "psql", "-U", "postgres", "-d", "sportsdb", "-c", statement)


def test_the_connectors_health_check_turns_red_while_its_task_fails_and_green_once_the_cause_is_gone(stack: Stack) -> None:
    admin(stack, 'ALTER ROLE "user" NOLOGIN')
    try:
        admin(stack, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'user'")
        until(lambda: stack.health("connector") == "unhealthy", 300, "connector unhealthy")
        assert stack.health("connect") == "healthy"
    finally:
        admin(stack, 'ALTER ROLE "user" LOGIN')
    stack.healthy("connector")
    insert(stack, "après la panne")
    assert stack.differences() == []


def test_gold_reads_the_config_yml_of_this_machine(stack: Stack) -> None:
    assert stack.execute("gold", "cat", "/opt/sportdata/config/config.yml").stdout == (ROOT / "config" / "config.yml").read_text()
    said = json.loads(stack.execute("gold", "cat", "/var/lib/sportdata/progress/gold.json").stdout)
    assert said["tables"]["config"] == fingerprint(ROOT / "config" / "config.yml")


def test_a_start_that_changes_nothing_leaves_what_runs_alone(stack: Stack) -> None:
    began = {name: stack.state(name)["StartedAt"] for name in stack.lasting}
    stack.times["a start that changes nothing"] = stack.up()
    assert {name: stack.state(name)["StartedAt"] for name in stack.lasting} == began
    usage = docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *[stack.container(name) for name in stack.lasting])
    print(f"\n{usage.stdout}")

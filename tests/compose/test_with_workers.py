"""All containers go and come again, with other settings: bronze and gold, unchanged, on Spark's own cluster (profile `cluster`), and a
connector that a person posts."""

from __future__ import annotations

import json

import psycopg

from sportdata.adapters import hive
from sportdata.adapters.connect import call
from sportdata.contracts.topics import CONNECTOR
from tests.compose.conftest import PROJECT, Stack, compose
from tests.compose.test_stack import documented_curl, insert, kill, turn_red
from tests.waiting import until

WORKERS = [f"spark-worker-{number}" for number in (1, 2, 3)]
LOOK = "import urllib.request; print(urllib.request.urlopen('http://spark-master:8090/json/').read().decode())"


def master(stack: Stack) -> dict[str, list[dict[str, str]]]:
    seen: dict[str, list[dict[str, str]]] = json.loads(stack.execute("spark-master", "python", "-c", LOOK).stdout)
    return seen


def shown(stack: Stack) -> int:
    [(count,)] = hive.query(stack.settings, "SELECT count(*) FROM gold.activites")[1]
    return int(count)


def test_a_second_start_keeps_everything_and_the_documented_curl_is_enough_with_a_manual_connector(stack: Stack) -> None:
    before = json.loads(stack.run("kpis", "--json").stdout)
    compose("down")
    again = stack.up(COMPOSE_PROFILES="cluster", SPORTDATA_WORKERS="3", SPORTDATA_CONNECTOR="manual")
    print(f"times: {stack.times}, again, on workers: {again}")
    print(compose("ps", "--all", "--format", f"table {{{{.Service}}}}\t{{{{.Status}}}}\t{PROJECT}").stdout)
    stack.containers = {name: f"sportdata-{name}" for name in WORKERS}
    stack.healthy(*WORKERS)
    assert call(stack.settings, "DELETE", f"/connectors/{CONNECTOR}")[0] == 204
    until(lambda: call(stack.settings, "GET", f"/connectors/{CONNECTOR}")[0] == 404, 300, "the connector is gone")
    assert call(stack.settings, "POST", "/connectors", documented_curl())[0] == 201
    assert {**json.loads(stack.run("kpis", "--json").stdout), "batch_id": 0} == {**before, "batch_id": 0}
    stack.run("strava_generator1.py")
    assert stack.differences() == []
    assert json.loads(stack.run("kpis", "--json").stdout)["activities"] == before["activities"] + 1


def test_bronze_and_gold_run_on_workers_and_one_that_is_killed_in_mid_stream_loses_nothing(stack: Stack) -> None:
    assert {app["name"] for app in master(stack)["activeapps"]} == {"sportdata-bronze", "sportdata-gold"}
    before = shown(stack)
    with psycopg.connect(stack.settings.dsn("sportdata_writer"), autocommit=True) as connection:
        for number in range(300):
            connection.execute(
                "INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, distance_m, duree_s) "
                "SELECT employee_id, now(), 'Course à pied', 4000 + %s, 1800 FROM hr.employes ORDER BY employee_id LIMIT 5",
                [number],
            )
            if number == 150:
                busy = next(worker for worker in master(stack)["workers"] if int(worker["coresused"]))
                [victim] = [name for name in WORKERS if stack.execute(name, "hostname").stdout.strip() == busy["host"]]
                kill(stack, victim)
    insert(stack, "après la mort d'un travailleur")
    assert stack.differences() == []
    assert shown(stack) == before + 1501
    until(lambda: len([one for one in master(stack)["workers"] if one["state"] == "ALIVE"]) == 3, 300, "the worker is back")


def test_the_health_checks_of_the_cluster_turn_red_too(stack: Stack) -> None:
    turn_red(stack, "spark-master", WORKERS[0])
    insert(stack, "après le gel du maître")
    assert stack.differences() == []

"""Bronze and gold on a Spark cluster, over several partitions, with the lake in an object store: a real S3 server, Spark's own connector,
delta-rs. Where no S3 server can be had, the cluster's tests have a folder for a lake."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import date

import psutil
import pytest

from sportdata.adapters.documents import read_document
from sportdata.adapters.kafka import end_offsets
from sportdata.adapters.spark_java import archive_file
from sportdata.contracts.lakeside import KEYS
from sportdata.contracts.topics import ACTIVITIES
from sportdata.settings import ROOT
from tests.system import bus
from tests.system.conftest import OFFSET, Stack
from tests.system.family import of_stack
from tests.system.object_store import BUCKET, Store, build_server, fetch_connector, object_store
from tests.system.oracle import compare, each_offset_once
from tests.system.storm import Storm
from tests.system.vanishing import read_each
from tests.waiting import until

LOADED = 12_000  # activities
LAKE = f"s3a://{BUCKET}/sport/lake"


@pytest.fixture(scope="module")
def found_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store | str]:
    """The server, or why there is none."""
    server, why_not = build_server()
    if why_not := why_not or fetch_connector():
        yield why_not
        return
    with object_store(server, tmp_path_factory.mktemp("s3")) as running, pytest.MonkeyPatch.context() as environment:
        for name, value in running.environment.items():
            environment.setenv(name, value)
        yield running


@pytest.fixture
def store(found_store: Store | str) -> Store:
    if isinstance(found_store, str):
        pytest.skip(f"an S3 server and Spark's connector are needed: {found_store}")
    return found_store


@pytest.fixture(scope="module")
def cluster(found_store: Store | str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its home has a blank and an accent in its path."""
    lake = {} if isinstance(found_store, str) else {"SPORTDATA_LAKE": LAKE}
    running = Stack(tmp_path_factory.mktemp("cluster") / "à la maison", OFFSET + 300, SPORTDATA_TOPIC_PARTITIONS="3", **lake)
    try:
        running.run("up", "--wait", "--workers", "2")
        running.run("load-hr")
        running.run("maps.py")
        yield running
    finally:
        running.run("reset", expect=None)


def test_a_killed_worker_loses_nothing(cluster: Stack) -> None:
    driver, worker = cluster.pid("gold"), cluster.pid("worker_1")
    cluster.run("strava_generator.py", "--activities", str(LOADED))
    until(lambda: sum(end_offsets(cluster.settings, ACTIVITIES).values()) > LOADED / 6)
    os.killpg(worker, signal.SIGKILL)  # its executor with it
    cluster.until_back("worker_1", worker)
    cluster.wait()
    assert all(offset > 0 for offset in end_offsets(cluster.settings, ACTIVITIES).values())
    assert compare(cluster.settings) == []
    assert cluster.pid("gold") == driver
    assert each_offset_once(cluster.settings) >= LOADED


def test_its_executors_take_their_classes_from_the_archive(cluster: Stack) -> None:
    archive = archive_file(cluster.settings)
    if not archive.is_file():
        pytest.skip("there is no archive: this Java makes none, or `make archive` has not been run")
    executors = [process for process in of_stack(cluster) if "CoarseGrainedExecutorBackend" in str(process.cmdline())]
    assert len(executors) == 2
    assert [one.cmdline() for one in executors if str(archive) not in {part.path for part in one.memory_maps()}] == []


def test_the_lake_is_in_the_store_alone(cluster: Stack, store: Store) -> None:
    lake = store.objects / "sport" / "lake"
    assert sorted(folder.name for folder in lake.iterdir()) == ["bronze", "gold", "interne"]
    assert [folder.name for folder in (cluster.settings.home / "lake").iterdir()] == ["checkpoints"]
    assert cluster.kpis()["activities"] == LOADED


def test_the_keys_reach_those_alone_that_need_them_and_no_file(cluster: Stack, store: Store) -> None:
    cluster.until_ready()
    components = cluster.status()["components"]
    having = {name for name, one in components.items() if KEYS[1] in psutil.Process(one["pid"]).environ()}
    assert having == {"bronze", "gold", "thrift", "worker_1", "worker_2"}
    secret = store.environment["AWS_SECRET_ACCESS_KEY"]
    assert not any(secret in " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    files = [file for file in cluster.settings.home.rglob("*") if file.is_file() and "postgres/" not in str(file)]
    assert [seen.path for seen in read_each(files) if secret.encode() in seen.content] == []


def test_validation_and_metrics_read_it(cluster: Stack) -> None:
    cluster.run("validate_strava.py", "--only", "gold", "--no-docs")
    expected = {table: count(cluster, table) for table in ("gold.activites", "bronze.sport_activities")}
    found: dict[str, int] = {}
    until(lambda: found.update(rows(cluster)) or expected.keys() <= found.keys())
    assert {table: found[table] for table in expected} == expected


def count(stack: Stack, table: str) -> int:
    return int(stack.run("sql", f"SELECT count(*) FROM {table}", "--format", "csv").stdout.split()[1])


def rows(stack: Stack) -> dict[str, int]:
    """Table → rows, of those that the exporter could look at in time."""
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.settings.port('exporter')}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    return {table: int(float(count)) for table, count in re.findall(r'^sportdata_lake_rows{table="(\S+)"} (\S+)$', text, re.MULTILINE)}


def test_a_storm_in_which_the_streams_are_killed_ends_as_postgresql_and_so_does_a_rebuild(cluster: Stack) -> None:
    day = date(2026, 6, 15)
    cluster.configure(date_reference=day)
    storm = Storm(cluster.settings, seed=23, transactions=400, day=day)
    storm.reach(0.25)
    redelivered = bus.redeliver(cluster.settings, 0.9, 1.0)
    storm.reach(0.5)
    bus.pause_and_forget(cluster.settings, drop_slot=True)
    storm.reach(0.7)
    bus.resume(cluster.settings)
    driver = cluster.pid("gold")
    os.kill(driver, signal.SIGKILL)
    storm.see_out()
    cluster.until_back("gold", driver)
    redelivered += bus.redeliver(cluster.settings, 0.8, 0.95)
    cluster.wait()
    found = compare(cluster.settings, skip_since=True)
    print(f"storm over 3 partitions: {storm.tally.changes} changes, {redelivered} events redelivered, {len(found)} differences")
    assert found == [], f"{len(found)} differences, first: {found[:5]}"
    assert each_offset_once(cluster.settings) > LOADED
    cluster.run("rebuild")
    cluster.wait()
    assert compare(cluster.settings, skip_since=True) == []


def test_reset_names_the_lake_that_it_leaves(cluster: Stack, store: Store) -> None:
    assert read_document(cluster.settings.lake_document) is not None
    before = sum(1 for _ in store.objects.rglob("*"))
    environment = {name: value for name, value in cluster.environment.items() if name != "SPORTDATA_LAKE"}
    done = subprocess.run(
        [sys.executable, "-m", "sportdata", "reset"], env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert LAKE in done.stdout
    assert not cluster.settings.home.exists() and before <= sum(1 for _ in store.objects.rglob("*"))

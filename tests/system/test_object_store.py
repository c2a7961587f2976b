"""A whole stack whose lake is in an object store: a real S3 server, Spark's own connector, delta-rs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from sportdata.adapters.documents import read_document
from sportdata.adapters.kafka import end_offsets
from sportdata.contracts.lakeside import KEYS
from sportdata.contracts.topics import ACTIVITIES
from sportdata.settings import ROOT
from tests.system.conftest import OFFSET, Stack
from tests.system.object_store import BUCKET, Store, fetch_connector, object_store
from tests.system.oracle import bronze_events, compare
from tests.system.vanishing import read_each
from tests.waiting import until

LAKE = f"s3a://{BUCKET}/sport/lake"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with object_store(tmp_path_factory.mktemp("s3")) as running, pytest.MonkeyPatch.context() as environment:
        for name, value in running.environment.items():
            environment.setenv(name, value)
        yield running


@pytest.fixture(scope="module")
def elsewhere(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("elsewhere") / "home", OFFSET + 400, SPORTDATA_LAKE=LAKE)
    if why_not := fetch_connector():
        pytest.skip(f"the S3 connector's JVM parts are needed: {why_not}")
    try:
        running.run("up", "--wait")
        running.run("load-hr")
        running.run("maps.py")
        yield running
    finally:
        running.run("reset", expect=None)


def test_gold_in_an_object_store_is_what_postgresql_says(elsewhere: Stack, store: Store) -> None:
    elsewhere.run("strava_generator.py", "--activities", "400")
    elsewhere.wait()
    assert compare(elsewhere.settings) == []
    assert elsewhere.kpis()["activities"] == 400
    lake = store.objects / "sport" / "lake"
    assert sorted(folder.name for folder in lake.iterdir()) == ["bronze", "gold", "interne"]
    assert [folder.name for folder in (elsewhere.settings.home / "lake").iterdir()] == ["checkpoints"]


def test_the_keys_reach_those_alone_that_need_them_and_no_file(elsewhere: Stack, store: Store) -> None:
    elsewhere.until_ready()
    components = elsewhere.status()["components"]
    having = {name for name, one in components.items() if KEYS[1] in psutil.Process(one["pid"]).environ()}
    assert having == {"bronze", "gold", "thrift"}
    secret = store.environment["AWS_SECRET_ACCESS_KEY"]
    assert not any(secret in " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    files = [file for file in elsewhere.settings.home.rglob("*") if file.is_file() and "postgres/" not in str(file)]
    assert [seen.path for seen in read_each(files) if secret.encode() in seen.content] == []


def test_the_streams_killed_in_mid_batch_lose_and_double_nothing(elsewhere: Stack) -> None:
    driver = elsewhere.pid("gold")
    elsewhere.run("strava_generator.py", "--activities", "8000", "--append", "--seed", "11")
    before = sum(end_offsets(elsewhere.settings, ACTIVITIES).values())
    os.kill(driver, signal.SIGKILL)
    until(lambda: elsewhere.pid_or_none("gold") not in {driver, None} and elsewhere.status()["ready"], 300)
    elsewhere.wait()
    assert before > 0 and compare(elsewhere.settings) == []
    places = [(row["topic_id"], row["partition"], row["offset"]) for row in bronze_events(elsewhere.settings)]
    assert len(places) == len(set(places)) >= 8_400


def test_gold_is_rebuilt_from_an_object_store(elsewhere: Stack) -> None:
    elsewhere.run("rebuild")
    elsewhere.wait()
    assert compare(elsewhere.settings) == []


def test_validation_and_metrics_read_it(elsewhere: Stack) -> None:
    elsewhere.run("validate_strava.py", "--only", "gold", "--no-docs")
    expected = {table: count(elsewhere, table) for table in ("gold.activites", "bronze.sport_activities")}
    found: dict[str, int] = {}
    until(lambda: found.update(rows(elsewhere)) or expected.keys() <= found.keys())
    assert {table: found[table] for table in expected} == expected


def count(stack: Stack, table: str) -> int:
    return int(stack.run("sql", f"SELECT count(*) FROM {table}", "--format", "csv").stdout.split()[1])


def rows(stack: Stack) -> dict[str, int]:
    """Table → rows, of those that the exporter could look at in time."""
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.settings.port('exporter')}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    return {table: int(float(count)) for table, count in re.findall(r'^sportdata_lake_rows{table="(\S+)"} (\S+)$', text, re.MULTILINE)}


def test_reset_names_the_lake_that_it_leaves(elsewhere: Stack, store: Store) -> None:
    assert read_document(elsewhere.settings.lake_document) is not None
    before = sum(1 for _ in store.objects.rglob("*"))
    environment = {name: value for name, value in elsewhere.environment.items() if name != "SPORTDATA_LAKE"}
    done = subprocess.run(
        [sys.executable, "-m", "sportdata", "reset"], env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert LAKE in done.stdout
    assert not elsewhere.settings.home.exists() and before <= sum(1 for _ in store.objects.rglob("*"))

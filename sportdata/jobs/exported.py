"""What the exporter makes of each source: answers of the adapters → metrics. Each raises BrokenWorld when its source does not answer."""

from __future__ import annotations

import shutil
import socket
import time
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Literal

from prometheus_client.core import Metric

from sportdata import metrics
from sportdata.adapters import connect
from sportdata.adapters.activity_stream import GROUP as SLACK_GROUP
from sportdata.adapters.broker_state import Broker, TopicState
from sportdata.adapters.documents import read_document
from sportdata.adapters.lake import Lake
from sportdata.adapters.lake_files import written_at
from sportdata.adapters.postgres_state import Statistics
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.progress import LONGEST_SILENCE_S
from sportdata.contracts.tables import BRONZE, HR_VERSIONS, PUBLIC
from sportdata.contracts.topics import ACTIVITIES, CONNECTOR
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

REACHED: tuple[Literal["postgres", "broker", "connect", "thrift"], ...] = ("postgres", "broker", "connect", "thrift")
ACCEPTS_WITHIN_S = 3.0  # a name that is gone may take its time to be unknown
TASK_STATES = ("RUNNING", "FAILED", "PAUSED", "STOPPED", "RESTARTING", "UNASSIGNED")

Values = dict[tuple[str, ...], float]


def broker(settings: Settings, asked: Broker) -> list[Metric]:
    topics = asked.topics()
    readers = asked.groups()
    bronze = read_document(settings.progress / "bronze.json")
    if bronze is not None:
        readers["bronze"] = {(ACTIVITIES, int(part)): offset for part, offset in bronze["offsets"].items()}
    lag: Values = {}
    for group, offsets in readers.items():
        for (topic, part), offset in offsets.items():
            if topic in topics:
                behind = max(0, topics[topic].end.get(part, 0) - offset)
                lag[group, topic] = lag.get((group, topic), 0.0) + behind
    pending: Values = {}
    for stage, group in (("bronze", "bronze"), ("slack", SLACK_GROUP)):
        if group in readers and ACTIVITIES in topics:
            pending[stage,] = _pending_s(asked, topics[ACTIVITIES], readers[group])
    if bronze is not None and (gold := read_document(settings.progress / "gold.json")) is not None:
        pending["gold",] = _not_in_gold_s(settings.lake, int(gold["tables"]["version"]), int(bronze["version"]))
    return [
        metrics.TOPIC_EVENTS.family({(name,): sum(one.end.values()) for name, one in topics.items()}),
        metrics.TOPIC_HELD.family({(name,): sum(one.end.values()) - sum(one.first.values()) for name, one in topics.items()}),
        metrics.TOPIC_BYTES.family({(name,): one.bytes for name, one in topics.items()}),
        metrics.GROUP_LAG.family(lag),
        metrics.PENDING.family(pending),
    ]


def _pending_s(asked: Broker, topic: TopicState, offsets: dict[tuple[str, int], int]) -> float:
    """Age of the oldest record of the activities topic that a reader at these offsets has not taken in."""
    oldest = 0.0
    for part, end in topic.end.items():
        offset = max(offsets.get((ACTIVITIES, part), 0), topic.first[part])
        committed_at = asked.committed_at(ACTIVITIES, part, offset) if offset < end else None
        if committed_at is not None:
            oldest = max(oldest, time.time() - committed_at)
    return oldest


def _not_in_gold_s(lake: Lakeside, gold: int, bronze: int) -> float:
    """Since bronze's oldest commit with rows that gold does not show; versions count commits of the table."""
    if gold >= bronze:
        return 0.0
    table = lake / BRONZE.schema / BRONZE.name
    versions = range(gold + 1, bronze + 1)
    kept = bisect_left(versions, True, key=lambda version: _committed_at(table, version) is not None)  # the log keeps the newest ones
    first = _committed_at(table, versions[kept]) if kept < len(versions) else None
    return max(0.0, time.time() - first) if first else 0.0


def _committed_at(table: Lakeside, version: int) -> float | None:
    return written_at(table, f"_delta_log/{version:020}.json")


def connect_tasks(settings: Settings) -> list[Metric]:
    """Ours is always named: a connector that is not there has no task in any state."""
    status, answer = connect.call(settings, "GET", "/connectors?expand=status")
    if status != 200:
        raise BrokenWorld(f"connect: GET /connectors?expand=status: {status}")
    tasks: Values = {}
    for name in {CONNECTOR, *answer}:
        said: list[dict[str, Any]] = answer.get(name, {}).get("status", {}).get("tasks", [])
        for state in TASK_STATES:
            tasks[name, state] = sum(task["state"] == state for task in said)
    return [metrics.CONNECT_TASKS.family(tasks)]


def postgres(asked: Statistics) -> list[Metric]:
    now = asked.look()
    return [
        metrics.SLOT_WAL.family({(slot.name,): slot.wal_bytes for slot in now.slots}),
        metrics.SLOT_LAG.family({(slot.name,): slot.unconfirmed_bytes for slot in now.slots}),
        metrics.SLOT_ACTIVE.family({(slot.name,): float(slot.active) for slot in now.slots}),
        metrics.CONNECTIONS.family({(state,): count for state, count in now.connections.items()}),
        metrics.MOST_CONNECTIONS.family({(): now.max_connections}),
        metrics.ACTIVITY_CHANGES.family({(): now.changes}),
    ]


def lake(asked: Lake) -> list[Metric]:
    states = {table.full_name: state for table in (*PUBLIC, HR_VERSIONS) if (state := asked.look(table)) is not None}
    return [
        metrics.LAKE_ROWS.family({(name,): one.rows for name, one in states.items()}),
        metrics.LAKE_FILES.family({(name,): one.files for name, one in states.items()}),
        metrics.LAKE_BYTES.family({(name,): one.bytes for name, one in states.items()}),
        metrics.LAKE_VERSION.family({(name,): one.version for name, one in states.items()}),
        metrics.LAKE_COMMITTED_AT.family({(name,): one.committed_at for name, one in states.items()}),
    ]


def disk(settings: Settings) -> list[Metric]:
    """Of the lake's disk; of the home's when the lake is in an object store, which has no end."""
    folder = settings.lake if isinstance(settings.lake, Path) else settings.home
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        raise BrokenWorld(f"{folder}: {error.strerror}") from error
    return [metrics.DISK_FREE.family({(): usage.free}), metrics.DISK_SIZE.family({(): usage.total})]


def components(settings: Settings) -> list[Metric]:
    """As the supervisor sees them; where there is none (containers), by asking.

    The servers by a connection, the connector's keeper by the age of its last word: Prometheus asks none of them itself.
    """
    status = read_document(settings.run / "status.json")
    if settings.runtime == "processes" and status is not None:
        ready: Values = {(name,): float(one["state"] == "ready") for name, one in status["components"].items()}
    else:
        ready = {(name,): float(accepts) for name, accepts in _accepting(settings).items()}
        keeper = read_document(settings.progress / "connector.json")
        ready["connector",] = float(keeper is not None and time.time() - keeper["beat"] <= LONGEST_SILENCE_S["connector"])
    return [metrics.COMPONENT_READY.family(ready)]


def _accepting(settings: Settings) -> dict[str, bool]:
    """All are asked at the same time, so that those who are silent take no longer together than one."""
    pool = ThreadPoolExecutor(len(REACHED))
    asked = {name: pool.submit(_accepts, (settings.host_of(name), settings.port(name))) for name in REACHED}
    wait(asked.values(), ACCEPTS_WITHIN_S)
    pool.shutdown(wait=False)
    return {name: one.done() and one.result() for name, one in asked.items()}


def _accepts(address: tuple[str, int]) -> bool:
    """A container that is gone takes its name with it: an address that nobody knows is one that does not answer."""
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError:
        return False
    return True

"""Reads what no process of ours counts by itself, when Prometheus asks: broker, Connect, PostgreSQL, lake, disk, components.

It changes nothing anywhere. A source that does not answer is missing from the answer, with `sportdata_exporter_source_up` 0.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import Metric

from sportdata.adapters.broker_state import Broker
from sportdata.adapters.lake import Lake
from sportdata.adapters.postgres_state import Statistics
from sportdata.errors import BrokenWorld
from sportdata.jobs import exported
from sportdata.metrics import SOURCE_SECONDS, SOURCE_UP
from sportdata.settings import Settings

FRESH_FOR_S = 4.0  # several that ask at the same time share one answer
ANSWER_WITHIN_S = 6.0  # a frozen source must not take the others with it: Prometheus gives up after ten seconds


class Reading(NamedTuple):
    metrics: list[Metric]
    seconds: float
    trouble: str


class Exporter:
    """A collector of prometheus_client (https://prometheus.github.io/client_python/collector/custom/)."""

    def __init__(self, settings: Settings, sources: dict[str, Callable[[], list[Metric]]] | None = None) -> None:
        self._sources = sources or _sources(settings)
        self._threads = {name: ThreadPoolExecutor(1, name) for name in self._sources}
        self._asked: dict[str, Future[Reading]] = {}
        self._lock = threading.Lock()
        self._answer: list[Metric] = []
        self._asked_at = float("-inf")
        self._troubles: dict[str, str] = {}

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._asked_at >= FRESH_FOR_S:
                self._answer = self._ask()
                self._asked_at = time.monotonic()
            answer = self._answer
        yield from answer

    def _ask(self) -> list[Metric]:
        """All sources at the same time. One that is still at its last answer is not asked again."""
        for name, read in self._sources.items():
            if name not in self._asked or self._asked[name].done():
                self._asked[name] = self._threads[name].submit(_read, read)
        wait(self._asked.values(), ANSWER_WITHIN_S)
        answer: list[Metric] = []
        up: dict[tuple[str, ...], float] = {}
        took: dict[tuple[str, ...], float] = {}
        for name, asked in self._asked.items():
            reading = asked.result() if asked.done() else Reading([], ANSWER_WITHIN_S, f"no answer within {ANSWER_WITHIN_S:g} s")
            answer += reading.metrics
            up[name,], took[name,] = float(not reading.trouble), reading.seconds
            self._tell(name, reading.trouble)
        return [*answer, SOURCE_UP.family(up), SOURCE_SECONDS.family(took)]

    def _tell(self, name: str, trouble: str) -> None:
        """One line in the log when a source goes or comes back."""
        if bool(trouble) != bool(self._troubles.get(name)):
            sys.stdout.write(f"{name}: {trouble or 'answers again'}\n")
            sys.stdout.flush()
        self._troubles[name] = trouble


def _read(read: Callable[[], list[Metric]]) -> Reading:
    began = time.monotonic()
    try:
        found, trouble = read(), ""
    except BrokenWorld as error:
        found, trouble = [], " ".join(str(error).split())
    except Exception as error:  # noqa: BLE001 - a fault in reading one source must not take the figures of the others
        found, trouble = [], " ".join(repr(error).split())
    return Reading(found, time.monotonic() - began, trouble)


def _sources(settings: Settings) -> dict[str, Callable[[], list[Metric]]]:
    broker, statistics, lake = Broker(settings), Statistics(settings), Lake(settings.lake)
    return {
        "broker": lambda: exported.broker(settings, broker),
        "connect": lambda: exported.connect_tasks(settings),
        "postgres": lambda: exported.postgres(statistics),
        "lake": lambda: exported.lake(lake),
        "disk": lambda: exported.disk(settings),
        "components": lambda: exported.components(settings),
    }


def _registry(exporter: Exporter) -> CollectorRegistry:
    """`/metrics?name[]=process_start_time_seconds` asks no source: the process is found by its names, the exporter describes none."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(exporter)
    ProcessCollector(registry=registry)
    return registry


def run(settings: Settings) -> None:
    """Blocks until SIGTERM or SIGINT. Raises BrokenWorld when the port is taken."""
    stop_asked = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop_asked.set())
    registry = _registry(Exporter(settings))
    port = settings.port("exporter")
    try:
        start_http_server(port, settings.listens_on, registry)
    except OSError as error:
        raise BrokenWorld(f"port {port} (exporter) is taken ({error.strerror}): stop what uses it, or set SPORTDATA_PORT_OFFSET") from error
    stop_asked.wait()

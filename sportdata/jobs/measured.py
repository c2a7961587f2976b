"""What bronze and gold tell Prometheus about themselves."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from sportdata import metrics
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

FRESHNESS = "freshness"
PHASES = ("latestOffset", "getBatch", "queryPlanning", "walCommit", "addBatch", "commitOffsets", "commitBatch")


def served(gold: bool) -> CollectorRegistry:
    """What a driver shows: with `gold` what gold alone counts too, which would be a second, empty series beside the real one elsewhere."""
    registry = CollectorRegistry()
    for part in (metrics.STREAMS, metrics.GOLD) if gold else (metrics.STREAMS,):
        registry.register(part)
    return registry


def serve(settings: Settings, port_name: str, gold: bool) -> None:
    """Raises BrokenWorld when the port is taken."""
    port = settings.port(port_name)
    try:
        start_http_server(port, settings.listens_on, served(gold))
    except OSError as error:
        raise BrokenWorld(f"port {port} (metrics) is taken ({error.strerror}): stop what uses it, or set SPORTDATA_PORT_OFFSET") from error


def with_freshness(rows: DataFrame) -> DataFrame:
    """The same rows; Spark notes the commit times of a batch's oldest and newest event on the way."""
    return rows.observe(
        FRESHNESS,
        F.min(F.unix_micros("source_ts")).alias("oldest_us"),
        F.max(F.unix_micros("source_ts")).alias("newest_us"),
    )


class Queries:
    """Told by Spark's listener; the queries by their stages."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def know(self, stage: str, query: StreamingQuery) -> None:
        if stage in self._names.values():
            return
        self._names[str(query.runId)] = stage
        metrics.STREAM_PROGRESS_AT.labels(stage).set_to_current_time()
        for made in (metrics.STREAM_ROWS_IN, metrics.STREAM_ROWS_OUT, metrics.STREAM_BATCH, metrics.STREAM_FRESHNESS):
            made.labels(stage)  # what has not happened yet is 0, not absent: rates need a beginning

    def idle(self, run_id: str) -> None:
        if name := self._names.get(run_id):
            metrics.STREAM_PROGRESS_AT.labels(name).set_to_current_time()

    def progressed(self, progress: dict[str, Any]) -> None:
        name = self._names.get(progress["runId"])
        if name is None:
            return
        metrics.STREAM_PROGRESS_AT.labels(name).set_to_current_time()
        rows = int(progress["numInputRows"])
        if not rows:
            return
        began = datetime.fromisoformat(progress["timestamp"]).timestamp()
        spent_ms: dict[str, int] = progress["durationMs"]
        lasted_s = spent_ms["triggerExecution"] / 1000
        metrics.STREAM_BATCH_AT.labels(name).set(began)
        metrics.STREAM_ROWS_IN.labels(name).inc(rows)
        metrics.STREAM_BATCH.labels(name).observe(lasted_s)
        for phase in PHASES:
            metrics.STREAM_PHASE.labels(name, phase).inc(spent_ms.get(phase, 0) / 1000)
        seen = progress.get("observedMetrics", {}).get(FRESHNESS)
        if seen:  # bronze: every row that it reads is in its commit
            metrics.STREAM_ROWS_OUT.labels(name).inc(rows)
            shown(name, seen["oldest_us"], seen["newest_us"], began + lasted_s)


def shown(stage: str, oldest_us: int | None, newest_us: int | None, at: float | None = None) -> None:
    """A stage has committed events that were committed at PostgreSQL between these two instants; None: none of them says when."""
    if oldest_us is None or newest_us is None:
        return
    metrics.STREAM_FRESHNESS.labels(stage).observe(max(0.0, (at or time.time()) - oldest_us / 1e6))
    metrics.STREAM_NEWEST.labels(stage).set(newest_us / 1e6)


def is_active(name: str, active: bool) -> None:
    metrics.STREAM_ACTIVE.labels(name).set(active)


def anomalies(found: Iterable[tuple[str, str]]) -> None:
    """(objet, code) of every row of gold.anomalies."""
    metrics.GOLD_ANOMALIES.clear()
    for labels, count in Counter(found).items():
        metrics.GOLD_ANOMALIES.labels(*labels).set(count)


def published(kpis: dict[str, Any], rows: int) -> None:
    """The row of gold.kpis that has just been committed, and how many rows the small tables have got with it."""
    metrics.STREAM_ROWS_OUT.labels("gold").inc(rows)
    for column, gauge in metrics.BUSINESS.items():
        value = kpis[column]
        gauge.set(value.timestamp() if isinstance(value, datetime) else float("nan") if value is None else float(value))

"""Runs bronze, gold, or both in one Spark driver, until told to stop or until one of them fails."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from pyspark.sql.streaming import StreamingQuery

from sportdata.adapters.hr_reader import HrReader
from sportdata.adapters.spark import session
from sportdata.adapters.spark_events import listen
from sportdata.errors import BrokenWorld
from sportdata.jobs import measured
from sportdata.jobs.activites import ActivitesPublisher
from sportdata.jobs.bronze import BronzeJob
from sportdata.jobs.clock import wall_clock
from sportdata.jobs.expired import ExpiredDistances
from sportdata.jobs.gold import GoldJob
from sportdata.jobs.history import HistoryPublisher
from sportdata.jobs.same_lake import require_same_lake
from sportdata.settings import Settings

LOOK_EVERY_S = 0.5
PATIENCE_S = 5.0
# For many small batches a second: nothing here is large enough to be replanned half-way, or to be skipped by file statistics.
SMALL_BATCHES = {
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.stats.collect": "false",
    "spark.databricks.delta.writeChecksumFile.enabled": "false",
}


def run(settings: Settings, bronze: bool, gold: bool) -> None:
    """Blocks. Raises BrokenWorld with the reason when a query ends by itself."""
    stop_asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop_asked.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    require_same_lake(settings)
    name = "streams" if bronze and gold else "bronze" if bronze else "gold"
    measured.serve(settings, "streams_metrics" if bronze else "gold_metrics", gold)
    spark = session(settings, name, settings.streams_memory, SMALL_BATCHES, master=settings.streams_master)
    bronze_job = BronzeJob(spark, settings) if bronze else None
    gold_job = GoldJob(spark, settings, wall_clock(settings), HrReader(settings)) if gold else None
    expired = ExpiredDistances(settings)

    queries = measured.Queries()
    listen(spark, queries.progressed, queries.idle)
    workers: list[Beginning | ActivitesPublisher | HistoryPublisher] = []
    if gold_job:
        gold_job.report()
        workers = [Beginning(gold_job), ActivitesPublisher(gold_job, settings), HistoryPublisher(gold_job, settings)]
    for worker in workers:
        worker.start()
    running: dict[str, StreamingQuery] = {}
    while not stop_asked.wait(LOOK_EVERY_S):
        if bronze_job:
            bronze_job.report()
            running["bronze"] = bronze_job.query
        if gold_job:
            expired.look()
            gold_job.notices = expired.notices
            _look_after(gold_job)
            running |= {"gold": gold_job.bronze.query} if gold_job.bronze.query else {}
        _look_at(running, queries)
        for worker in workers:
            if worker.failure:
                raise BrokenWorld(f"gold, {worker.name}: {worker.failure!r}") from worker.failure
    for worker in workers:
        worker.stop()
    for query in running.values():
        query.stop()
    spark.stop()


def _look_at(running: dict[str, StreamingQuery], queries: measured.Queries) -> None:
    for stage, query in running.items():
        queries.know(stage, query)
        measured.is_active(stage, active := query.isActive)
        if not active:
            raise BrokenWorld(f"{stage} ended: {query.exception()}")


class Beginning(threading.Thread):
    """Starts gold's stream. What it has to read first may take long, and who looks after everything else does not wait for it."""

    def __init__(self, gold: GoldJob) -> None:
        super().__init__(name="bronze", daemon=True)
        self._gold = gold
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._gold.start()
        except BaseException as error:  # noqa: BLE001 - whoever looks at `failure` raises it
            self.failure = error

    def stop(self) -> None:
        """It ends with Spark."""


def _look_after(gold: GoldJob) -> None:
    """A batch may take long, on a cluster that has lost a worker for instance; that is no silence, and bronze is not to wait for it."""
    if not gold.lock.acquire(timeout=PATIENCE_S):
        gold.still_at_it()
        return
    try:
        gold.refresh()
        gold.report()
    finally:
        gold.lock.release()

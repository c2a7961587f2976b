"""Reads all of bronze once and publishes gold once, without PostgreSQL and without a broker."""

from __future__ import annotations

from sportdata.adapters.gold_memory import forget
from sportdata.adapters.spark import session
from sportdata.jobs.activites import ActivitesPublisher
from sportdata.jobs.clock import wall_clock
from sportdata.jobs.gold import GoldJob
from sportdata.jobs.history import HistoryPublisher
from sportdata.jobs.same_lake import require_same_lake
from sportdata.jobs.streams import SMALL_BATCHES
from sportdata.settings import Settings


def rebuild(settings: Settings) -> None:
    """Forgets gold's memory first: if this is interrupted, the next start of gold does the same work."""
    require_same_lake(settings)
    forget(settings.gold_memory)
    (settings.progress / "gold.json").unlink(missing_ok=True)
    spark = session(settings, "rebuild", settings.streams_memory, SMALL_BATCHES)
    gold = GoldJob(spark, settings, wall_clock(settings), hr=None)
    gold.start(once=True).awaitTermination()
    gold.knows_bronze()
    ActivitesPublisher(gold, settings).publish()
    HistoryPublisher(gold, settings).publish()
    gold.report()
    spark.stop()

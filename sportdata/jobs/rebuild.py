"""Reads all of bronze once and publishes gold once, without PostgreSQL and without a broker."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sportdata.adapters.gold_state import GoldState
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
    _forget(settings.home.resolve() / "gold" / "state.sqlite")
    (settings.progress / "gold.json").unlink(missing_ok=True)
    spark = session(settings, "rebuild", settings.streams_memory, SMALL_BATCHES)
    gold = GoldJob(spark, settings, wall_clock(settings), hr=None)
    gold.start(once=True).awaitTermination()
    gold.knows_bronze()
    ActivitesPublisher(gold, settings).publish()
    HistoryPublisher(gold, settings).publish()
    gold.report()
    spark.stop()


def _forget(file: Path) -> None:
    """All but the last good texts of the two files that people edit: gold begins with them if an edit is refused now."""
    good: dict[str, str] = {}
    with suppress(sqlite3.Error), closing(GoldState(file)) as state:  # a damaged one may be why somebody rebuilds
        good = {name: text for name in ("config.yml", "sports.yml") if (text := state.remembered(name))}
    shutil.rmtree(file.parent, ignore_errors=True)
    with closing(GoldState(file)) as state:
        for name, text in good.items():
            state.remember(name, text)

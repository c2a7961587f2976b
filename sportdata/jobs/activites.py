"""gold.activites: one row per activity that exists, brought up to date beside the small tables and never in their way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.contracts.tables import ACTIVITES
from sportdata.jobs.gold import GoldJob
from sportdata.settings import Settings

SMALL = 20_000  # rows: below, writing the table whole is cheaper than a merge
MOST_TEXT = 64_000_000  # characters of comments: above, it is written whole, chunk by chunk
REST = 8.0  # times the last publication, so that it takes a tenth of a core or so
LONGEST_REST_S = 20.0
_SCHEMA = delta.arrow_schema(ACTIVITES)


class ActivitesPublisher(threading.Thread):
    """Ends when told to, or with the error that it met (`failure`)."""

    def __init__(self, gold: GoldJob, settings: Settings) -> None:
        super().__init__(name="activites", daemon=True)
        self._gold = gold
        self._table = delta.ensure(settings.lake, ACTIVITES)
        self._stop_asked = threading.Event()
        self.failure: BaseException | None = None
        self._publications = 0

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()

    def run(self) -> None:
        pause_s = 0.2
        while not self._stop_asked.wait(pause_s):
            try:
                pause_s = 0.2 if (spent_s := self.publish()) is None else min(max(1.0, REST * spent_s), LONGEST_REST_S)
            except BaseException as error:  # noqa: BLE001 - handed to the main loop, which ends the process with it
                self.failure = error
                return

    def publish(self) -> float | None:
        """Publishes what is missing; returns the seconds it took, or None when nothing was."""
        started = time.monotonic()
        with self._gold.lock:
            lacking = self._gold.state.unpublished
            missing = lacking.count()
            if not missing or self._gold.reads_anew:
                return None
            whole = missing > 50_000 or self._gold.state.holds_at_most(SMALL) or lacking.characters() > MOST_TEXT
            shape, face = _Shape(self._gold), self._gold.face()
            if whole:
                turn, chunks = lacking.take_all()
            else:
                turn, rows = lacking.take()
        if whole:
            batches = (batch for chunk in chunks for batch in shape.table(chunk).drop_columns(["present"]).to_batches())
            delta.overwrite(self._table, _reader(batches))
        else:
            delta.merge(self._table, "id", shape.table(rows))
        with self._gold.lock:
            self._gold.activites_show(turn, face)
        self._publications += 1
        if self._publications % delta.TIDY_EVERY == 0:
            delta.tidy(self._table)
        return time.monotonic() - started


def _reader(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(_SCHEMA, batches)


class _Shape:
    """Turns remembered rows into the table's, with the HR data and the window of one moment."""

    def __init__(self, gold: GoldJob) -> None:
        self._bu = {who: row.bu for who, row in gold.versions.rows.items()}
        self._after, self._until = gold._window()
        self._batch_id = int(gold.state.remembered("batch_id") or 0)

    def table(self, rows: list[tuple[Any, ...]]) -> pa.Table:
        columns = list(zip(*rows, strict=True)) or [()] * 10
        present, ids, employees, starts, sports, metres, seconds, comments, days, counts = columns
        return pa.table(
            {
                "present": pa.array([bool(value) for value in present], pa.bool_()),
                "id": pa.array(ids, pa.int64()),
                "employee_id": pa.array(employees, pa.int32()),
                "date_debut": pa.array(starts, pa.timestamp("us", "UTC")),
                "type_activite": pa.array(sports, pa.string()),
                "distance_m": pa.array(metres, pa.float64()),
                "duree_s": pa.array(seconds, pa.int32()),
                "commentaire": pa.array(comments, pa.string()),
                "bu": pa.array([self._bu.get(who) for who in employees], pa.string()),
                "jour": pa.array(days, pa.date32()),
                "compte": pa.array([bool(value) for value in counts], pa.bool_()),
                "dans_fenetre": pa.array([day is not None and self._after < day <= self._until for day in days], pa.bool_()),
                "batch_id": pa.array([self._batch_id] * len(rows), pa.int64()),
            }
        )

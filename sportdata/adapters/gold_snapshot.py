"""Gold as it stood at one moment: every table at one version of it, chosen so that they belong together.

A batch writes eligibilites, anomalies and kpis one after the other, kpis last. So kpis is pinned first; then each other table at its
newest version that no later batch has written. The tables of the history follow within 30 s: theirs may be of an earlier batch.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from sportdata.adapters import delta
from sportdata.adapters.lake_files import in_short
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import ACTIVITES, ELIGIBILITES, KPIS, KPIS_HISTORIQUE, PARAMETRES, RH_VERSIONS, Table
from sportdata.errors import BrokenWorld

TRIES, PAUSE_S = 10, 0.2
SHOWN = "run = 0 AND reported_to IS NULL"  # of gold.kpis_historique, what is shown now


class GoldSnapshot:
    """`kpis` is the one row of gold.kpis. Raises BrokenWorld when gold has published nothing, or cannot be read."""

    def __init__(self, lake: Lakeside, tables: Sequence[Table]) -> None:
        self._lake = lake
        for left in reversed(range(TRIES)):
            if self._pin(tables):
                return
            if left:
                time.sleep(PAUSE_S)
        raise BrokenWorld(f"gold below {lake} is being written anew: gold.eligibilites and gold.kpis are of two batches; try again")

    def _pin(self, tables: Sequence[Table]) -> bool:
        """Whether what is pinned belongs together."""
        self._pinned: dict[Table, DeltaTable] = {}
        self._open(KPIS, None)
        rows = self.rows(KPIS)
        if not rows:
            raise BrokenWorld(f"gold has not published anything yet below {self._lake} (`sportdata wait`)")
        self.kpis: dict[str, Any] = rows[0]
        for table in {*tables, ELIGIBILITES, PARAMETRES, RH_VERSIONS}:
            self._open(table, self.batch_id)
        return self.batch_of(ELIGIBILITES) == (self.batch_id if self.kpis["employees"] else None)

    @property
    def batch_id(self) -> int:
        return int(self.kpis["batch_id"])

    @property
    def parameters(self) -> dict[str, Any] | None:
        """The row of gold.parametres that is in force; None in a lake of an earlier version."""
        return next((row for row in self.rows(PARAMETRES) if row["connu_jusqu_a"] is None), None)

    def __contains__(self, table: Table) -> bool:
        return table in self._pinned

    def version(self, table: Table) -> int:
        return int(self._pinned[table].version())

    def batch_of(self, table: Table) -> int | None:
        """The newest batch that has written a row of the table as pinned; None when there is no row."""
        return _newest_batch(self._pinned[table]) if table in self._pinned else None

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All of a small table, none when it does not exist."""
        return [row for batch in self.batches(table, table.column_names) for row in batch.to_pylist()]

    def count(self, table: Table) -> int:
        return self._count(table, _filter(table)) if table in self._pinned else 0

    def in_window(self) -> int:
        """Activities of gold.activites that count and lie in the window: what gold.kpis calls `activities`."""
        return self._count(ACTIVITES, "compte AND dans_fenetre")

    def still_to_come(self) -> set[int]:
        """Employees whose hiring date, as last known, lies after the day of gold.kpis."""
        known = (row for row in self.rows(RH_VERSIONS) if row["connu_jusqu_a"] is None and row["date_embauche"])
        return {row["employee_id"] for row in known if row["date_embauche"] > self.kpis["as_of"]}

    def batches(self, table: Table, columns: Sequence[str], order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """The columns asked for, with the contract's types; sorted when `order` is given, which takes the table into memory."""
        schema = delta.arrow_schema_of(table, *columns)
        if table not in self._pinned:
            return
        fields = self._pinned[table].schema().fields
        there = {field.name for field in fields} & set(columns)  # a lake of an earlier version lacks some
        try:
            for batch in delta.select(self._pinned[table], [name for name in columns if name in there], _filter(table), order):
                if batch.num_rows:
                    yield _as(schema, batch)
        except (OSError, DeltaError) as error:
            raise BrokenWorld(f"{table.full_name} below {self._lake} cannot be read: {in_short(error)}") from error

    def _count(self, table: Table, where: str) -> int:
        return int(delta.select(self._pinned[table], ["count(*)"], where).read_all()[0][0].as_py())

    def _open(self, table: Table, until: int | None) -> None:
        try:
            opened = delta.open_table(self._lake, table)
            while until is not None and opened.version() > 0 and (_newest_batch(opened) or 0) > until:
                opened.load_as_version(opened.version() - 1)
        except TableNotFoundError:
            return
        except (DeltaError, OSError) as error:
            raise BrokenWorld(f"the log of {table.full_name} below {self._lake} cannot be read: {in_short(error)}") from error
        self._pinned[table] = opened


def _newest_batch(opened: DeltaTable) -> int | None:
    """By the statistics in the log, which both delta-rs and Spark write."""
    found = pa.table(opened.get_add_actions(flatten=True))
    if "max.batch_id" not in found.column_names:
        return None
    return max((batch for batch in found["max.batch_id"].to_pylist() if batch is not None), default=None)


def _filter(table: Table) -> str:
    return SHOWN if table == KPIS_HISTORIQUE else "true"


def _as(schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [
        batch.column(field.name).cast(field.type) if field.name in batch.schema.names else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

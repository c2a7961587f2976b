"""gold.kpis_historique and gold.historique_runs: what is shown now, what was shown before, and the replays beside it.

One writer at a time, gold or `sportdata replay`, by a lock on a file.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from deltalake import DeltaTable

from sportdata.adapters import delta
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import HISTORIQUE_RUNS, KPIS_HISTORIQUE

SHOWN = 0  # the run that follows what is known
NAMES = KPIS_HISTORIQUE.column_names[3:13]
CLOSED_APART_FROM = 50_000  # rows in the files that hold what is shown: each publication reads those
_SCHEMA = delta.arrow_schema(KPIS_HISTORIQUE)
_EPOCH = date(1970, 1, 1)

Key = tuple[int, str | None]  # day since 1970, BU or None
Values = tuple[int, ...]  # in the order of NAMES, euros as cents


class Run(NamedTuple):
    """A row of gold.historique_runs without its number; `parameters` is JSON."""

    reason: str
    parameters: str
    since: date
    who: str
    at: datetime
    batch_id: int


class KpisHistory:
    def __init__(self, lake: Lakeside, lock: Path) -> None:
        """`lock` is a file of the home, the same for all who write."""
        self._table, self._runs = delta.ensure(lake, KPIS_HISTORIQUE), delta.ensure(lake, HISTORIQUE_RUNS)
        self._lock = lock
        self._shown: dict[Key, tuple[Values, datetime]] | None = None

    # -- run 0 ------------------------------------------------------------------------------------------------------------------------

    def show(self, wanted: Mapping[Key, Values], now: datetime, batch_id: int) -> int:
        """Makes run 0 show exactly this, in one commit: what it showed otherwise is closed. Returns how many rows are new or closed."""
        with self._alone():
            shown = self._read_shown() if self._shown is None else self._shown
            closed = [key for key, (values, _) in shown.items() if wanted.get(key) != values]
            new = [key for key, values in wanted.items() if key not in shown or shown[key][0] != values]
            if not closed and not new:
                return 0
            rows = [_row(SHOWN, key, shown[key][0], (shown[key][1], max(now, shown[key][1])), batch_id) for key in closed]
            # a clock that goes back must not leave a hole between two values
            begins = {key: max(now, shown[key][1]) if key in shown else now for key in new}
            rows += [_row(SHOWN, key, wanted[key], (begins[key], None), batch_id) for key in new]
            self._shown = None  # until it is known that the commit has come about
            self._commit(pa.Table.from_pylist(rows, _SCHEMA))
            for key in closed:
                shown.pop(key)
            shown.update({key: (wanted[key], begins[key]) for key in new})
            self._shown = shown
            return len(rows)

    def _commit(self, rows: pa.Table) -> None:
        self._table.update_incremental()
        same = "t.run = 0 AND t.reported_to IS NULL AND s.reported_to IS NOT NULL AND t.jour = s.jour AND t.bu IS NOT DISTINCT FROM s.bu"
        (
            self._table.merge(rows, predicate=same, source_alias="s", target_alias="t")
            .when_matched_update({"reported_to": "s.reported_to"})
            .when_not_matched_insert_all()
            .execute()
        )

    def _read_shown(self) -> dict[Key, tuple[Values, datetime]]:
        self._table.update_incremental()
        rows = _open_rows(self._table, SHOWN)
        return {(_day(row), row["bu"]): (_values(row), row["reported_from"]) for row in rows}

    def _set_closed_apart(self) -> None:
        """Sorts what was replaced away from what is shown, so that the next publications need not rewrite it."""
        files = pa.table(self._table.get_add_actions(flatten=True)).to_pylist()
        beside = sum(one["num_records"] - one["null_count.reported_to"] for one in files if one["null_count.reported_to"])
        if beside > CLOSED_APART_FROM:
            self._table.optimize.z_order(["reported_to"], target_size=1_000_000)

    # -- replays ----------------------------------------------------------------------------------------------------------------------

    def add_run(self, run: Run, values: Mapping[Key, Values]) -> int:
        """A new run, whole or not at all: it exists once it is listed. Returns its number."""
        with self._alone():
            self._remove_unlisted()
            listed = self._listed()
            number = max(listed, default=SHOWN) + 1
            rows = [_row(number, key, value, (run.at, None), run.batch_id) for key, value in values.items()]
            delta.append(self._table, pa.Table.from_pylist(rows, _SCHEMA))
            self._list(number, run)
            return number

    def list_shown(self, run: Run) -> None:
        """Lists run 0, once; and removes what an interrupted replay has left."""
        with self._alone():
            self._remove_unlisted()
            if SHOWN not in self._listed():
                self._list(SHOWN, run)

    def _listed(self) -> set[int]:
        self._runs.update_incremental()
        return {row["run"] for row in delta.select(self._runs, ["run"]).read_all().to_pylist()}

    def _list(self, number: int, run: Run) -> None:
        row = {
            "run": number, "raison": run.reason, "parametres": run.parameters, "depuis": run.since, "qui": run.who, "lance_le": run.at,
            "batch_id": run.batch_id,
        }  # fmt: skip
        delta.append(self._runs, pa.Table.from_pylist([row], delta.arrow_schema(HISTORIQUE_RUNS)))

    def _remove_unlisted(self) -> None:
        self._table.update_incremental()
        last = max(self._listed(), default=SHOWN)
        if delta.select(self._table, ["run"], f"run > {last}").read_all().num_rows:
            self._table.delete(f"run > {last}")

    # -- both -------------------------------------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        with self._alone():
            self._table.update_incremental()
            self._set_closed_apart()
            delta.tidy(self._table)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def read_run(lake: Lakeside, run: int) -> dict[Key, Values]:
    """What a run shows now."""
    return {(_day(row), row["bu"]): _values(row) for row in _open_rows(delta.ensure(lake, KPIS_HISTORIQUE), run)}


def _open_rows(table: DeltaTable, run: int) -> list[dict[str, Any]]:
    return delta.select(table, ["*"], f"run = {run} AND reported_to IS NULL").read_all().to_pylist()


def _day(row: dict[str, Any]) -> int:
    return int((row["jour"] - _EPOCH).days)


def _row(run: int, key: Key, values: Sequence[int], shown: tuple[datetime, datetime | None], batch_id: int) -> dict[str, Any]:
    day, bu = key
    said = {name: Decimal(value).scaleb(-2) if name.endswith("_eur") else value for name, value in zip(NAMES, values, strict=True)}
    times = {"reported_from": shown[0].astimezone(UTC), "reported_to": shown[1] and shown[1].astimezone(UTC)}
    return {"run": run, "jour": _EPOCH + timedelta(days=day), "bu": bu, **said, **times, "batch_id": batch_id}


def _values(row: dict[str, Any]) -> Values:
    return tuple(int(row[name] * 100) if name.endswith("_eur") else row[name] for name in NAMES)

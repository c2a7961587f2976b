"""Gold's Delta tables as the suites look at them: worked out by DataFusion (delta-rs), handed over as pandas frames."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError, TableNotFoundError

from sportdata.adapters import checked, delta
from sportdata.adapters.lake_files import in_short
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, ELIGIBILITES, HR_VERSIONS, KPIS, Table
from sportdata.contracts.validation import SportLimits
from sportdata.errors import BrokenWorld
from sportdata.rules.parameters import Parameters

ONE_BATCH_WITHIN_S = 5.0  # gold commits its tables one after the other, in hundredths of a second
_NULLABLE = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.float64(): pd.Float64Dtype()}


class Gold:
    """The tables of one lake, each as it is when it is first asked for."""

    def __init__(self, lake: Lakeside) -> None:
        self._lake = lake
        self._opened: dict[str, DeltaTable] = {}

    def hr_version(self) -> int:
        """Number of the newest commit of gold's HR data; -1 when there is none yet."""
        try:
            return int(delta.open_table(self._lake, HR_VERSIONS).version())
        except TableNotFoundError:
            return -1
        except (DeltaError, OSError) as error:
            raise BrokenWorld(f"{HR_VERSIONS.full_name} below {self._lake} cannot be read: {in_short(error)}") from error

    def labels(self) -> list[str | None]:
        """The sports as recorded, each once."""
        found: list[str | None] = self._query(checked.GOLD_LABELS, ACTIVITES).column(0).to_pylist()
        return found

    def activities_by_day(self, today: date, look_back_days: int) -> dict[date, int]:
        """How many activities there are on each day up to today."""
        rows = self._query(checked.days_query(checked.GOLD_ACTIVITIES, today, look_back_days), ACTIVITES).to_pylist()
        return {row["jour"]: row["nombre"] for row in rows}

    def activities(self, limits: Sequence[SportLimits], today: date, window_days: int) -> pd.DataFrame:
        query = checked.activities_query(checked.GOLD_ACTIVITIES, checked.GOLD_EMPLOYEES, limits, today, window_days)
        return _frame(self._query(query, ACTIVITES, HR_VERSIONS))

    def eligibilites(self, today: date, parameters: Parameters) -> pd.DataFrame:
        return _frame(self._query(checked.eligibilites_query(today, parameters), ELIGIBILITES))

    def anomalies(self) -> pd.DataFrame:
        return _frame(self._query(checked.anomalies_query(), ANOMALIES))

    def kpis(self) -> pd.DataFrame:
        """gold.kpis beside the sums of gold.eligibilites, both of one batch unless gold leaves them apart for long."""
        deadline = time.monotonic() + ONE_BATCH_WITHIN_S
        while True:
            for table in (ELIGIBILITES, KPIS):
                self._opened.pop(table.name, None)
            frame = _frame(self._query(checked.kpis_query(), KPIS, ELIGIBILITES))
            if frame["ecart_lot"].eq(0).all() or time.monotonic() > deadline:
                return frame
            time.sleep(0.1)  # another process writes them: there is nothing to wait on

    def _query(self, query: str, *tables: Table) -> pa.Table:
        names = ", ".join(table.full_name for table in tables)
        try:
            builder = QueryBuilder()
            for table in tables:
                if table.name not in self._opened:
                    self._opened[table.name] = delta.open_table(self._lake, table)
                builder.register(table.name, self._opened[table.name])
            return pa.table(builder.execute(query).read_all())
        except (DeltaError, OSError, ValueError, RuntimeError) as error:  # what delta-rs raises, by kind of trouble
            said = in_short(error) or type(error).__name__
            raise BrokenWorld(f"{names} below {self._lake} cannot be read: {said}. Has gold run? (`sportdata status`)") from error


def _frame(rows: pa.Table) -> pd.DataFrame:
    """Nulls stay apart from NaN, and whole numbers stay whole."""
    return rows.to_pandas(types_mapper=_NULLABLE.get, date_as_object=False)

"""The business parameters as gold has known them, in a Delta table beside hr_versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import PARAMETER_VERSIONS
from sportdata.rules.parameters import Parameters


class ParameterVersion(NamedTuple):
    """`day` is gold's today when it was read."""

    version: int
    read_at: datetime
    day: date
    parameters: Parameters


class ParameterVersions:
    """In the order of reading; the office's address and the frozen date are no part of them."""

    def __init__(self, lake: Lakeside) -> None:
        self._table = delta.ensure(lake, PARAMETER_VERSIONS)
        rows = sorted(delta.read(lake, PARAMETER_VERSIONS), key=lambda row: row["version"])
        self.all = [ParameterVersion(row["version"], row["lu_le"], row["jour"], _parameters(row)) for row in rows]

    def remember(self, parameters: Parameters, now: datetime, today: date) -> bool:
        """Stores them when they differ from the last ones; returns whether they do."""
        values = named(parameters)
        if self.all and values == named(self.all[-1].parameters):
            return False
        version = ParameterVersion(len(self.all) + 1, now, today, _parameters(values))
        row = {"version": version.version, "lu_le": now, "jour": today, **values}
        delta.append(self._table, pa.Table.from_pylist([row], delta.arrow_schema(PARAMETER_VERSIONS)))
        self.all.append(version)
        return True


def named(parameters: Parameters) -> dict[str, Any]:
    """Under the names of gold.parametres."""
    return {
        "percent": parameters.percent,
        "min_activities": parameters.min_activities,
        "window_days": parameters.window_days,
        "days": parameters.wellness_days,
        "max_walk_km": parameters.max_walk_km,
        "max_bike_km": parameters.max_bike_km,
    }


def _parameters(row: dict[str, Any]) -> Parameters:
    return Parameters(
        percent=row["percent"],
        min_activities=row["min_activities"],
        window_days=row["window_days"],
        wellness_days=row["days"],
        max_walk_km=row["max_walk_km"],
        max_bike_km=row["max_bike_km"],
        office_address="",
        date_reference=None,
    )

"""The business parameters as gold has known them, in a Delta table beside hr_versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import PARAMETER_VERSIONS
from sportdata.rules.calendar import Furthest
from sportdata.rules.parameters import Parameters


class ParameterVersion(NamedTuple):
    """`day` is gold's today when it was read; `behind`: gold had been at a later day by then."""

    version: int
    read_at: datetime
    day: date
    parameters: Parameters
    behind: bool


class ParameterVersions:
    """In the order of reading; the office's address and the frozen date are no part of them."""

    def __init__(self, lake: Lakeside) -> None:
        self._table = delta.ensure(lake, PARAMETER_VERSIONS)
        self._furthest = Furthest()
        self.all: list[ParameterVersion] = []
        for row in sorted(delta.read(lake, PARAMETER_VERSIONS), key=lambda row: row["version"]):
            self._note(row["lu_le"], row["jour"], _parameters(row))

    @property
    def furthest(self) -> date:
        """The last day that gold had come to, as far as the versions tell."""
        return self._furthest.day

    def _note(self, now: datetime, day: date, parameters: Parameters) -> None:
        self.all.append(ParameterVersion(len(self.all) + 1, now, day, parameters, self._furthest.passes(day, now)))

    def remember(self, parameters: Parameters, now: datetime, today: date) -> bool:
        """Stores them when they differ from the last ones; returns whether they do."""
        values = named(parameters)
        if self.all and values == named(self.all[-1].parameters):
            return False
        self._store(parameters, now, today)
        return True

    def again(self, now: datetime, day: date) -> None:
        """Stores the last ones once more, for another day."""
        if self.all:
            self._store(self.all[-1].parameters, now, day)

    def _store(self, parameters: Parameters, now: datetime, day: date) -> None:
        values = named(parameters)
        row = {"version": len(self.all) + 1, "lu_le": now, "jour": day, **values}
        delta.append(self._table, pa.Table.from_pylist([row], delta.arrow_schema(PARAMETER_VERSIONS)))
        self._note(now, day, _parameters(values))


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

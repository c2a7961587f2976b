"""The business parameters, as values. `contracts.parameters` reads them from `config.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Parameters:
    """What the company may change: the share of the salary (0-1), thresholds, limits in km, the frozen date (None: today in Paris)."""

    percent: Decimal
    min_activities: int
    window_days: int
    wellness_days: int
    max_walk_km: Decimal
    max_bike_km: Decimal
    office_address: str
    date_reference: date | None

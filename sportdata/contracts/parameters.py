"""`config.yml`: the business parameters as people write them."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sportdata.contracts.documents import load, validated
from sportdata.rules.parameters import Parameters

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)  # the history reaches back a year, and Python's calendar ends


def _number(value: Any) -> Decimal:
    """A YAML number as the decimal that was typed: 0.05 is exactly 0.05."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)  # of any length
    if not isinstance(value, float) or not math.isfinite(value):
        raise ValueError("not a number")
    return Decimal(str(value))


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        raise ValueError("a time of day")
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(day, date) and not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("too far away")
    return day


# Bounds that keep every later step exact: DECIMAL(9,3) for kilometres, 32 bits for counts, a calendar that does not run out.
Share = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=1, decimal_places=18)]
Kilometres = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, lt=1_000_000, decimal_places=3)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _PrimeSportive(_Section):
    percent: Share = Field(description="a number from 0 to 1, at most 18 decimals")


class _BienEtre(_Section):
    min_activities: int = Field(ge=0, le=1_000_000, description="a whole number from 0 to 1000000")
    window_days: int = Field(ge=1, le=36_525, description="a whole number from 1 to 36525")
    days: int = Field(ge=0, le=366, description="a whole number from 0 to 366")


class _Distance(_Section):
    max_walk_km: Kilometres = Field(description="kilometres, 0 or more and below 1000000, at most 3 decimals")
    max_bike_km: Kilometres = Field(description="kilometres, 0 or more and below 1000000, at most 3 decimals")
    office_address: str = Field(pattern=r"\S", description="an address as text, in quotes")


class _Config(_Section):
    prime_sportive: _PrimeSportive = Field(description="the key percent")
    bien_etre: _BienEtre = Field(description="the keys min_activities, window_days, days")
    distance: _Distance = Field(description="the keys max_walk_km, max_bike_km, office_address")
    date_reference: Annotated[date | None, BeforeValidator(_day)] = Field(
        description="a date from 1900 to 9998 such as 2026-01-31, or null"
    )


def read_parameters(text: str, where: str) -> Parameters:
    """The parameters of a `config.yml`, all keys required and no other.

    Raises RefusedInput that says which file (`where`), key and value, and what is allowed.
    """
    config = validated(_Config, load(text, where), where)
    return Parameters(
        percent=config.prime_sportive.percent,
        min_activities=config.bien_etre.min_activities,
        window_days=config.bien_etre.window_days,
        wellness_days=config.bien_etre.days,
        max_walk_km=config.distance.max_walk_km,
        max_bike_km=config.distance.max_bike_km,
        office_address=config.distance.office_address.strip(),
        date_reference=config.date_reference,
    )

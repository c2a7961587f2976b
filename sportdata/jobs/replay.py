"""Gold's knowledge outside of gold: the whole history under other parameters, or today alone. Needs neither Spark nor PostgreSQL."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from deltalake.exceptions import TableNotFoundError

from sportdata.adapters import delta
from sportdata.adapters.activity_counts import ActivityCounts
from sportdata.adapters.hr_versions import HrVersions
from sportdata.adapters.kpis_history import SHOWN, Key, KpisHistory, Run, Values, read_run
from sportdata.adapters.parameter_versions import named
from sportdata.contracts.tables import HR_VERSIONS
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.jobs.clock import wall_clock
from sportdata.jobs.company import Company
from sportdata.jobs.known import DAYS, day_number, day_of
from sportdata.rules.calendar import today_in_paris
from sportdata.rules.parameters import Parameters
from sportdata.settings import Settings
from sportdata.stages.history.known import BEGINNING

MOST_DAYS = 3_660


@dataclass(frozen=True)
class Replayed:
    run: int
    first: date
    today: date
    values: dict[Key, Values]
    shown: dict[Key, Values]  # run 0


def company(settings: Settings, parameters: Parameters, since: date | None = None) -> tuple[Company, int]:
    """Everybody, every day under the same parameters, and the number of gold's last batch.

    Raises BrokenWorld when gold has not known anything yet, WrongUse for a first day that cannot be.
    """
    today = parameters.date_reference or today_in_paris(wall_clock(settings)())
    if since is not None and not 0 <= (today - since).days < MOST_DAYS:
        raise WrongUse(f"--from {since}: a day from {day_of(day_number(today) - MOST_DAYS + 1)} to {today} is needed")
    try:
        delta.open_table(settings.lake, HR_VERSIONS)
    except TableNotFoundError:
        raise BrokenWorld(f"gold has not known any HR data yet below {settings.lake}: `sportdata up`, then `sportdata load-hr`") from None
    activities = ActivityCounts(settings.gold_memory)
    try:
        if not activities.is_complete():
            raise BrokenWorld("gold is reading bronze anew and lacks activities: `sportdata wait` with the stack up, then again")
        first = day_number(today) - DAYS + 1 if since is None else day_number(since)
        found = Company([(BEGINNING, parameters)], day_number(today), first)
        found.put(HrVersions(settings.lake).all, activities, everybody=True)
        return found, activities.batch_id()
    finally:
        activities.close()


def replay(settings: Settings, parameters: Parameters, since: date | None, reason: str, who: str) -> Replayed:
    """Adds a run to gold.kpis_historique; until it is complete nothing of it is there."""
    everybody, batch_id = company(settings, parameters, since)
    values = everybody.indicators.rows()
    first = day_of(everybody.first)
    run = Run(reason, json.dumps(plain(parameters)), first, who, wall_clock(settings)(), batch_id)
    with _not_interrupted():
        number = KpisHistory(settings.lake, settings.history_lock).add_run(run, values)
    return Replayed(number, first, day_of(everybody.today), values, read_run(settings.lake, SHOWN))


def plain(parameters: Parameters) -> dict[str, Any]:
    """For JSON: exact numbers as text."""
    return {name: f"{value.normalize():f}" if isinstance(value, Decimal) else value for name, value in named(parameters).items()}


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Ctrl-C comes too late once writing has begun; it takes a moment."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

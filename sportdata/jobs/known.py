"""From the versions that gold has kept to what was known for each day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sportdata.adapters.hr_reader import HrRow
from sportdata.adapters.hr_versions import HrVersion, HrVersions
from sportdata.adapters.parameter_versions import ParameterVersion, ParameterVersions
from sportdata.rules.calendar import paris_day
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.indicators import InForce, People
from sportdata.stages.history.known import Person, Reading, before_the_first, in_force

EPOCH_DAY = date(1970, 1, 1)
DAYS = 365  # of history


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH_DAY).days


def day_of(number: int) -> date:
    return EPOCH_DAY + timedelta(days=number)


def person_of(row: HrRow | None) -> Person | None:
    if row is None:
        return None
    return Person(
        bu=row.bu,
        hired=None if row.date_embauche is None else day_number(row.date_embauche),
        salary=row.salaire_brut,
        mode=row.moyen_deplacement,
        distance_m=row.distance_m,
        doubt_m=row.incertitude_m or 0,
        active=bool(row.actif),
    )


def people_by_day(versions: Sequence[HrVersion], today: int) -> People:
    """One employee's HR data, day by day."""
    read = [Reading(day_number(one.day), _calendar(one), one.behind, person_of(one.row)) for one in versions]
    return in_force(before_the_first([one.value for one in read]), read, today, read[-1].value)


def parameters_by_day(versions: Iterable[ParameterVersion], today: int, now: Parameters) -> InForce:
    read = [Reading(day_number(one.day), _calendar(one), one.behind, one.parameters) for one in versions]
    return in_force(read[0].value, read, today, now)


def _calendar(version: HrVersion | ParameterVersion) -> int:
    return day_number(paris_day(version.read_at))


def note_move(hr: HrVersions, parameters: ParameterVersions, before: date, today: date, now: datetime) -> None:
    """Gold's today moves; to be told before anything is read under the new one.

    Versions are kept when values change, which is enough while days go on. When a frozen date makes them go back, or leads on from a day
    that gold had gone back to, what is in force is noted for both days: without that nobody could tell which days it was shown for.
    """
    if today == before or today >= before >= max(hr.furthest, parameters.furthest):
        return
    for versions in (hr, parameters):  # each says by itself which day it has come to
        for day in (before, today) if before > versions.furthest else (today,):
            versions.again(now, day)

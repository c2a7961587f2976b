"""From the versions that gold has kept to what was known for each day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sportdata.adapters.hr_reader import HrRow
from sportdata.adapters.hr_versions import HrVersion
from sportdata.adapters.parameter_versions import ParameterVersion
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.indicators import InForce, People
from sportdata.stages.history.known import Person, before_the_first, in_force

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
    read = [(day_number(version.day), person_of(version.row)) for version in versions]
    return in_force(before_the_first([person for _, person in read]), read, today, read[-1][1])


def parameters_by_day(versions: Iterable[ParameterVersion], today: int, now: Parameters) -> InForce:
    read = [(day_number(version.day), version.parameters) for version in versions]
    return in_force(read[0][1], read, today, now)

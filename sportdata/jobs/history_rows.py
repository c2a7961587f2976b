"""Rows of the tables beside gold.kpis_historique, but their batch_id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from sportdata.adapters.hr_versions import HrVersion
from sportdata.adapters.parameter_versions import ParameterVersion, named
from sportdata.jobs.known import day_of, person_of
from sportdata.rules.declarations import judge
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.practice import kilometres, missing, reason
from sportdata.stages.history.rights import Right
from sportdata.stages.history.what_if import Point, Somebody

Row = dict[str, Any]


def parametres(versions: Sequence[ParameterVersion]) -> list[Row]:
    changes = [next(same) for _, same in groupby(versions, key=lambda version: named(version.parameters))]  # some were noted again
    ends = [version.read_at for version in changes[1:]]
    return [
        {"connu_du": version.read_at, "connu_jusqu_a": end, **named(version.parameters)}
        for version, end in zip(changes, [*ends, None], strict=True)
    ]


def rh_versions(employees: Mapping[int, Sequence[HrVersion]]) -> Iterator[Row]:
    for who, versions in sorted(employees.items()):
        changes = [next(same) for _, same in groupby(versions, key=lambda version: version.row)]
        ends = [version.read_at for version in changes[1:]]
        for version, end in zip(changes, [*ends, None], strict=True):
            person = person_of(version.row)
            if person is None or version.row is None:
                continue
            yield {
                "employee_id": who, "connu_du": version.read_at, "connu_jusqu_a": end, "bu": person.bu,
                "date_embauche": version.row.date_embauche, "moyen_deplacement": person.mode, "distance_km": kilometres(person.distance_m),
                "incertitude_km": None if person.distance_m is None else kilometres(person.doubt_m), "actif": person.active,
            }  # fmt: skip


def eligibilites_historique(rights: Mapping[int, Iterable[Right]]) -> Iterator[Row]:
    for who, held in sorted(rights.items()):
        for right in held:
            end = None if right.last is None else day_of(right.last)
            yield {"employee_id": who, "droit": right.name, "du": day_of(right.first), "au": end, "cause": right.cause}


def simulations(points: Iterable[Point]) -> Iterator[Row]:
    for point in points:
        yield {
            "percent": point.percent, "max_walk_km": point.max_walk_km, "max_bike_km": point.max_bike_km,
            "min_activities": point.min_activities, "bu": point.bu, "prime_total_eur": euros(point.prime_cents),
            "prime_employees": point.prime_employees, "pending_eur": euros(point.pending_cents),
            "wellness_employees": point.wellness_employees, "wellness_days": point.wellness_days, "actuel": point.current,
        }  # fmt: skip


def proches_du_seuil(people: Mapping[int, Somebody], parameters: Parameters) -> Iterator[Row]:
    for who, (person, activities) in sorted(people.items()):
        if short := missing(activities, parameters.min_activities):
            yield {"employee_id": who, "bu": person.bu, "nb_activites": activities, "manquantes": short}


def declarations(people: Mapping[int, Somebody], parameters: Parameters) -> Iterator[Row]:
    for who, (person, _) in sorted(people.items()):
        said = judge(person.mode, person.salary, person.distance_m, person.doubt_m, parameters)
        yield {
            "employee_id": who, "bu": person.bu, "moyen_deplacement": person.mode, "distance_km": kilometres(person.distance_m),
            "incertitude_km": None if person.distance_m is None else kilometres(person.doubt_m), "limite_km": said.limite_km,
            "declaration_etat": said.etat, "raison": reason(said, person.distance_m, person.doubt_m),
        }  # fmt: skip


def euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)

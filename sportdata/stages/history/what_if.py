"""Today's indicators under other parameters: one set asked for, or a small grid of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import NamedTuple

import numpy as np

from sportdata.rules.declarations import A_VERIFIER, CORRECTE, INCONNUE, Declaration, amount, judge, limit_km, state, wellness
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.known import Person

PERCENTS = tuple(map(Decimal, ("0.03", "0.04", "0.05", "0.06", "0.07", "0.08")))
WALK_KM = tuple(map(Decimal, (5, 10, 15, 20)))
BIKE_KM = tuple(map(Decimal, (15, 20, 25, 30)))
MIN_ACTIVITIES = (10, 15, 20, 25)


class Somebody(NamedTuple):
    """An employee who works here today, with the activities in the window."""

    person: Person
    activities: int


class Entitlement(NamedTuple):
    declaration: Declaration
    earns_days: bool
    wellness_days: int


class Point(NamedTuple):
    """One combination, for one BU (None: the company); euros as cents."""

    percent: Decimal
    max_walk_km: Decimal
    max_bike_km: Decimal
    min_activities: int
    bu: str | None
    prime_cents: int
    prime_employees: int
    pending_cents: int
    wellness_employees: int
    wellness_days: int
    current: bool


def entitlement(one: Somebody, parameters: Parameters) -> Entitlement:
    person = one.person
    said = judge(person.mode, person.salary, person.distance_m, person.doubt_m, parameters)
    return Entitlement(said, *wellness(one.activities, parameters))


class _Axes:
    """The values tried of each parameter, those in force among them."""

    def __init__(self, parameters: Parameters) -> None:
        self.percents = sorted({*PERCENTS, parameters.percent})
        self.limits = (sorted({*WALK_KM, parameters.max_walk_km}), sorted({*BIKE_KM, parameters.max_bike_km}))
        self.thresholds = sorted({*MIN_ACTIVITIES, parameters.min_activities})


class _Sums:
    """Of one BU. A limit concerns those of one mode alone, so each mode is summed by itself: [mode][what, percent, limit]."""

    def __init__(self, axes: _Axes) -> None:
        self.modes = [np.zeros((3, len(axes.percents), len(limits)), np.int64) for limits in axes.limits]
        self.well = np.zeros(len(axes.thresholds), np.int64)


def grid(people: Iterable[Somebody], parameters: Parameters) -> list[Point]:
    """Every combination, by BU and for the company."""
    axes = _Axes(parameters)
    # a limit of 0 km for the one and 1 km for the other tells which of the two a mode has
    probe = replace(parameters, max_walk_km=Decimal(0), max_bike_km=Decimal(1))
    company, by_bu = _Sums(axes), dict[str, _Sums]()
    for person, activities in people:
        concerned = [company] if person.bu is None else [company, by_bu.setdefault(person.bu, _Sums(axes))]
        found = limit_km(person.mode, probe)
        for sums in concerned:
            sums.well += np.array([activities >= threshold for threshold in axes.thresholds])
        if found is None:
            continue
        mode = int(found)
        cents = np.array([int(amount(person.salary, percent) * 100) for percent in axes.percents], np.int64)
        for place, limit in enumerate(axes.limits[mode]):
            etat = state(limit, person.distance_m, person.doubt_m)
            for sums in concerned:
                if etat == CORRECTE:
                    sums.modes[mode][0, :, place] += cents
                    sums.modes[mode][1, :, place] += 1
                elif etat in (A_VERIFIER, INCONNUE):
                    sums.modes[mode][2, :, place] += cents
    return [point for bu, sums in [(None, company), *by_bu.items()] for point in _points(bu, sums, axes, parameters)]


def _points(bu: str | None, sums: _Sums, axes: _Axes, parameters: Parameters) -> Iterator[Point]:
    walk, bike = (mode.tolist() for mode in sums.modes)
    well = sums.well.tolist()
    now = (parameters.percent, parameters.max_walk_km, parameters.max_bike_km, parameters.min_activities)
    for (p, percent), (w, walk_km), (b, bike_km), (t, threshold) in product(
        enumerate(axes.percents), enumerate(axes.limits[0]), enumerate(axes.limits[1]), enumerate(axes.thresholds)
    ):
        prime, earning, pending = (walk[what][p][w] + bike[what][p][b] for what in range(3))
        days = well[t] * parameters.wellness_days
        current = (percent, walk_km, bike_km, threshold) == now
        yield Point(percent, walk_km, bike_km, threshold, bu, prime, earning, pending, well[t], days, current)

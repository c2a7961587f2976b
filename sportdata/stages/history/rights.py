"""Who had which right from when to when, and why it came and went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sportdata.rules.declarations import CORRECTE, judge
from sportdata.stages.history.indicators import Counts, InForce, People, Stretch, stretches

PRIME = "prime_sportive"
WELLNESS = "jours_bien_etre"


class Right(NamedTuple):
    """`last` is None for a right that still holds."""

    name: str
    first: int
    last: int | None
    cause: str


def rights(people: People, in_force: InForce, counts: Counts, first: int, today: int) -> Iterator[Right]:
    """One employee's rights on the days first ≤ day ≤ today."""
    worked = list(stretches(people, in_force, first, today))
    held = {PRIME: np.zeros(today - first + 1, np.int8), WELLNESS: np.zeros(today - first + 1, np.int8)}
    for stretch in worked:
        days = slice(stretch.first - first, stretch.end - first)
        held[PRIME][days] = stretch.declaration.prime
        done = counts.in_window(stretch.days, stretch.parameters.window_days)
        held[WELLNESS][days] = done >= stretch.parameters.min_activities
    for name, flags in held.items():
        edges = (np.flatnonzero(np.diff(flags, prepend=0, append=0)) + first).tolist()
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            came = "déjà acquis au début de l'historique" if begin == first else f"obtenu : {_why(name, worked, counts, begin)}"
            if end > today:
                yield Right(name, begin, None, came)
            else:
                yield Right(name, begin, end - 1, f"{came} ; perdu : {_why(name, worked, counts, end)}")


def _why(name: str, worked: Sequence[Stretch], counts: Counts, day: int) -> str:
    """What changed between the day before and this one."""
    before = next((stretch for stretch in worked if stretch.first < day <= stretch.end), None)
    after = next((stretch for stretch in worked if stretch.first <= day < stretch.end), None)
    if after is None:
        return "départ"
    if before is None:
        return "embauche" if after.person.hired == day else "arrivée dans les données RH"
    if name == PRIME:
        person = after.person
        under_former = judge(person.mode, person.salary, person.distance_m, person.doubt_m, before.parameters)
        by_parameters = (under_former.etat == CORRECTE) != after.declaration.prime
        return "paramètres" if by_parameters else "mode de déplacement ou distance"
    rule, former = after.parameters, before.parameters
    if (rule.min_activities, rule.window_days) != (former.min_activities, former.window_days):
        done = counts.in_window(np.array([day]), former.window_days)[0]
        if (done >= former.min_activities) == (counts.in_window(np.array([day - 1]), former.window_days)[0] >= former.min_activities):
            return "paramètres"
    return "activités"

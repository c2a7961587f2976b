"""Fits the detours of the offline estimate on recorded ways, and judges an estimate on ways it has not seen."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sportdata.contracts.calibration import SHORTEST_RATIO_KM, Detour
from sportdata.contracts.distances import TravelMode
from sportdata.contracts.places import Place, Unplaced
from sportdata.stages.distances import Estimator
from sportdata.stages.places import Gazetteer


@dataclass(frozen=True)
class Way:
    """A recorded way to the office: an address, the declared mode (`moyen_deplacement`) and how it is travelled, and its length."""

    address: str
    moyen_deplacement: str
    mode: TravelMode
    distance_m: int


@dataclass(frozen=True)
class Judged:
    """A recorded way and what was estimated for it (metres)."""

    way: Way
    estimate_m: int
    incertitude_m: int

    @property
    def error_m(self) -> int:
        return abs(self.estimate_m - self.way.distance_m)

    @property
    def is_held(self) -> bool:
        """Whether the stated interval holds the recorded distance."""
        return self.error_m <= self.incertitude_m


def fit_detours(ways: Iterable[Way], plain: Estimator) -> dict[str, Detour]:
    """By town, the geometric mean of recorded over plainly estimated length; ways that cannot be placed teach nothing."""
    logs: dict[str, list[float]] = defaultdict(list)
    for way in ways:
        home = plain.place(way.address)
        if not isinstance(home, Unplaced):
            recorded, estimated = (max(km, SHORTEST_RATIO_KM) for km in (way.distance_m / 1000, plain.plain_km(home, way.mode)))
            logs[home.name].append(math.log(recorded / estimated))
    return {town: Detour(len(known), round(math.exp(sum(known) / len(known)), 2)) for town, known in sorted(logs.items())}


def judge(ways: Sequence[Way], gazetteer: Gazetteer, office: str, may_teach: Callable[[Way, Place, Way, Place], bool]) -> list[Judged]:
    """Each way that can be placed, estimated with detours fitted on those ways alone that `may_teach` it.

    `may_teach` gets the way to be judged and its town, then the way that would teach and its town.
    """
    plain = Estimator(gazetteer, office, {})
    placed = [(way, home) for way in ways if not isinstance(home := plain.place(way.address), Unplaced)]
    judged = []
    for way, home in placed:
        teachers = [other for other, town in placed if may_teach(way, home, other, town)]
        found = Estimator(gazetteer, office, fit_detours(teachers, plain)).estimate(way.address, way.mode)
        if not isinstance(found, Unplaced):
            judged.append(Judged(way, *found))
    return judged

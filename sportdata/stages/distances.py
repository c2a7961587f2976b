"""Home-office distances, from a recorded file or estimated offline. Metres everywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sportdata.contracts.calibration import (
    CENTRE_SHARE,
    DETOURS,
    ENDS_SHARE,
    FACTORS,
    INHABITANTS_PER_KM2,
    OFFICE_TOWN,
    ROADS_SHARE,
    TOWN_RADIUS_KM,
    Detour,
)
from sportdata.contracts.distances import ANYWHERE_M, LONGEST_KM, Commuter, Distance, Lost, RecordedRow, TravelMode, known_mode, travel_mode
from sportdata.contracts.places import Place, Unplaced
from sportdata.errors import RefusedInput, WrongUse
from sportdata.stages.places import Gazetteer, crow_km


class Estimator:
    """Estimates distances to one office."""

    def __init__(self, gazetteer: Gazetteer, office_address: str, detours: Mapping[str, Detour] = DETOURS) -> None:
        """`detours` by the names of towns, used when the office is where they were recorded.

        Raises WrongUse when the office itself cannot be placed.
        """
        self._gazetteer = gazetteer
        office = gazetteer.locate(office_address)
        if isinstance(office, Unplaced):
            raise WrongUse(
                f"distance.office_address is {office_address!r}: {office.reason}; "
                "write it as 'number street, postcode commune', or use --provider recorded"
            )
        self._office = office
        self._detours = detours if (office.name, office.region) == OFFICE_TOWN else {}

    def estimate(self, address: str | None, mode: TravelMode) -> tuple[int, int] | Unplaced:
        """(distance, uncertainty) in metres, or why the address cannot be placed."""
        home = self.place(address)
        if isinstance(home, Unplaced):
            return home
        detour = self._detours.get(home.name) if home.region == self._office.region else None
        km = self.plain_km(home, mode) * (detour.factor if detour else 1.0)
        spread_m = round((ENDS_SHARE * self._spread_km(home) + ROADS_SHARE * km) * 1000)
        return round(km * 1000), ANYWHERE_M if home.is_guess else spread_m

    def place(self, address: str | None) -> Place | Unplaced:
        """Where an address is, seen from the office."""
        return self._gazetteer.locate(address, near=self._office)

    def plain_km(self, home: Place, mode: TravelMode) -> float:
        """The way by road from somewhere in a town, without what is known of detours."""
        return FACTORS[mode] * math.hypot(crow_km(home, self._office), math.sqrt(CENTRE_SHARE) * self._spread_km(home))

    def _spread_km(self, home: Place) -> float:
        return math.hypot(_radius_km(home), _radius_km(self._office))


def _radius_km(place: Place) -> float:
    return math.sqrt(TOWN_RADIUS_KM**2 + place.population / INHABITANTS_PER_KM2 / math.pi)


def estimated(commuters: Iterable[Commuter], estimator: Estimator) -> tuple[list[Distance], list[Lost]]:
    """The distances of the commuters whose mode is known, and those who could not be placed, each with the reason."""
    placed: list[Distance] = []
    lost: list[Lost] = []
    for commuter in commuters:
        mode = travel_mode(commuter.moyen_deplacement)
        if mode is None:
            continue
        found = estimator.estimate(commuter.adresse, mode)
        if isinstance(found, Unplaced):
            lost.append(Lost(commuter, found.reason))
        else:
            placed.append(Distance(commuter, *found, fournisseur="estimate"))
    return placed, lost


@dataclass(frozen=True)
class Recorded:
    """What a recorded file gives: distances without uncertainty, and the rows that were ignored, each with its reason."""

    distances: tuple[Distance, ...]
    warnings: tuple[str, ...]


def recorded(rows: Sequence[RecordedRow], commuters: Iterable[Commuter]) -> Recorded:
    """The recorded distances, to the metre (HALF_UP), of the commuters who declare the row's mode.

    Ignored with a warning: a row for another mode than the declared one, or for nobody we know. Raises RefusedInput that
    names line and value: an id or a distance that is no number, two distances for one journey.
    """
    known = {commuter.employee_id: commuter for commuter in commuters}
    journeys: dict[tuple[int, str], tuple[int, int]] = {}
    found: dict[int, Distance] = {}
    warnings: list[str] = []
    for row in rows:
        employee_id, mode, metres = _employee_id(row), known_mode(row.mode), _metres(row)
        if mode is None:
            warnings.append(f"line {row.line}: the mode {row.mode!r} is none of the four that can be declared; ignored")
            continue
        line, already = journeys.setdefault((employee_id, mode), (row.line, metres))
        if already != metres:
            raise RefusedInput(f"line {row.line}: employee {employee_id} has {row.distance_km!r} km, and another distance in line {line}")
        commuter = known.get(employee_id)
        if commuter is None:
            warnings.append(f"line {row.line}: employee {employee_id} is unknown or has left; ignored")
        elif known_mode(commuter.moyen_deplacement) != mode:
            warnings.append(
                f"line {row.line}: employee {employee_id} declares {commuter.moyen_deplacement!r}, the row is for {mode!r}; ignored"
            )
        else:
            found[employee_id] = Distance(commuter, metres, 0, "recorded")
    return Recorded(tuple(found.values()), tuple(warnings))


def _employee_id(row: RecordedRow) -> int:
    if not re.fullmatch(r"[0-9]{1,10}(\.0)?", row.employee_id.strip()):
        raise RefusedInput(f"line {row.line}: employee_id is {row.employee_id!r}, not a whole number")
    return int(row.employee_id.strip().partition(".")[0])


def _metres(row: RecordedRow) -> int:
    typed = row.distance_km.strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,20})?", typed):
        raise RefusedInput(f"line {row.line}: distance_km is {row.distance_km!r}, not a number of kilometres such as 6.34")
    km = Decimal(typed)
    if km > LONGEST_KM:
        raise RefusedInput(f"line {row.line}: distance_km is {row.distance_km!r}, more than {LONGEST_KM} km")
    return int((km * 1000).quantize(Decimal(1), ROUND_HALF_UP))

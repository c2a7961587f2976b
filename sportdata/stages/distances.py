"""Home-office distances, from a recorded file or estimated offline. Metres everywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sportdata.contracts.distances import Commuter, Distance, RecordedRow, TravelMode, known_mode, travel_mode
from sportdata.contracts.places import Place
from sportdata.errors import RefusedInput, WrongUse
from sportdata.stages.places import Gazetteer, crow_km

# Found on 80 recorded distances (around Montpellier), of which 77 could be placed: for each mode the factor, in steps of
# 0.05, with the least mean absolute error over the crow's distance between town centres. Walking takes bicycling's: its own
# eight people gave 0.93, and no way is shorter than the crow's. Median absolute error on the same distances: walking 1.0 km
# (8 people), bicycling 1.2 (26), transit 1.3 (10), driving 2.4 (33); on halves that the factor had not seen, 1.2 for the
# active modes.
FACTORS: dict[TravelMode, float] = {"walking": 1.1, "bicycling": 1.1, "transit": 1.6, "driving": 1.35}

# An address is somewhere within its town: a disc of 2 km radius, grown by its inhabitants. Half the two discs' spread is
# what their centres' distance lacks on average (all of it, when home and office are in one town). These three and the two
# below were chosen among some fifty combinations on the same distances: they are as good as that region is like others.
TOWN_RADIUS_KM = 2.0
INHABITANTS_PER_KM2 = 9000.0
CENTRE_SHARE = 0.25

# The uncertainty: twice the spread of the two ends, and a fifth for the roads. On the same distances it
# held 33 of the 34 active commutes and 41 of the 43 others.
ENDS_SHARE = 2.0
ROADS_SHARE = 0.2

LONGEST_KM = Decimal(2000)  # beyond, a recorded distance is a slip of the keyboard


class Estimator:
    """Estimates distances to one office."""

    def __init__(self, gazetteer: Gazetteer, office_address: str) -> None:
        """Raises WrongUse when the office itself cannot be placed."""
        self._gazetteer = gazetteer
        office = gazetteer.locate(office_address)
        if office is None:
            raise WrongUse(
                f"distance.office_address is {office_address!r}: its commune is not known to the offline estimate; "
                "write it as 'number street, postcode commune', or use --provider recorded"
            )
        self._office = office

    def estimate(self, address: str | None, mode: TravelMode) -> tuple[int, int] | None:
        """(distance, uncertainty) in metres, or None when the address cannot be placed."""
        home = self._gazetteer.locate(address, near=self._office)
        if home is None:
            return None
        spread = math.hypot(_radius_km(home), _radius_km(self._office))
        km = FACTORS[mode] * math.sqrt(crow_km(home, self._office) ** 2 + CENTRE_SHARE * spread**2)
        return round(km * 1000), round((ENDS_SHARE * spread + ROADS_SHARE * km) * 1000)


def _radius_km(place: Place) -> float:
    return math.sqrt(TOWN_RADIUS_KM**2 + place.population / INHABITANTS_PER_KM2 / math.pi)


def estimated(commuters: Iterable[Commuter], estimator: Estimator) -> tuple[list[Distance], list[Commuter]]:
    """The distances of the commuters whose mode is known, and those who could not be placed."""
    placed: list[Distance] = []
    lost: list[Commuter] = []
    for commuter in commuters:
        mode = travel_mode(commuter.moyen_deplacement)
        if mode is None:
            continue
        found = estimator.estimate(commuter.adresse, mode)
        if found is None:
            lost.append(commuter)
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
    names line and value: an id or a distance that is no number, a mode that is not one of the four, two distances for one
    journey.
    """
    known = {commuter.employee_id: commuter for commuter in commuters}
    journeys: dict[tuple[int, str], tuple[int, int]] = {}
    found: dict[int, Distance] = {}
    warnings: list[str] = []
    for row in rows:
        employee_id, mode, metres = _employee_id(row), known_mode(row.mode), _metres(row)
        if mode is None:
            raise RefusedInput(f"line {row.line}: the mode {row.mode!r} is not one of the four declared ones")
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

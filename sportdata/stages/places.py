"""Where an address is: its commune among the places of France, homonyms told apart by the postcode's département."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from sportdata.contracts.delivery import parse_address
from sportdata.contracts.places import CHEFS_LIEUX, Place, Unplaced
from sportdata.rules.text import normalise

EARTH_RADIUS_KM = 6371.0

# The places know their région, not their département. A place of the right région is taken for one of the right
# département when its chef-lieu is near, or not much farther than the nearest chef-lieu. Le Grau-du-Roi is nearer to
# Montpellier than to Nîmes, 38 km away, and is in the Gard; Canet, 94 km from Montpellier and 43 km from Carcassonne,
# is the one of the Aude, whatever the postcode says.
DETOUR = 1.6
NEAR_CHEF_LIEU_KM = 50.0
SAME_PLACE_KM = 10.0  # two entries this near are one town and its village
COMMUTE_KM = 150.0  # without a postcode, a name is looked for no farther from the office
SHORTEST_TRUNCATION = 5
MOST_NAMES = 4
WRITE_IT = "write it as 'number street, postcode commune'"


class Gazetteer:
    """The places of France by name, and the chefs-lieux of the départements."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_name: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            self._by_name[_key(place.name)].append(place)
        self._chefs_lieux = {
            departement: (region, seat)
            for region, seats in CHEFS_LIEUX.items()
            for departement, name in seats.items()
            for seat in self._by_name.get(_key(name), ())
            if seat.region == region
        }

    def locate(self, address: str | None, near: Place | None = None) -> Place | Unplaced:
        """The place of an address; Unplaced when it is unknown, or when its name could mean several.

        With a postcode the place must be in its département, and a truncated name of at least five letters will do. Without
        one it must be the only place of that name within 150 km of `near`.
        """
        parts = parse_address(address)
        commune = " ".join(re.sub(r"\d+", " ", parts.commune or "").split())
        name = _key(commune)
        if not (address or "").strip():
            return Unplaced("no address")
        if not name:
            return Unplaced("no commune can be read in the address; " + WRITE_IT)
        if parts.postcode is not None:
            return self._in_departement(parts.postcode, commune, name)
        found = [place for place in self._by_name.get(name, ()) if near and crow_km(place, near) <= COMMUTE_KM]
        return _only(found, f"no postcode, and {commune!r}", f"within {COMMUTE_KM:.0f} km of the office")

    def _in_departement(self, postcode: str, commune: str, name: str) -> Place | Unplaced:
        departement = postcode[:2]
        where = f"in département {departement}"
        if departement not in self._chefs_lieux:
            return Unplaced(f"postcode {postcode} is of no département of mainland France or Corsica")
        found = self._plausible(self._by_name.get(name, ()), departement)
        if not found and len(name) >= SHORTEST_TRUNCATION:
            longer = chain.from_iterable(places for key, places in self._by_name.items() if key.startswith(name))
            found = self._plausible(longer, departement)
        return _only(found, f"{commune!r}", where)

    def _plausible(self, places: Iterable[Place], departement: str) -> list[Place]:
        """The places that may be in a département; only those nearest to its own chef-lieu, if there are."""
        region, seat = self._chefs_lieux[departement]
        inside, around = [], []
        for place in places:
            own = crow_km(place, seat)
            nearest = min(crow_km(place, other) for _, other in self._chefs_lieux.values())
            if place.region == region and own <= nearest:
                inside.append(place)
            elif place.region == region and own <= max(NEAR_CHEF_LIEU_KM, DETOUR * nearest):
                around.append(place)
        return inside or around


def crow_km(one: Place, other: Place) -> float:
    """The great-circle distance between two places."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(one.longitude - other.longitude)
    chord = math.sin((north - south) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def _only(found: list[Place], what: str, where: str) -> Place | Unplaced:
    """The one place that is meant: several entries count as one when they are next to each other."""
    if not found:
        return Unplaced(f"{what} is no known place {where} (the offline data lack some)")
    largest = max(found, key=lambda place: place.population)
    if all(crow_km(place, largest) <= SAME_PLACE_KM for place in found):
        return largest
    names = sorted({place.name for place in found})
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    return Unplaced(f"{what} could be {len(found)} places {where} ({shown}); {WRITE_IT}")


def _key(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", normalise(name.replace("œ", "oe").replace("Œ", "oe"))).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)

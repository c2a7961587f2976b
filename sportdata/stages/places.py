"""Where an address is: its commune among the places of France, homonyms told apart by the postcode's département."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from sportdata.contracts.delivery import address_line, parse_address
from sportdata.contracts.places import CHEFS_LIEUX, DEPARTEMENTS, Place, Unplaced
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
LONGEST_NAME = 5  # words of a commune that is looked for at the end of an address
MOST_NAMES = 4
WRITE_IT = "write it as 'number street, postcode commune'"
UNREADABLE = Unplaced("no commune can be read in the address; " + WRITE_IT)

# "Lyon 3e", "Paris 1er Arrondissement"
_ARRONDISSEMENT = re.compile(r"\s\d{1,2}\s?(?:er|e|[eè]me)?(?:\s+arr(?:ondissement|t)?\.?)?$", re.IGNORECASE)
# "Lattes (Hérault)", "Lattes (34)", "Lattes, Hérault"
_ASIDE = re.compile(r"\s*(?:\((?P<inside>[^()]*)\)|,(?P<after>[^,()]*))\s*$")
_FOUR_FIGURES = re.compile(r"(?<!\d)\d{4}(?!\d)")
# Before the name of a town they make it the name of a street: "12 Avenue de Montpellier", "Rue Saint-Gilles".
_OF_A_STREET = frozenset({
    "a", "abbe", "all", "allee", "allees", "au", "aux", "av", "avenue", "bd", "boulevard", "ch", "chem", "chemin", "cite", "clos",
    "colonel", "commandant", "cours", "d", "de", "des", "docteur", "domaine", "dr", "du", "en", "esplanade", "et", "faubourg", "fbg",
    "fg", "gal", "general", "ham", "hameau", "imp", "impasse", "l", "la", "le", "les", "lot", "lotissement", "marechal", "mas", "montee",
    "notre", "parc", "passage", "pl", "place", "president", "professeur", "promenade", "quai", "quartier", "r", "res", "residence",
    "route", "rte", "rue", "saint", "sainte", "sq", "square", "sur", "traverse", "vieille", "vieux", "villa", "voie", "za", "zac", "zi",
})  # fmt: skip


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
        self._departements = {_key(said): number for name, number in DEPARTEMENTS.items() for said in (name, number)}

    def locate(self, address: str | None, near: Place | None = None) -> Place | Unplaced:
        """The place of an address; Unplaced when it is unknown, or when its name could mean several.

        With a postcode, or a département named after it, the place must be in its département, and a truncated name of at
        least five letters will do. Without one it must be the only place of that name within 150 km of `near`; where a comma
        lacks too, it is the longest name at the end of the address: a guess when more stands before it.
        """
        if not (address or "").strip():
            return Unplaced("no address")
        text, departement = self._apart(address_line(address))
        parts = parse_address(text)
        commune, name = _commune(parts.commune or "")
        if parts.postcode is not None:
            departement = parts.postcode[:2]
            if departement not in self._chefs_lieux:
                return Unplaced(f"postcode {parts.postcode} is of no département of mainland France or Corsica")
        elif figures := _FOUR_FIGURES.search(parts.commune or ""):
            return _abroad(figures[0])
        if name:
            return self._in_departement(departement, commune, name) if departement else self._near(near, commune, name)
        return UNREADABLE if parts.postcode else self._at_the_end(text, departement, near)

    def _apart(self, address: str) -> tuple[str, str | None]:
        """An address without the département named after it, and that département's number."""
        aside = _ASIDE.search(address)
        said = _key(aside["inside"] or aside["after"] or "") if aside else ""
        if aside is None or said not in self._departements:
            return address, None
        rest = address[: aside.start()]
        code = parse_address(rest).postcode
        if aside["after"] and said in self._by_name and (code is None or rest.rstrip(" ,").endswith(code)):
            return address, None  # "12 Rue X, Paris" and "12 Rue X 75011, Paris" name a town
        return rest, self._departements[said]

    def _in_departement(self, departement: str, commune: str, name: str, may_be_half: bool = True) -> Place | Unplaced:
        inside, around = self._plausible(self._by_name.get(name, ()), departement)
        found = inside or around
        if not found and may_be_half and len(name) >= SHORTEST_TRUNCATION:
            longer = chain.from_iterable(places for key, places in self._by_name.items() if key.startswith(name))
            inside, around = self._plausible(longer, departement)
            # half a name says too little for a place that may be of the neighbouring département, and enough to be in doubt
            found = [*inside, *around] if inside else []
        return _only(found, f"{commune!r}", f"in département {departement}")

    def _near(self, near: Place | None, commune: str, name: str) -> Place | Unplaced:
        found = [place for place in self._by_name.get(name, ()) if near and crow_km(place, near) <= COMMUTE_KM]
        return _only(found, f"no postcode, and {commune!r}", f"within {COMMUTE_KM:.0f} km of the office")

    def _at_the_end(self, text: str, departement: str | None, near: Place | None) -> Place | Unplaced:
        """The place whose name is the end of an address without comma and postcode, the longest name that there is."""
        words = _key(_ARRONDISSEMENT.sub("", text)).split()
        for size in range(min(LONGEST_NAME, len(words)), 0, -1):
            name, before = " ".join(words[-size:]), "".join(words[-size - 1 : -size])
            found = self._in_departement(departement, name, name, may_be_half=False) if departement else self._near(near, name, name)
            if isinstance(found, Place):
                if _FOUR_FIGURES.fullmatch(before):
                    return _abroad(before)
                return UNREADABLE if before in _OF_A_STREET else replace(found, is_guess=size < len(words))
        return UNREADABLE

    def _plausible(self, places: Iterable[Place], departement: str) -> tuple[list[Place], list[Place]]:
        """The places that may be in a département: (those nearest to its own chef-lieu, those around it)."""
        region, seat = self._chefs_lieux[departement]
        inside, around = [], []
        for place in places:
            own = crow_km(place, seat)
            nearest = min(crow_km(place, other) for _, other in self._chefs_lieux.values())
            if place.region == region and own <= nearest:
                inside.append(place)
            elif place.region == region and own <= max(NEAR_CHEF_LIEU_KM, DETOUR * nearest):
                around.append(place)
        return inside, around


def crow_km(one: Place, other: Place) -> float:
    """The great-circle distance between two places."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(one.longitude - other.longitude)
    chord = math.sin((north - south) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def _commune(text: str) -> tuple[str, str]:
    """(the name of a commune as written, without brackets, arrondissement and figures; the key it is looked for by)."""
    bare = _ARRONDISSEMENT.sub("", re.sub(r"\([^()]*\)", " ", text).strip())
    written = " ".join(re.sub(r"\d+", " ", bare).split())
    return written, _key(written)


def _abroad(figures: str) -> Unplaced:
    return Unplaced(f"{figures!r} is no postcode of France, which has five figures: abroad, or one is missing")


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

"""An invented delivery of the shape HR delivers, dirty spots included. Nobody in it exists."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final, TypeVar

from faker import Faker

from sportdata.contracts.distances import CAR, TRANSIT
from sportdata.rules.declarations import BIKE, WALK

Value = TypeVar("Value")

# How a delivery of 161 people is made up; other sizes keep the shares.
BUS: Final = {"Finance": 42, "Support": 35, "Ventes": 33, "R&D": 26, "Marketing": 25}
CONTRACTS: Final = {"CDI": 149, "CDD": 12}
MODES: Final = {CAR: 73, BIKE: 54, TRANSIT: 20, WALK: 14}
SPORTS: Final[dict[str | None, int]] = {
    None: 66,
    "Runing": 18,
    "Randonnée": 16,
    "Tennis": 11,
    "Natation": 8,
    "Football": 6,
    "Rugby": 6,
    "Badminton": 5,
    "Voile": 5,
    "Judo": 4,
    "Boxe": 4,
    "Escalade": 3,
    "Triathlon": 3,
    "Équitation": 2,
    "Tennis de table": 2,
    "Basketball": 2,
}

_NEAR = ("34970 Lattes", "34470 Pérols")
_AROUND = (
    *_NEAR,
    "34000 Montpellier",
    "34070 Montpellier",
    "34080 Montpellier",
    "34090 Montpellier",
    "34130 Mauguio",
    "34170 Castelnau-le-Lez",
    "34250 Palavas-les-Flots",
    "34430 Saint-Jean-de-Védas",
    "34750 Villeneuve-lès-Maguelone",
    "34920 Le Crès",
    "34670 Baillargues",
    "34830 Jacou",
)
_FAR = (
    "34110 Frontignan",
    "34140 Mèze",
    "34150 Gignac",
    "34160 Saint-Drézéry",
    "34200 Sète",
    "34280 La Grande-Motte",
    "34300 Agde",
    "34400 Lunel",
    "34500 Béziers",
    "34660 Cournonterral",
    "34690 Fabrègues",
    "34740 Vendargues",
    "34790 Grabels",
    "34980 Saint-Gély-du-Fesc",
    "34990 Juvignac",
    "30000 Nîmes",
    "30220 Aigues-Mortes",
    "30240 Le Grau-du-Roi",
    "30250 Sommières",
    "30600 Vauvert",
)
TOWNS: Final = {WALK: _NEAR, BIKE: _AROUND, TRANSIT: _AROUND, CAR: (*_AROUND, *_FAR)}
WAYS: Final = ("Rue", "Rue", "Rue", "Av.", "Av.", "Bd", "Chem.", "All.", "Imp.", "Pl.")
STREETS: Final = (
    "des Tamaris",
    "du Moulin",
    "des Lauriers",
    "de la Fontaine",
    "des Micocouliers",
    "Frédéric Mistral",
    "du Stade",
    "des Mimosas",
    "de la Garrigue",
    "Paul Valéry",
    "des Oliviers",
    "du Languedoc",
    "de l'Étang",
    "des Romarins",
    "George Sand",
    "du Canal",
)

FIRST_BIRTH, LAST_BIRTH = date(1960, 1, 1), date(2002, 3, 31)
FIRST_HIRING, LAST_HIRING = date(2020, 4, 1), date(2025, 3, 31)
DIRTY_FROM = 20  # a smaller delivery is left clean: its dirty spots would be most of it


@dataclass
class Person:
    """One row of the HR workbook with the sport beside it."""

    employee_id: int
    nom: str
    prenom: str
    naissance: date
    bu: str
    embauche: date
    salaire: int
    contrat: str
    jours_cp: int
    adresse: str
    mode: str
    sport: str | None

    def rh_row(self) -> tuple[object, ...]:
        """The cells of the HR workbook; numbers are floats and dates have a time, as spreadsheets hold them."""
        return (
            float(self.employee_id),
            self.nom,
            self.prenom,
            _at_midnight(self.naissance),
            self.bu,
            _at_midnight(self.embauche),
            float(self.salaire),
            self.contrat,
            float(self.jours_cp),
            self.adresse,
            self.mode,
        )

    def sport_row(self) -> tuple[object, ...]:
        """The cells of the sport workbook."""
        return float(self.employee_id), self.sport


def make_people(employees: int, seed: int) -> list[Person]:
    """So many invented people; the same seed gives the same ones. From 20 people on the delivery has dirty spots."""
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    faker = Faker("fr_FR")
    faker.seed_instance(seed)
    digits = max(5, len(str(2 * employees)))
    ids = draw.sample(range(10 ** (digits - 1), 10**digits), employees)
    bus, contracts = _spread(BUS, employees, draw), _spread(CONTRACTS, employees, draw)
    modes, sports = _spread(MODES, employees, draw), _spread(SPORTS, employees, draw)
    people = [
        Person(
            employee_id=ids[index],
            nom=faker.last_name(),
            prenom=faker.first_name(),
            naissance=_day(FIRST_BIRTH, LAST_BIRTH, draw),
            bu=bus[index],
            embauche=_day(FIRST_HIRING, LAST_HIRING, draw),
            salaire=10 * draw.randint(2_500, 7_500),
            contrat=contracts[index],
            jours_cp=draw.randint(25, 29),
            adresse=_address(modes[index], draw),
            mode=modes[index],
            sport=sports[index],
        )
        for index in range(employees)
    ]
    if employees >= DIRTY_FROM:
        _dirty(people, draw)
    return people


def _dirty(people: Sequence[Person], draw: random.Random) -> None:
    """The dirty spots of real deliveries, each on somebody else."""
    spots = iter(draw.sample(range(len(people)), 10))
    without_number, without_postcode, without_comma, truncated = (people[next(spots)] for _ in range(4))
    without_number.adresse = without_number.adresse.partition(" ")[2]
    street, _, town = without_postcode.adresse.rpartition(", ")
    without_postcode.adresse = f"{street}, {town.partition(' ')[2]}"
    without_comma.adresse = without_comma.adresse.replace(",", "").lower()
    truncated.adresse = truncated.adresse[:-3]
    lower, bare = people[next(spots)], people[next(spots)]
    lower.mode = lower.mode.lower()
    bare.mode = bare.mode.translate(str.maketrans("éèV", "eev"))
    host, guest = people[next(spots)], people[next(spots)]
    guest.adresse, guest.mode = host.adresse, host.mode
    blank, sporty = people[next(spots)], people[next(spots)]
    blank.nom = f" {blank.nom} "
    sporty.sport = f"{sporty.sport} " if sporty.sport else sporty.sport


def _spread(shares: Mapping[Value, int], count: int, draw: random.Random) -> list[Value]:
    """`count` values in the given shares, as exactly as whole people allow, shuffled."""
    total = sum(shares.values())
    bounds = [round(count * upto / total) for upto in accumulate(shares.values())]
    sizes = [upper - lower for lower, upper in zip([0, *bounds], bounds, strict=False)]
    values = [value for value, size in zip(shares, sizes, strict=True) for _ in range(size)]
    draw.shuffle(values)
    return values


def _address(mode: str, draw: random.Random) -> str:
    return f"{draw.randint(1, 190)} {draw.choice(WAYS)} {draw.choice(STREETS)}, {draw.choice(TOWNS[mode])}"


def _day(first: date, last: date, draw: random.Random) -> date:
    return first + timedelta(days=draw.randint(0, (last - first).days))


def _at_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)

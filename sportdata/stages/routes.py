"""What to ask a routing service, what it may cost, and what its answers mean. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from sportdata.contracts.delivery import parse_address
from sportdata.contracts.distances import ANYWHERE_M, LONGEST_KM, Commuter, Distance, Lost, TravelMode, travel_mode
from sportdata.contracts.routes import Answer, Question
from sportdata.rules.text import normalise

# Without a house number the provider measures from somewhere in the street, without a street from somewhere in the commune.
STREET_M = 500
COMMUNE_M = 3000


@dataclass(frozen=True)
class Trip:
    """One way to be asked once, and everybody who takes it: people at one address with one mode share it.

    `incertitude_m` is what the address leaves open of any answer.
    """

    address: str
    mode: TravelMode
    commuters: tuple[Commuter, ...]
    incertitude_m: int


@dataclass(frozen=True)
class Plan:
    """The ways to ask for, and those who cannot be asked for, each with the reason."""

    trips: tuple[Trip, ...]
    lost: tuple[Lost, ...]


def plan(commuters: Iterable[Commuter], is_placed: Callable[[str], bool]) -> Plan:
    """Who shares a way; who has no mode that we know is left out, who has no address is lost.

    `is_placed` says of an address whose commune neither postcode nor comma set apart whether it has one all the same.
    """
    shared: dict[tuple[TravelMode, str], list[Commuter]] = defaultdict(list)
    lost: list[Lost] = []
    for commuter in commuters:
        mode = travel_mode(commuter.moyen_deplacement)
        if mode is None:
            continue
        if not (commuter.adresse or "").strip():
            lost.append(Lost(commuter, "no address"))
        else:
            shared[mode, normalise(commuter.adresse)].append(commuter)
    trips = []
    for (mode, _), people in sorted(shared.items(), key=_key):
        address = " ".join((people[0].adresse or "").split())
        trips.append(Trip(address, mode, tuple(people), _uncertainty_m(address, is_placed)))
    return Plan(tuple(trips), tuple(lost))


def _key(item: tuple[tuple[TravelMode, str], list[Commuter]]) -> tuple[TravelMode, int]:
    """By mode, then by the first id: an order that does not depend on addresses."""
    (mode, _), people = item
    return mode, people[0].employee_id


def batches(trips: Iterable[Trip], most: int) -> Iterator[list[Trip]]:
    """Trips of one mode together, at most so many."""
    batch: list[Trip] = []
    for trip in trips:
        if batch and (len(batch) == most or batch[0].mode != trip.mode):
            yield batch
            batch = []
        batch.append(trip)
    if batch:
        yield batch


def question(batch: list[Trip], office: str) -> Question:
    """What leaves this machine for a batch of one mode."""
    return Question(tuple(trip.address for trip in batch), " ".join(office.split()), batch[0].mode)


def cost_eur(elements: int, eur_per_1000: Decimal) -> Decimal:
    """At most so much, rounded up to the cent: a month's free elements may cover it."""
    return (eur_per_1000 * elements / 1000).quantize(Decimal("0.01"), ROUND_UP)


def understood(trip: Trip, answer: Answer) -> tuple[list[Distance], list[Lost]]:
    """The distances that an answer gives to those who take the trip, or why it gives none."""
    if answer.distance_m is None:
        return [], [Lost(commuter, answer.reason, answer.is_lasting) for commuter in trip.commuters]
    if answer.distance_m > LONGEST_KM * 1000:
        reason = f"Google finds it {answer.distance_m / 1000:.0f} km away: another place of that name?"
        return [], [Lost(commuter, reason, is_lasting=True) for commuter in trip.commuters]
    return [Distance(commuter, answer.distance_m, trip.incertitude_m, "google") for commuter in trip.commuters], []


def _uncertainty_m(address: str, is_placed: Callable[[str], bool]) -> int:
    parts = parse_address(address)
    if not any(letter.isalpha() for letter in parts.commune or "") and not is_placed(address):
        return ANYWHERE_M
    if parts.number is not None:
        return 0
    street = normalise(address.partition(parts.postcode)[0] if parts.postcode else address.rpartition(",")[0]).strip(" ,")
    return STREET_M if street not in ("", normalise(parts.commune)) else COMMUNE_M

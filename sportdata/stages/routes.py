"""What to ask a routing service, what it may cost, and what its answers mean. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from sportdata.contracts.delivery import parse_address
from sportdata.contracts.distances import LONGEST_KM, Commuter, Distance, Lost, TravelMode, travel_mode
from sportdata.contracts.routes import Answer, Question
from sportdata.rules.text import normalise

# Without a house number the provider measures from somewhere in the street, without a street from somewhere in the commune.
STREET_M = 500
COMMUNE_M = 3000


@dataclass(frozen=True)
class Trip:
    """One way to be asked once, and everybody who takes it: people at one address with one mode share it."""

    address: str
    mode: TravelMode
    commuters: tuple[Commuter, ...]


@dataclass(frozen=True)
class Plan:
    """The ways to ask for, and those who cannot be asked for, each with the reason."""

    trips: tuple[Trip, ...]
    lost: tuple[Lost, ...]


def plan(commuters: Iterable[Commuter]) -> Plan:
    """Who shares a way; who has no mode that we know is left out, who has no commune in the address is lost.

    A street alone would be found somewhere, in some town: that is no answer.
    """
    shared: dict[tuple[TravelMode, str], list[Commuter]] = defaultdict(list)
    lost: list[Lost] = []
    for commuter in commuters:
        mode = travel_mode(commuter.moyen_deplacement)
        parts = parse_address(commuter.adresse)
        if mode is None:
            continue
        if not any(letter.isalpha() for letter in parts.commune or ""):
            lost.append(Lost(commuter, "no commune can be read in the address" if (commuter.adresse or "").strip() else "no address"))
        else:
            shared[mode, normalise(commuter.adresse)].append(commuter)
    trips = (
        Trip(" ".join((people[0].adresse or "").split()), mode, tuple(people)) for (mode, _), people in sorted(shared.items(), key=_key)
    )
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
    return [Distance(commuter, answer.distance_m, _uncertainty_m(trip.address), "google") for commuter in trip.commuters], []


def _uncertainty_m(address: str) -> int:
    parts = parse_address(address)
    if parts.number is not None:
        return 0
    street = normalise(address.partition(parts.postcode)[0] if parts.postcode else address.rpartition(",")[0]).strip(" ,")
    return STREET_M if street not in ("", normalise(parts.commune)) else COMMUNE_M

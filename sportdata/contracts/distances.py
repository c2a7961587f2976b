"""The journey between home and office: modes, fingerprints, the recorded CSV and the rows of `hr.distances`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from sportdata.rules.declarations import BIKE, WALK
from sportdata.rules.text import normalise

TravelMode = Literal["walking", "bicycling", "transit", "driving"]
Provider = Literal["google", "recorded", "estimate"]

TRANSIT: Final = "Transports en commun"
CAR: Final = "véhicule thermique/électrique"
TRAVEL_MODES: Final[dict[str, TravelMode]] = {WALK: "walking", BIKE: "bicycling", TRANSIT: "transit", CAR: "driving"}

LONGEST_KM: Final = Decimal(2000)  # beyond, it is a slip of the keyboard, or another place of that name
# An uncertainty for an address whose town is not sure: whatever the limit, a person decides.
ANYWHERE_M: Final = int(LONGEST_KM) * 1000
RECORDED_COLUMNS: Final = ("employee_id", "mode", "distance_km")

_BY_KEY: Final = {normalise(mode): mode for mode in TRAVEL_MODES}


def known_mode(mode: str | None) -> str | None:
    """The declared mode as the company writes it, case, accents and blanks aside; None when it is not one of the four."""
    return _BY_KEY.get(normalise(mode))


def travel_mode(mode: str | None) -> TravelMode | None:
    """How the journey of a declared mode is worked out; None for an unknown mode."""
    known = known_mode(mode)
    return None if known is None else TRAVEL_MODES[known]


def fingerprint(address: str | None, mode: str | None, office: str) -> str:
    """What a distance belongs to: sha256 of home address, declared mode and office address, each normalised.

    The office is part of it: when the office moves, every distance is another one.
    """
    journey = "\n".join(normalise(part) for part in (address, mode, office))
    return hashlib.sha256(journey.encode()).hexdigest()


@dataclass(frozen=True)
class StoredDistance:
    """A row of `hr.distances`; a row without fingerprint was entered by hand."""

    distance_m: int | None
    incertitude_m: int
    fournisseur: str | None
    empreinte_adresse: str | None
    calcule_le: datetime | None = None


def is_expired(stored: StoredDistance | None, now: datetime, keep_days: int) -> bool:
    """Whether a stored distance is Google's and older than it may be kept. A date that is missing counts as too old."""
    if stored is None or stored.fournisseur != "google":
        return False
    return stored.calcule_le is None or stored.calcule_le <= now - timedelta(days=keep_days)


@dataclass(frozen=True)
class Commuter:
    """An active employee with the journey as declared, and the distance stored for it, if any."""

    employee_id: int
    adresse: str | None
    moyen_deplacement: str | None
    stored: StoredDistance | None = None


@dataclass(frozen=True)
class RecordedRow:
    """One line of a recorded CSV, as text; `line` counts from 1, the header included."""

    line: int
    employee_id: str
    mode: str
    distance_km: str


@dataclass(frozen=True)
class Distance:
    """A distance that was worked out for a commuter's journey, with its uncertainty (both metres)."""

    commuter: Commuter
    distance_m: int
    incertitude_m: int
    fournisseur: Provider


@dataclass(frozen=True)
class Lost:
    """A commuter whose distance could not be worked out; `reason` is for people. `is_lasting`: asking again soon would say the same."""

    commuter: Commuter
    reason: str
    is_lasting: bool = False

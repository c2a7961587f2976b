"""Which activities count, and what is odd about each: the oracle that the Spark columns are held against."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sportdata.rules.calendar import paris_day
from sportdata.rules.sports import Catalogue, Sport

EMPLOYE_INCONNU: Final = "employe_inconnu"
DATE_ABSENTE: Final = "date_absente"
DATE_FUTURE: Final = "date_future"
DUREE_IMPOSSIBLE: Final = "duree_impossible"
DISTANCE_NEGATIVE: Final = "distance_negative"
VITESSE_IMPOSSIBLE: Final = "vitesse_impossible"
SPORT_INCONNU: Final = "sport_inconnu"
DISTANCE_HORS_SUJET: Final = "distance_hors_sujet"
AVANT_EMBAUCHE: Final = "avant_embauche"

EXCLUDING: Final = (EMPLOYE_INCONNU, DATE_ABSENTE, DATE_FUTURE, DUREE_IMPOSSIBLE, DISTANCE_NEGATIVE, VITESSE_IMPOSSIBLE)
# what makes it impossible whoever did it and whenever one asks: the history counts by these alone
IMPOSSIBLE: Final = (DATE_ABSENTE, DUREE_IMPOSSIBLE, DISTANCE_NEGATIVE, VITESSE_IMPOSSIBLE)
CODES: Final = (*EXCLUDING, SPORT_INCONNU, DISTANCE_HORS_SUJET, AVANT_EMBAUCHE)

LONGEST_S: Final = 86_400
KMH_PER_MS: Final = 3.6


@dataclass(frozen=True)
class Activity:
    """A row of `sport_activities`: an aware start or None, metres (may be NaN or infinite), seconds."""

    employee_id: int | None
    date_debut: datetime | None
    type_activite: str | None
    distance_m: float | None
    duree_s: int | None


@dataclass(frozen=True)
class Employee:
    """Whom an activity belongs to; `actif` is False for one who has left."""

    employee_id: int
    actif: bool
    date_embauche: date | None


def is_too_fast(activity: Activity, sport: Sport | None) -> bool:
    """Whether the speed is above the sport's maximum. NaN metres are above any maximum, as in Spark's order of doubles."""
    metres, seconds = activity.distance_m, activity.duree_s
    if sport is None or sport.vitesse_max_kmh is None or metres is None or seconds is None or seconds <= 0:
        return False
    return math.isnan(metres) or metres * KMH_PER_MS > sport.vitesse_max_kmh * seconds


def anomalies(activity: Activity, employee: Employee | None, reference: date, catalogue: Catalogue) -> tuple[str, ...]:
    """What is odd about an activity, in the order of CODES. `employee` is the row of its employee_id, `reference` today in Paris."""
    sport = catalogue.find(activity.type_activite)
    day = None if activity.date_debut is None else paris_day(activity.date_debut)
    hired = None if employee is None else employee.date_embauche
    metres, seconds = activity.distance_m, activity.duree_s
    found = {
        EMPLOYE_INCONNU: employee is None or not employee.actif,
        DATE_ABSENTE: day is None,
        DATE_FUTURE: day is not None and day > reference,
        DUREE_IMPOSSIBLE: seconds is None or seconds <= 0 or seconds > LONGEST_S,
        DISTANCE_NEGATIVE: metres is not None and metres < 0,
        VITESSE_IMPOSSIBLE: is_too_fast(activity, sport),
        SPORT_INCONNU: sport is None,
        DISTANCE_HORS_SUJET: sport is not None and not sport.distance and metres is not None,
        AVANT_EMBAUCHE: day is not None and hired is not None and day < hired,
    }
    return tuple(code for code in CODES if found[code])


def counts(codes: Iterable[str]) -> bool:
    """Whether an activity with these codes counts: the last three are reported only."""
    return not any(code in EXCLUDING for code in codes)

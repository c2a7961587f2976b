"""Who does what, month by month; who lacks little; and why each declaration is worth what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sportdata.rules.declarations import A_VERIFIER, CORRECTE, INCONNUE, INCORRECTE, SANS_OBJET, Declaration
from sportdata.rules.wording import unbroken

MOST_MISSING = 5
GREATEST_KM = Decimal("999999.999")  # all that DECIMAL(9,3) holds
GREATEST_SUM_KM = Decimal("99999999999.999")  # all that DECIMAL(14,3) holds; hours cannot overflow, for an activity has 24 at most


class Done(NamedTuple):
    """An employee's activities of one label in one month; metres are whole."""

    month: date
    label: str | None
    activities: int
    metres: int
    seconds: int


def monthly(
    done: Mapping[int, Iterable[Done]], bu_of: Mapping[int, str | None], sport_of: Callable[[str | None], str | None]
) -> list[dict[str, Any]]:
    """Rows of gold.pratique_mensuelle of those who are in `bu_of`."""
    sums: dict[tuple[date, str | None, str | None], list[int]] = {}
    for who, bu in bu_of.items():
        seen = set()
        for one in done.get(who, ()):
            key = (one.month, sport_of(one.label), bu)
            line = sums.setdefault(key, [0, 0, 0, 0])
            line[0] += one.activities
            line[1] += key not in seen
            line[2] += one.metres
            line[3] += one.seconds
            seen.add(key)
    return [
        {
            "mois": month, "sport": sport, "bu": bu, "activites": activities, "personnes": people,
            "km": min(Decimal(metres).scaleb(-3), GREATEST_SUM_KM),
            "heures": (Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_HALF_UP),
        }
        for (month, sport, bu), (activities, people, metres, seconds) in sorted(sums.items(), key=str)
    ]  # fmt: skip


def missing(activities: int, min_activities: int) -> int | None:
    """How many activities are missing, when they are few."""
    short = min_activities - activities
    return short if 1 <= short <= MOST_MISSING else None


def kilometres(metres: int | None) -> Decimal | None:
    return None if metres is None else max(-GREATEST_KM, min(Decimal(metres).scaleb(-3), GREATEST_KM))


def reason(said: Declaration, distance_m: int | None, doubt_m: int) -> str:
    """Why a declaration is in its state, in a French sentence."""
    return unbroken(_reason(said, distance_m, doubt_m))


def _reason(said: Declaration, distance_m: int | None, doubt_m: int) -> str:
    if said.etat == SANS_OBJET:
        return "Pas de trajet actif déclaré : il n'y a rien à vérifier."
    limit = f"la limite de {_km(said.limite_km)}"
    if said.etat == INCONNUE:
        return f"Distance domicile-bureau inconnue : à calculer avant de la comparer à {limit}."
    distance = _km(kilometres(distance_m)) + (f" à {_km(kilometres(doubt_m))} près" if doubt_m else "")
    return {
        CORRECTE: f"{distance} : dans {limit}, la prime est acquise.",
        INCORRECTE: f"{distance} : au-delà de {limit}, la déclaration est sans doute erronée.",
        A_VERIFIER: f"{distance} : on ne peut dire si {limit} est respectée, la déclaration est à vérifier.",
    }[said.etat]


def _km(value: Decimal | None) -> str:
    whole = f"{value or Decimal(0):f}"
    plain = whole.rstrip("0").rstrip(".") if "." in whole else whole
    return f"{plain.replace('.', ',')} km"

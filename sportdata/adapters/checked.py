"""The SQL of what the suites look at, for PostgreSQL and for DataFusion on gold's Delta tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from sportdata.adapters.held import held_date, held_instant
from sportdata.contracts.validation import SportLimits
from sportdata.rules.activities import CODES, KMH_PER_MS, LONGEST_S
from sportdata.rules.parameters import Parameters

POSTGRES_ACTIVITIES = f"""(
  SELECT id, employee_id, date_debut, type_activite, distance_m, duree_s,
    CAST(date_debut AT TIME ZONE 'Europe/Paris' AS date) AS jour, CAST(NULL AS boolean) AS compte, CAST(NULL AS boolean) AS dans_fenetre
  FROM (
    SELECT id, employee_id, type_activite, distance_m, duree_s, {held_instant("date_debut")} AS date_debut
    FROM public.sport_activities
  ) AS held
)"""
POSTGRES_EMPLOYEES = f"(SELECT employee_id, actif, {held_date('date_embauche')} AS date_embauche FROM hr.employes)"
POSTGRES_LABELS = "SELECT DISTINCT type_activite FROM public.sport_activities"

GOLD_ACTIVITIES = "activites"
GOLD_EMPLOYEES = """(
  SELECT employee_id, actif, date_embauche FROM (
    SELECT employee_id, actif, date_embauche, supprime, row_number() OVER (PARTITION BY employee_id ORDER BY version DESC) AS rang
    FROM hr_versions
  ) AS versions WHERE rang = 1 AND NOT supprime
)"""
GOLD_LABELS = "SELECT DISTINCT type_activite FROM activites"


def activities_query(activities: str, employees: str, limits: Iterable[SportLimits], today: date, window_days: int) -> str:
    """`checked_activities.sql` over two relations: the activities, and the employees with `actif` and `date_embauche`."""
    return _statement("activities").format(
        activities=activities,
        employees=employees,
        sports=", ".join(map(_row, limits)),
        today=today,
        window_start=today - timedelta(days=window_days),
        longest_s=LONGEST_S,
        kmh_per_ms=KMH_PER_MS,
    )


def _statement(name: str) -> str:
    """A file's SQL without the comment above it, which Great Expectations does not take."""
    lines = (Path(__file__).parent / f"checked_{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def _row(limits: SportLimits) -> str:
    key = hashlib.md5(limits.label.encode(), usedforsecurity=False).hexdigest()
    numbers = (limits.highest_kmh, limits.slowest_kmh, limits.shortest_s, limits.longest_s)
    columns = ", ".join(f"CAST({'NULL' if number is None else float(number)} AS DOUBLE PRECISION)" for number in numbers)
    return f"('{key}', {limits.distance}, {columns})"


def days_query(activities: str, today: date, look_back_days: int) -> str:
    """How many activities there are on each day, from so many days back up to today."""
    first = today - timedelta(days=look_back_days)
    return f"SELECT jour, count(*) AS nombre FROM {activities} AS a WHERE jour BETWEEN DATE '{first}' AND DATE '{today}' GROUP BY jour"


def eligibilites_query(today: date, parameters: Parameters) -> str:
    return _statement("eligibilites").format(today=today, min_activities=parameters.min_activities, wellness_days=parameters.wellness_days)


def anomalies_query() -> str:
    return _statement("anomalies").format(activity_codes=", ".join(f"'{code}'" for code in CODES))


def kpis_query() -> str:
    return _statement("kpis")

"""What the history must show, by SQL in PostgreSQL over what the test has noted itself: which HR data and parameters when, day by day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sportdata.adapters import delta
from sportdata.contracts.parameters import read_parameters
from sportdata.contracts.sports import read_sports
from sportdata.contracts.tables import KPIS_HISTORIQUE, PRATIQUE_MENSUELLE, Table
from sportdata.rules import declarations
from sportdata.settings import Settings
from tests.system.conftest import Stack
from tests.system.oracle import HERE, Oracle, Row, differences, shown

DAYS = 365
IMPOSSIBLE = {"date_absente", "duree_impossible", "distance_negative", "vitesse_impossible"}
HR = """SELECT e.employee_id, e.bu,
               CASE WHEN e.date_embauche IS NOT NULL THEN least(greatest(e.date_embauche, '0001-01-02'), '9999-12-30') END AS date_embauche,
               nullif(e.salaire_brut, 'NaN') AS salaire_brut, e.moyen_deplacement AS mode, d.distance_m,
               coalesce(d.incertitude_m, 0) AS incertitude_m, e.actif
        FROM hr.employes e LEFT JOIN hr.distances d USING (employee_id)"""
TABLES = """
CREATE TEMP TABLE rh_connu (rang int, connu date, employee_id int, bu text, date_embauche date, salaire_brut numeric, mode text,
                            distance_m int, incertitude_m int, actif boolean);
CREATE TEMP TABLE regles_connues (rang int, connu date, percent numeric, min int, fenetre int, jours int);
CREATE TEMP TABLE limites (rang int, mode text, limite_m numeric);
CREATE TEMP TABLE valides (employee_id int, jour date);
CREATE TEMP TABLE faites (employee_id int, jour date, sport text, distance_m float8, duree_s int);
CREATE INDEX ON valides (employee_id, jour)"""


class Notes:
    """Kept by the test: `take` after each `wait`, while date_reference says which day it is."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.hr: list[tuple[date, dict[int, Row]]] = []
        self.rules: list[tuple[date, Any]] = []

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    def take(self) -> None:
        parameters = read_parameters(self.settings.config.read_text(), "config.yml")
        assert parameters.date_reference is not None
        with psycopg.connect(self.settings.dsn("postgres"), row_factory=dict_row) as connection:
            self.hr.append((parameters.date_reference, {row["employee_id"]: row for row in connection.execute(HR)}))
        self.rules.append((parameters.date_reference, parameters))

    def differences(self) -> list[str]:
        """Between run 0 as shown and the recomputation, every column; and of the practice by month."""
        oracle = Oracle(self.settings)
        catalogue = read_sports(self.settings.sports.read_text(), "sports.yml")
        with psycopg.connect(self.settings.dsn("postgres"), row_factory=dict_row) as connection:
            connection.execute(TABLES.encode())
            cursor = connection.cursor()
            self._copy_known(cursor)
            with cursor.copy("COPY valides FROM STDIN") as copy:
                for one in oracle.activities:
                    if not IMPOSSIBLE & set(one["codes"]):
                        copy.write_row((one["employee_id"], one["jour"]))
            with cursor.copy("COPY faites FROM STDIN") as copy:
                for one in oracle.activities:
                    if one["compte"]:
                        sport = catalogue.find(one["type_activite"])
                        copy.write_row((one["employee_id"], one["jour"], sport and sport.nom, one["distance_m"], one["duree_s"]))
            connection.execute("ANALYZE valides")
            rows = connection.execute((HERE / "oracle_history.sql").read_bytes(), {"d": oracle.day, "days": DAYS}).fetchall()
            practice = connection.execute((HERE / "oracle_practice.sql").read_bytes()).fetchall()
        wanted = []
        for row in rows:
            if row.pop("total") or row["bu"] is not None:  # the total is the row without a BU
                wanted.append(row)
        found = [f"history {text}" for text in differences(wanted, on_show(self.settings), ("jour", "bu"), SKIPPED)]
        month = differences(practice, shown(self.settings, PRATIQUE_MENSUELLE), ("mois", "sport", "bu"))
        return found + [f"practice {text}" for text in month]

    def _copy_known(self, cursor: psycopg.Cursor[Row]) -> None:
        before: dict[int, Row] = {}
        with cursor.copy("COPY rh_connu FROM STDIN") as copy:
            for rank, (day, rows) in enumerate(self.hr):
                for who in before.keys() | rows.keys():
                    if rows.get(who) == before.get(who):
                        continue
                    row = rows.get(who) or {**dict.fromkeys(before[who]), "employee_id": who}
                    copy.write_row((rank, day, *row.values()))
                before = rows
        modes = {row["mode"] for _, rows in self.hr for row in rows.values()}
        with cursor.copy("COPY regles_connues FROM STDIN") as copy:
            for rank, (day, rule) in enumerate(self.rules):
                copy.write_row((rank, day, rule.percent, rule.min_activities, rule.window_days, rule.wellness_days))
        with cursor.copy("COPY limites FROM STDIN") as copy:
            for rank, (_, rule) in enumerate(self.rules):
                for mode in modes:
                    limit = declarations.limit_km(mode, rule)
                    if limit is not None:
                        copy.write_row((rank, mode, limit * Decimal(1000)))


SKIPPED = ("batch_id", "run", "reported_from", "reported_to")


def on_show(settings: Settings, run: int = 0) -> list[Row]:
    return [row for row in every(settings, KPIS_HISTORIQUE) if row["run"] == run and row["reported_to"] is None]


def replaced(settings: Settings) -> list[Row]:
    """Values of run 0 that are shown no more."""
    return [row for row in every(settings, KPIS_HISTORIQUE) if row["run"] == 0 and row["reported_to"] is not None]


def every(settings: Settings, table: Table) -> list[Row]:
    return delta.read(settings.lake, table)


def of_day(rows: list[Row], day: date, bu: str | None = None) -> Row:
    [row] = [row for row in rows if row["jour"] == day and row["bu"] == bu]
    return row


def days_of(rows: list[Row]) -> set[date]:
    return {row["jour"] for row in rows}


def last_days(today: date) -> set[date]:
    return {today - timedelta(days=ago) for ago in range(DAYS)}

"""What gold must show, worked out by SQL over PostgreSQL's current rows; and the comparison, column by column."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sportdata.adapters import delta
from sportdata.contracts.parameters import read_parameters
from sportdata.contracts.sports import read_sports
from sportdata.contracts.tables import ACTIVITES, ANOMALIES, BRONZE, ELIGIBILITES, KPIS, Table
from sportdata.rules import declarations
from sportdata.rules.activities import EXCLUDING
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings
from sportdata.stages.gold import anomalies
from tests.waiting import until

HERE = Path(__file__).parent
AFTER_MIDNIGHT = timedelta(minutes=3)
Row = dict[str, Any]


class Oracle:
    """One look at PostgreSQL, in one transaction, as superuser (no role of ours may read everything)."""

    def __init__(self, settings: Settings) -> None:
        parameters = read_parameters(settings.config.read_text(), "config.yml")
        catalogue = read_sports(settings.sports.read_text(), "sports.yml")
        day = parameters.date_reference or today_in_paris(datetime.now(UTC))
        with psycopg.connect(settings.dsn("postgres"), row_factory=dict_row) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.execute("SET LOCAL TIME ZONE 'UTC'")
            labels = [row["type_activite"] for row in connection.execute("SELECT DISTINCT type_activite FROM public.sport_activities")]
            known = [(label, catalogue.find(label)) for label in labels if label is not None]
            sports = [{"label": label, "distance": sport.distance, "vmax": sport.vitesse_max_kmh} for label, sport in known if sport]
            modes = []
            for row in connection.execute("SELECT DISTINCT moyen_deplacement AS mode FROM hr.employes"):
                limit = declarations.limit_km(row["mode"], parameters)
                if limit is not None:
                    modes.append({"mode": row["mode"], "limite_m": str(limit * 1000)})
            values = {
                "sports": json.dumps(sports),
                "modes": json.dumps(modes),
                "d": day,
                "window": parameters.window_days,
                "percent": str(parameters.percent),
                "min": parameters.min_activities,
                "days": parameters.wellness_days,
            }
            self.activities: list[Row] = connection.execute((HERE / "oracle_activites.sql").read_bytes(), values).fetchall()
            for row in self.activities:
                row["compte"] = not set(row["codes"]) & set(EXCLUDING)
            connection.execute("CREATE TEMP TABLE jugees (employee_id int, date_debut timestamptz, compte boolean, dans_fenetre boolean)")
            with connection.cursor().copy("COPY jugees FROM STDIN") as copy:
                for row in self.activities:
                    copy.write_row((row["employee_id"], row["date_debut"], row["compte"], row["dans_fenetre"]))
            self.rights: list[Row] = connection.execute((HERE / "oracle_eligibilites.sql").read_bytes(), values).fetchall()
        self.day = day

    def eligibilites(self) -> list[Row]:
        return [{name: row[name] for name in ELIGIBILITES.column_names if name != "batch_id"} for row in self.rights]

    def activites(self) -> list[Row]:
        return [{name: row[name] for name in ACTIVITES.column_names if name != "batch_id"} for row in self.activities]

    def kpis(self) -> Row:
        rights = self.rights
        states = [row["declaration_etat"] for row in rights]
        return {
            "employees": len(rights),
            "prime_total_eur": sum(row["montant_prime_euros"] for row in rights),
            "prime_employees": states.count("correcte"),
            "pending_eur": sum(row["montant_en_attente_euros"] for row in rights),
            "wellness_employees": sum(row["jours_bien_etre"] for row in rights),
            "wellness_days": sum(row["nb_jours_bien_etre"] for row in rights),
            "wrong_declarations": states.count("incorrecte"),
            "to_check": states.count("a_verifier"),
            "unknown_distances": states.count("inconnue"),
            "activities": sum(row["nb_activites"] for row in rights),
            "last_activity": max((row["derniere_activite"] for row in rights if row["derniere_activite"]), default=None),
            "as_of": self.day,
        }

    def anomalies(self) -> list[Row]:
        """Of activities and declarations; `depuis` of an activity is the commit time of the row's version."""
        found: list[Row] = []
        for row in self.activities:
            start = row["date_debut"]
            plain = (row["id"], row["employee_id"], start and _micros(start), row["type_activite"], row["distance_m"], row["duree_s"])
            for code in row["codes"]:
                [line] = anomalies.of_activities([(code, _micros(row["commit_ts"]), *plain)])
                found.append(line)
        since = {row["employee_id"]: row["depuis"] for row in self.rights}
        found += anomalies.of_declarations(self.rights, since.get)
        return found


def _micros(moment: datetime) -> int:
    return round((moment - anomalies.EPOCH).total_seconds() * 1_000_000)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN equals nothing, itself included
        return "NaN"
    return value


def differences(expected: Iterable[Row], shown: Iterable[Row], key: tuple[str, ...], skip: tuple[str, ...] = ("batch_id",)) -> list[str]:
    """Every row and column in which the two differ, in words."""
    wanted = {tuple(row[name] for name in key): row for row in expected}
    rows = list(shown)
    got = {tuple(row[name] for name in key): row for row in rows}
    found = [f"{len(rows) - len(got)} rows share their key {key}"] if len(rows) != len(got) else []
    found += [f"missing: {wanted[one]}" for one in wanted.keys() - got.keys()]
    found += [f"too much: {got[one]}" for one in got.keys() - wanted.keys()]
    for one in wanted.keys() & got.keys():
        for name, value in wanted[one].items():
            if name not in skip and _plain(value) != _plain(got[one][name]):
                found.append(f"{one}.{name}: PostgreSQL says {value!r}, gold {got[one][name]!r}")
    return found


def shown(settings: Settings, table: Table) -> list[Row]:
    return delta.read(settings.lake, table)


def compare(settings: Settings, skip_since: bool = False) -> list[str]:
    """All differences between gold and PostgreSQL, over every column of every table (batch_id says when, not what)."""
    found = _compare(settings, skip_since)
    now = datetime.now(UTC)
    frozen = read_parameters(settings.config.read_text(), "config.yml").date_reference
    if found and not frozen and today_in_paris(now) != today_in_paris(now - AFTER_MIDNIGHT):  # gold has a minute to reach the new day
        until(lambda: [row["as_of"] for row in shown(settings, KPIS)] == [today_in_paris(now)])
        return _compare(settings, skip_since)
    return found


def _compare(settings: Settings, skip_since: bool) -> list[str]:
    oracle = Oracle(settings)
    found = [f"eligibilites {text}" for text in differences(oracle.eligibilites(), shown(settings, ELIGIBILITES), ("employee_id",))]
    found += [f"activites {text}" for text in differences(oracle.activites(), shown(settings, ACTIVITES), ("id",))]
    found += [f"kpis {text}" for text in differences([oracle.kpis()], shown(settings, KPIS), ("as_of",))]
    reported = [row for row in shown(settings, ANOMALIES) if row["objet"] != "evenement"]
    skip = ("batch_id", "depuis") if skip_since else ("batch_id",)
    found += [f"anomalies {text}" for text in differences(oracle.anomalies(), reported, ("objet", "reference", "code"), skip)]
    return found


def bronze_events(settings: Settings) -> list[Row]:
    return delta.read(settings.lake, BRONZE)


def each_offset_once(settings: Settings) -> int:
    """How many events bronze holds: of each partition of each topic that there has been, every offset from 0 on, and once."""
    by_partition: dict[tuple[str, int], list[int]] = {}
    for row in bronze_events(settings):
        by_partition.setdefault((row["topic_id"], row["partition"]), []).append(row["offset"])
    for offsets in by_partition.values():
        assert sorted(offsets) == list(range(len(offsets)))
    return sum(map(len, by_partition.values()))

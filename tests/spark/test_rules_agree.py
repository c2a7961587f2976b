"""The rules are said twice, as plain Python (the oracle) and as Spark columns: one grid around every threshold proves that they agree."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from sportdata.contracts.sports import read_sports
from sportdata.jobs.publication import COUNTS_SCHEMA, EMPLOYEES_SCHEMA
from sportdata.rules import activities as rules
from sportdata.rules.activities import Activity, Employee
from sportdata.rules.calendar import PARIS, in_window, paris_day
from sportdata.rules.declarations import judge, wellness
from sportdata.rules.parameters import Parameters
from sportdata.rules.text import normalise
from sportdata.stages.gold import columns

FILE = Path(__file__).resolve().parents[2] / "config" / "sports.yml"
CATALOGUE = read_sports(FILE.read_text(encoding="utf-8"), FILE.name)
REFERENCE = date(2026, 3, 29)  # the clocks go forward that night; 365 days before, they went the day after
EMPLOYEES = {
    1: Employee(1, True, date(2020, 1, 6)),
    2: Employee(2, False, date(2020, 1, 6)),
    3: Employee(3, True, None),
    4: Employee(4, True, date(2025, 10, 26)),
}
PARAMETERS = Parameters(Decimal("0.05"), 15, 365, 5, Decimal("15"), Decimal("25"), "ici", None)
ACTIVITY = "employee_id INT, date_debut TIMESTAMP, type_activite STRING, distance_m DOUBLE, duree_s INT"
NOON = datetime(2026, 1, 15, 11, tzinfo=UTC)
LABELS = (
    None, "", "  ", "Course à pied", "RUNING", " course  à\u00a0pied ", "e\u0301QUITATION", "équitation", "EQUITATION",
    "Tennis de\u202ftable", "Ping-pong", "Quidditch", "Course", "Randonnée", "rando\tnnée", "Escalade", "Voile", "\u2003Judo\u3000",
)  # fmt: skip


def assert_same(expected: Sequence[tuple[Any, ...]], actual: Sequence[tuple[Any, ...]], inputs: Sequence[Any]) -> None:
    """Fails with the rows that differ: what went in, what the oracle says, what Spark says."""
    assert len(actual) == len(expected), f"{len(expected)} rows went in, {len(actual)} came out"
    rows = zip(inputs, expected, actual, strict=True)
    wrong = [f"{given}\n  oracle {said!r}\n  spark  {found!r}" for given, said, found in rows if said != found]
    assert not wrong, f"{len(wrong)} of {len(expected)} rows differ\n" + "\n".join(wrong[:20])


def around_midnights() -> list[datetime]:
    """A second before, on and after the Paris midnights of both ends of the window, of the hiring day and of both changes of clocks."""
    days = [REFERENCE + timedelta(days=shift) for shift in (-366, -365, -364, -1, 0, 1, 2)]
    days += [date(2025, 10, day) for day in (25, 26, 27)] + [date(2020, 1, 6), date(1900, 1, 1), date(2100, 7, 1)]
    midnights = [datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC) for day in days]
    hours = [datetime(2026, 3, 29, hour, tzinfo=UTC) for hour in (0, 1, 2)] + [
        datetime(2025, 10, 26, hour, tzinfo=UTC) for hour in (0, 1, 2)
    ]
    shifts = [timedelta(seconds=-1), timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=1), timedelta(seconds=1)]
    return [instant + shift for instant in midnights + hours for shift in shifts]


def on_the_maximum() -> list[Activity]:
    """For each sport with a maximum and many durations: metres exactly on it, and a millimetre and one float to either side."""
    found = []
    for sport in CATALOGUE.sports:
        for seconds in (1, 7, 60, 613, 3600, 86_400):
            top = (sport.vitesse_max_kmh or 20.0) * seconds / 3.6
            for metres in (top, round(top, 3), top - 0.001, top + 0.001, top * (1 + 2**-52), top * (1 - 2**-52), 0.0):
                found.append(Activity(1, NOON, sport.nom, metres, seconds))
    return found


def grid() -> list[Activity]:
    """Every threshold of CONTRACT §3 and §4, and a few hundred seeded rows that mix them all."""
    odd_metres = (None, float("nan"), float("inf"), float("-inf"), -0.0, 0.0, -1e-9, 5e-324, 1e308, -1e308, 5000.0)
    odd_seconds = (None, -(2**31), -1, 0, 1, 86_399, 86_400, 86_401, 2**31 - 1)
    who, when = (None, 0, 1, 2, 3, 4, 2**31 - 1), around_midnights()
    rows = [Activity(one, instant, "Tennis", None, 3600) for one, instant in product((1, 2, 3, 4), [*when, None])]
    rows += [Activity(1, NOON, label, metres, seconds) for label, metres, seconds in product(LABELS, odd_metres, odd_seconds)]
    rows += [Activity(one, NOON, label, 9000.0, 3600) for one, label in product(who, LABELS)]
    rows += on_the_maximum()
    random = Random(2026)
    for _ in range(500):
        metres = random.choice((*odd_metres, random.uniform(-10, 60_000), random.uniform(0, 9000)))
        label = random.choice((*LABELS, *(sport.nom.upper() for sport in CATALOGUE.sports)))
        rows.append(
            Activity(
                random.choice(who), random.choice([*when, None]), label, metres, random.choice((*odd_seconds, random.randint(1, 9000)))
            )
        )
    return rows


def as_frames(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    employees = spark.createDataFrame(
        [(one.employee_id, one.actif, one.date_embauche) for one in EMPLOYEES.values()],
        "employee_id INT, actif BOOLEAN, date_embauche DATE",
    )
    return employees, spark.createDataFrame(columns.sports_rows(CATALOGUE), columns.SPORTS_SCHEMA)


def test_spark_and_the_oracle_find_the_same_codes_days_and_windows(spark: SparkSession) -> None:
    given = grid()
    rows = [(number, one.employee_id, one.date_debut, one.type_activite, one.distance_m, one.duree_s) for number, one in enumerate(given)]
    coded = columns.with_codes(spark.createDataFrame(rows, f"numero INT, {ACTIVITY}"), *as_frames(spark), REFERENCE)
    assert coded.columns == ["numero", "employee_id", "date_debut", "type_activite", "distance_m", "duree_s", "jour", "codes", "compte"]
    found = (
        coded.select("numero", "jour", "codes", "compte", columns.dans_fenetre(F.col("jour"), REFERENCE, 365)).orderBy("numero").collect()
    )
    expected = []
    for number, one in enumerate(given):
        day = paris_day(one.date_debut) if one.date_debut else None
        employee = EMPLOYEES.get(one.employee_id) if one.employee_id is not None else None
        codes = rules.anomalies(one, employee, REFERENCE, CATALOGUE)
        expected.append((number, day, list(codes), rules.counts(codes), day is not None and in_window(day, REFERENCE, 365)))
    assert_same(expected, [tuple(row) for row in found], given)
    assert {code for row in expected for code in row[2]} == set(rules.CODES), "the grid no longer reaches every code"


@pytest.mark.parametrize("instant", ["-290000-01-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:30:00", "+294247-01-10 00:00:00"])
def test_a_date_at_the_end_of_the_calendar_is_judged_and_stops_nothing(spark: SparkSession, instant: str) -> None:
    table = spark.sql(f"SELECT 1 employee_id, TIMESTAMP'{instant}' date_debut, 'Judo' type_activite, DOUBLE(NULL) distance_m, 60 duree_s")
    coded = columns.with_codes(table, *as_frames(spark), REFERENCE)
    [row] = coded.select("jour", "codes").collect()
    past = instant.startswith(("-", "0"))
    assert (row["jour"], row["codes"]) == ((date(1, 1, 2), ["avant_embauche"]) if past else (date(9999, 12, 30), ["date_future"]))


def test_a_label_has_the_same_key_in_spark_and_in_the_oracle(spark: SparkSession) -> None:
    simple = [chr(code) for block in columns.LATIN for code in block if len(normalise(chr(code))) <= 1 and chr(code).isprintable()]
    blanks = [f"a{chr(code)}{chr(code)}b" for code in range(1, 0x3001) if chr(code).isspace()]
    names = [
        form
        for label in (*LABELS, "Vélo/Trottinette/Autres", "ÎLE ÇÀ ŸÖ")
        for form in (label, label and unicodedata.normalize("NFD", label))
    ]
    given = [None, *simple, *blanks, *names]
    found = (
        spark.createDataFrame(list(enumerate(given)), "numero INT, label STRING")
        .orderBy("numero")
        .select(columns.normalised(F.col("label")))
    )
    assert_same([(normalise(label),) for label in given], [tuple(row) for row in found.collect()], given)


MODES = (
    None, "", "Marche/running", "MARCHE/RUNNING", "marche/running ", "Vélo/Trottinette/Autres", "velo/trottinette/autres",
    unicodedata.normalize("NFD", "VÉLO/Trottinette/Autres"), "Transports en commun", "véhicule thermique/électrique", "Marche",
)  # fmt: skip


def commutes(parameters: Parameters) -> list[tuple[str | None, Decimal | None, int | None, int]]:
    """Mode, salary, metres and uncertainty around each limit to the metre, and salaries whose share ends in half a cent."""
    salaries = [None, *map(Decimal, ("0", "0.10", "0.29", "0.30", "30000.10", "30000.09", "30000.11", "41234.50", "9999999999.99"))]
    limits = [int(limit * 1000) for limit in (parameters.max_walk_km, parameters.max_bike_km)]
    edges = [limit + shift for limit in limits for shift in (-501, -500, -499, -1, 0, 1, 499, 500, 501)]
    rows: list[tuple[str | None, Decimal | None, int | None, int]] = []
    rows += product(MODES, [Decimal("30000.10")], [None, 0, *edges, 2**31 - 1], [0, 1, 500, 2**31 - 1])
    rows += product(MODES[:6], salaries, [None, 1000, 15_000, 99_000], [0, 20_000])
    random = Random(7)
    for _ in range(300):
        salary = Decimal(random.randrange(0, 20_000_000)) / 100
        rows.append(
            (
                random.choice(MODES),
                salary,
                random.choice((None, random.randrange(0, 40_000))),
                random.choice((0, random.randrange(0, 9000))),
            )
        )
    return rows


@pytest.mark.parametrize(
    "parameters",
    [
        PARAMETERS,
        Parameters(Decimal("0"), 0, 1, 0, Decimal("0"), Decimal("0"), "ici", None),
        Parameters(Decimal("1"), 1, 365, 366, Decimal("0.001"), Decimal("999999.999"), "ici", None),
        Parameters(Decimal("0.033333333333333333"), 16, 365, 7, Decimal("14.999"), Decimal("25.5"), "ici", None),
        Parameters(Decimal("1E-7"), 14, 365, 5, Decimal("1E+2"), Decimal("25.050"), "ici", None),
    ],
    ids=lambda value: f"{value.percent} {value.max_walk_km} {value.max_bike_km}",
)
def test_spark_and_the_oracle_judge_every_commute_alike(spark: SparkSession, parameters: Parameters) -> None:
    given = commutes(parameters)
    activities = {number: (number % 4) + 13 for number in range(len(given)) if number % 5}
    people = [
        {"employee_id": number, "bu": "BU", "salaire_brut": salary, "moyen_deplacement": mode, "actif": True, "distance_m": metres,
         "incertitude_m": doubt if metres is not None else None, "nb_activites": activities.get(number),
         "derniere_activite": NOON if number in activities else None}
        for number, (mode, salary, metres, doubt) in enumerate(given)
    ]  # fmt: skip
    table = columns.eligibilites(
        spark.createDataFrame(pa.Table.from_pylist(people, pa.schema([*EMPLOYEES_SCHEMA, *COUNTS_SCHEMA]))), parameters, REFERENCE
    )
    found = [
        (r.declaration_etat, r.declaration_correcte, r.prime_sportive, r.montant_prime_euros, r.montant_en_attente_euros, r.limite_km,
         r.distance_km, r.nb_activites, r.jours_bien_etre, r.nb_jours_bien_etre)
        for r in table.orderBy("employee_id").collect()
    ]  # fmt: skip
    expected = []
    for number, (mode, salary, metres, doubt) in enumerate(given):
        said = judge(mode, salary, metres, doubt, parameters)
        kilometres = None if metres is None else min(Decimal(metres) / 1000, Decimal("999999.999"))
        nb = activities.get(number, 0)
        expected.append(
            (
                said.etat,
                said.correcte,
                said.prime,
                said.montant_prime,
                said.montant_en_attente,
                said.limite_km,
                kilometres,
                nb,
                *wellness(nb, parameters),
            )
        )
    assert_same(expected, found, given)


def test_eligibilites_has_the_columns_and_types_of_the_contract_and_active_employees_only(spark: SparkSession) -> None:
    people = spark.sql(
        "SELECT INT(1) employee_id, 'A' bu, DECIMAL(30000.10) salaire_brut, 'marche/RUNNING' moyen_deplacement, true actif,"
        " INT(14000) distance_m, INT(0) incertitude_m"
        " UNION ALL SELECT 2, 'A', 10, NULL, false, NULL, NULL UNION ALL SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL"
    ).withColumn("salaire_brut", F.lit("30000.10").cast("decimal(12,2)"))
    done = spark.createDataFrame([(1, 15, NOON), (2, 99, NOON)], "employee_id INT, nb_activites BIGINT, derniere_activite TIMESTAMP")
    table = columns.eligibilites(people.join(done, on="employee_id", how="left"), PARAMETERS, REFERENCE)
    assert [f"{name} {kind}" for name, kind in table.dtypes] == [
        "employee_id int", "bu string", "moyen_deplacement string", "distance_km decimal(9,3)", "limite_km decimal(9,3)",
        "declaration_etat string", "declaration_correcte boolean", "prime_sportive boolean", "montant_prime_euros decimal(12,2)",
        "montant_en_attente_euros decimal(12,2)", "nb_activites bigint", "jours_bien_etre boolean", "nb_jours_bien_etre int",
        "derniere_activite timestamp", "date_reference date",
    ]  # fmt: skip
    [row] = table.withColumn("derniere_activite", F.col("derniere_activite").cast("string")).collect()
    assert row == Row(
        employee_id=1, bu="A", moyen_deplacement="marche/RUNNING", distance_km=Decimal("14.000"), limite_km=Decimal("15.000"),
        declaration_etat="correcte", declaration_correcte=True, prime_sportive=True, montant_prime_euros=Decimal("1500.01"),
        montant_en_attente_euros=Decimal("0.00"), nb_activites=15, jours_bien_etre=True, nb_jours_bien_etre=5,
        derniere_activite="2026-01-15 11:00:00", date_reference=REFERENCE,
    )  # fmt: skip


def test_columns_that_carry_the_names_of_others_pass_through_untouched(spark: SparkSession) -> None:
    table = spark.createDataFrame([(1, NOON, "Judo", None, 60, "mine", 7)], f"{ACTIVITY}, actif STRING, cle INT")
    [row] = columns.with_codes(table, *as_frames(spark), REFERENCE).collect()
    assert (row["actif"], row["cle"], row["codes"], row["compte"]) == ("mine", 7, [], True)

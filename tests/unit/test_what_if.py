"""The grid of gold.simulations against the rules, one employee and one combination at a time; the rights over time; the practice."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from sportdata.adapters.delta import arrow_schema
from sportdata.contracts.tables import PRATIQUE_MENSUELLE
from sportdata.rules.declarations import BIKE, WALK, judge, wellness
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.indicators import Counts
from sportdata.stages.history.known import BEGINNING, Person, Reading, in_force
from sportdata.stages.history.practice import GREATEST_SUM_KM, Done, missing, monthly, reason
from sportdata.stages.history.rights import PRIME, WELLNESS, Right, rights
from sportdata.stages.history.what_if import Point, Somebody, grid

PARAMETERS = Parameters(Decimal("0.0517"), 15, 365, 5, Decimal("12.5"), Decimal(25), "", None)
PERSON = Person("A", None, Decimal("30000.10"), WALK, 9_000, 0, True)
FIRST, TODAY = 1_000, 1_030


def people(seed: int) -> list[Somebody]:
    r = random.Random(seed)
    return [
        Somebody(
            Person(
                r.choice(["A", "B", None]), None, r.choice([None, Decimal(r.randint(0, 9_000_000)) / 100]),
                r.choice([WALK, WALK.upper(), BIKE, "Bus", None]), r.choice([None, 4_999, 12_500, 12_501, 20_000, 26_000]),
                r.choice([0, 600]), True,
            ),
            r.choice([0, 9, 10, 14, 15, 24, 25, 300]),
        )
        for _ in range(40)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_each_combination_is_what_the_rules_say_of_each_employee(seed: int) -> None:
    everybody = people(seed)
    points = grid(everybody, PARAMETERS)
    assert sum(point.current for point in points) == len({point.bu for point in points})
    assert len({(p.percent, p.max_walk_km, p.max_bike_km, p.min_activities, p.bu) for p in points}) == len(points)
    for point in random.Random(seed).sample(points, 60):
        tried = replace(
            PARAMETERS, percent=point.percent, max_walk_km=point.max_walk_km, max_bike_km=point.max_bike_km,
            min_activities=point.min_activities,
        )  # fmt: skip
        assert point == by_hand([one for one in everybody if point.bu in (None, one.person.bu)], tried, point)


def by_hand(chosen: list[Somebody], tried: Parameters, point: Point) -> Point:
    said = [judge(one.person.mode, one.person.salary, one.person.distance_m, one.person.doubt_m, tried) for one in chosen]
    well = [wellness(one.activities, tried) for one in chosen]
    return point._replace(
        prime_cents=int(sum(one.montant_prime for one in said) * 100),
        prime_employees=sum(one.prime for one in said),
        pending_cents=int(sum(one.montant_en_attente for one in said) * 100),
        wellness_employees=sum(earned for earned, _ in well),
        wellness_days=sum(days for _, days in well),
        current=tried == PARAMETERS,
    )


# -- rights over time ---------------------------------------------------------------------------------------------------------------------


def held(people_by_day: list[tuple[int, Person | None]], counts: Counts, rules: list[tuple[int, Parameters]] | None = None) -> list[Right]:
    return list(rights(people_by_day, rules or [(BEGINNING, PARAMETERS)], counts, FIRST, TODAY))


def test_a_right_that_was_always_there_and_still_is_has_no_end() -> None:
    assert held([(BEGINNING, PERSON)], Counts.of([])) == [Right(PRIME, FIRST, None, "déjà acquis au début de l'historique")]


def test_a_right_comes_with_the_hiring_and_goes_with_the_departure() -> None:
    somebody = PERSON._replace(hired=1_010)
    found = held([(BEGINNING, somebody), (1_020, somebody._replace(active=False))], Counts.of([]))
    assert found == [Right(PRIME, 1_010, 1_019, "obtenu : embauche ; perdu : départ")]


def test_days_come_when_the_activities_are_there_and_go_when_they_leave_the_window() -> None:
    rules = replace(PARAMETERS, window_days=10, min_activities=2)
    found = held([(BEGINNING, PERSON._replace(mode="Bus"))], Counts.of([(1_003, 1), (1_006, 1)]), [(BEGINNING, rules)])
    assert found == [Right(WELLNESS, 1_006, 1_012, "obtenu : activités ; perdu : activités")]


def test_a_limit_and_a_mode_are_named_as_causes() -> None:
    tight = replace(PARAMETERS, max_walk_km=Decimal(5))
    found = held([(BEGINNING, PERSON)], Counts.of([]), [(BEGINNING, PARAMETERS), (1_010, tight)])
    assert found == [Right(PRIME, FIRST, 1_009, "déjà acquis au début de l'historique ; perdu : paramètres")]
    found = held([(BEGINNING, PERSON._replace(mode="Bus")), (1_010, PERSON)], Counts.of([]))
    assert found == [Right(PRIME, 1_010, None, "obtenu : mode de déplacement ou distance")]
    easy = replace(PARAMETERS, min_activities=0)
    found = held([(BEGINNING, PERSON._replace(mode="Bus"))], Counts.of([]), [(BEGINNING, PARAMETERS), (1_010, easy)])
    assert found == [Right(WELLNESS, 1_010, None, "obtenu : paramètres")]


def reading(day: int, value: str, calendar: int | None = None, behind: bool = False) -> Reading[str]:
    return Reading(day, day if calendar is None else calendar, behind, value)


def test_what_is_read_holds_until_the_next_reading_and_today_is_what_is_in_force() -> None:
    assert in_force("a", [reading(10, "a"), reading(20, "b"), reading(20, "c")], 30, "c") == [(BEGINNING, "a"), (20, "c")]
    assert in_force("a", [reading(10, "b")], 30, "c") == [(BEGINNING, "a"), (10, "b"), (30, "c")]


def test_what_is_read_behind_the_furthest_day_holds_for_that_day_alone() -> None:
    read = [reading(10, "a"), reading(20, "b"), reading(15, "c", 20, behind=True)]
    assert in_force("a", read, 30, "b") == [(BEGINNING, "a"), (15, "c"), (16, "a"), (20, "b")]
    assert in_force("a", [*read, reading(19, "d", 20, behind=True)], 30, "b")[3:] == [(19, "d"), (20, "b")]
    assert in_force("a", read, 15, "c") == [(BEGINNING, "a"), (15, "c")]


def test_days_ahead_of_the_calendar_are_forgotten_once_gold_has_gone_back() -> None:
    read = [reading(10, "a"), reading(100, "b", 10), reading(11, "b", 11)]
    assert in_force("a", read, 200, "b") == [(BEGINNING, "a"), (11, "b")]
    assert in_force("a", [*read[:2], reading(100, "c", 10)], 100, "c") == [(BEGINNING, "a"), (100, "c")]
    read = [reading(10, "a"), reading(15, "b", 10), reading(5, "c", 10, behind=True), reading(20, "a", 20)]
    assert in_force("a", read, 20, "a") == [(BEGINNING, "a"), (5, "c"), (6, "a")]


# -- practice -----------------------------------------------------------------------------------------------------------------------------


def test_a_month_counts_each_person_once_whatever_names_they_gave_their_sport() -> None:
    may = date(2026, 5, 1)
    done = {
        1: [Done(may, "Runing", 2, 5_000, 3_600), Done(may, "course", 1, 1, 18)],
        2: [Done(may, "Runing", 1, 0, 0)],
        3: [Done(may, "x", 9, 0, 0)],
    }
    [row, other] = monthly(done, {1: "A", 2: "A", 4: "B", 3: None}, lambda label: None if label == "x" else "Course à pied")
    assert {row["sport"]: row["personnes"], other["sport"]: other["personnes"]} == {"Course à pied": 2, None: 1}
    whole = row if row["sport"] else other
    assert (whole["activites"], whole["km"], whole["heures"]) == (4, Decimal("5.001"), Decimal("1.01"))


def test_a_month_of_absurd_distances_fits_the_table_whatever_their_sum() -> None:
    """A sport that the catalogue does not know has no greatest speed: 150 activities of 9.9e11 m are valid."""
    may = date(2026, 5, 1)
    done = {1: [Done(may, "x", 150, 150 * 990_000_000_000, 150 * 86_400)], 2: [Done(may, "y", 100, 100 * 999_999_999_990, 60)]}
    rows = monthly(done, {1: "A", 2: "B"}, lambda _: None)
    table = pa.Table.from_pylist([{**row, "batch_id": 1} for row in rows], arrow_schema(PRATIQUE_MENSUELLE))
    assert {row["bu"]: row["km"] for row in table.to_pylist()} == {"A": GREATEST_SUM_KM, "B": Decimal("99999999999.000")}
    assert {row["bu"]: row["heures"] for row in table.to_pylist()} == {"A": 3600, "B": Decimal("0.02")}


def test_one_to_five_activities_are_few() -> None:
    assert [missing(done, 15) for done in (9, 10, 14, 15, 99)] == [None, 5, 1, None, None]


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (PERSON, "9 km : dans la limite de 12,5 km, la prime est acquise."),
        (PERSON._replace(distance_m=48_120), "48,12 km : au-delà de la limite de 12,5 km, la déclaration est sans doute erronée."),
        (
            PERSON._replace(distance_m=12_000, doubt_m=900),
            "12 km à 0,9 km près : on ne peut dire si la limite de 12,5 km est respectée, la déclaration est à vérifier.",
        ),
        (PERSON._replace(distance_m=None), "Distance domicile-bureau inconnue : à calculer avant de la comparer à la limite de 12,5 km."),
        (PERSON._replace(mode="Bus"), "Pas de trajet actif déclaré : il n'y a rien à vérifier."),
    ],
    ids=["right", "wrong", "to check", "unknown", "no active mode"],
)
def test_a_declaration_is_explained_in_a_sentence(person: Person, said: str) -> None:
    verdict = judge(person.mode, person.salary, person.distance_m, person.doubt_m, PARAMETERS)
    assert reason(verdict, person.distance_m, person.doubt_m) == said

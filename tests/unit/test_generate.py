"""The generated year is coherent, humanly possible, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from sportdata.contracts.sports import read_sports
from sportdata.errors import WrongUse
from sportdata.rules.activities import Activity, Employee, anomalies
from sportdata.rules.calendar import PARIS, paris_day
from sportdata.rules.sports import Sportif
from sportdata.stages.generate import ANY_COMMENT, COMMENTS, Row, generate, one_now, unknown_sports

FILE = Path(__file__).resolve().parents[2] / "config" / "sports.yml"
CATALOGUE = read_sports(FILE.read_text(encoding="utf-8"), FILE.name)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = date(2026, 11, 22)
# the shape of the real delivery: 95 of 161 declare a sport
DECLARED = (
    ["Runing"] * 18 + ["Randonnée"] * 17 + ["Tennis"] * 11 + ["natation"] * 8 + ["Escalade"] * 23 + ["Voile"] * 10 + ["Triathlon"] * 8
)
PEOPLE = [Sportif(60_000 + 7 * n, sport, date(2020, 1, 1) + timedelta(days=11 * n)) for n, sport in enumerate([*DECLARED, *[None] * 66])]


def year(
    people: list[Sportif] = PEOPLE, *, seed: int = 1, days: int = 365, until: date = TODAY, now: datetime = NOW, n: int | None = None
) -> list[Row]:
    return list(generate(people, seed=seed, days=days, until=until, now=now, catalogue=CATALOGUE, activities=n))


def test_the_same_seed_gives_the_same_rows_whatever_the_order_of_employees_and_the_hour() -> None:
    assert year() == year(PEOPLE[::-1], now=NOW + timedelta(hours=13))
    assert year() != year(seed=2)
    assert year(n=5000) == year(PEOPLE[::-1], n=5000)


def test_a_past_until_gives_the_same_rows_on_any_later_day() -> None:
    past = date(2026, 6, 30)
    assert year(until=past) == year(until=past, now=NOW + timedelta(days=400))
    assert max(paris_day(row[1]) for row in year(until=past)) == past


@pytest.mark.parametrize("seed", range(5))
def test_a_company_of_161_does_several_thousand_activities_and_six_in_ten_reach_fifteen(seed: int) -> None:
    rows = year(seed=seed)
    regular = sum(count >= 15 for count in Counter(row[0] for row in rows).values())
    assert 2500 <= len(rows) <= 5000
    assert 0.5 <= regular / len(PEOPLE) <= 0.65


def test_nothing_in_the_year_is_an_anomaly() -> None:
    employees = {one.employee_id: Employee(one.employee_id, True, one.date_embauche) for one in PEOPLE}
    for row in [*year(), *year(n=20_000)]:
        activity = Activity(row[0], row[1], row[2], row[3], row[4])
        assert anomalies(activity, employees[row[0]], TODAY, CATALOGUE) == (), row


def test_sports_follow_the_declared_one_and_ordinary_sessions_are_ordinary() -> None:
    declared = {one.employee_id: CATALOGUE.find(one.sport) for one in PEOPLE}
    for employee_id, start, label, metres, seconds, _ in year():
        sport = declared[employee_id] or CATALOGUE.find("Marche")
        assert sport is not None
        assert label == sport.nom
        assert (metres is not None) == sport.distance
        assert sport.duree_min[0] * 60 <= seconds <= sport.duree_min[1] * 60
        if metres is not None and sport.vitesse_kmh:
            assert sport.vitesse_kmh[0] - 0.01 <= metres * 3.6 / seconds <= sport.vitesse_kmh[1]
        assert 6 <= start.astimezone(PARIS).hour < 22


def test_nobody_does_two_things_at_once() -> None:
    for rows in (year(), year(n=100_000)):
        for before, after in pairwise(rows):
            assert before[0] != after[0] or before[1] + timedelta(seconds=before[4]) <= after[1], (before, after)


def test_no_activity_is_before_the_window_the_hiring_or_after_now() -> None:
    late = [Sportif(1, "Tennis", TODAY - timedelta(days=30)), Sportif(2, "Tennis", TODAY), Sportif(3, "Tennis", TODAY + timedelta(days=9))]
    rows = year(late, n=300)
    assert {row[0] for row in rows} == {1}
    assert min(paris_day(row[1]) for row in rows) == TODAY - timedelta(days=30)
    for row in [*rows, *year()]:
        assert row[1] + timedelta(seconds=row[4]) <= NOW
        assert TODAY - timedelta(days=365) < paris_day(row[1]) <= TODAY


@pytest.mark.parametrize("n", [0, 1, 7, 161, 40_000])
def test_as_many_rows_as_asked_come_out(n: int) -> None:
    assert len(year(n=n)) == n
    assert len(year([Sportif(1, None, None)], days=3, n=n)) == n


def test_those_who_declare_no_sport_do_little_or_nothing() -> None:
    counts = Counter(row[0] for row in year([Sportif(n, None, None) for n in range(500)]))
    assert 0 < len(counts) < 125
    assert max(counts.values()) < 15


def test_summer_sports_sleep_in_winter_and_some_activities_have_a_comment() -> None:
    rows = year([Sportif(n, "Voile", None) for n in range(100)])
    months = Counter(paris_day(row[1]).month for row in rows)
    assert months[1] + months[12] < (months[6] + months[7]) / 2
    assert 0.05 < sum(row[5] is not None for row in rows) / len(rows) < 0.2


@pytest.mark.parametrize(
    ("days", "until", "people"),
    [
        (1, TODAY, PEOPLE),
        (365, TODAY + timedelta(days=800), PEOPLE),
        (0, TODAY, PEOPLE),
        (40_000, TODAY, PEOPLE),
        (9, TODAY, [Sportif(1, "Judo", TODAY)]),
    ],
)
def test_a_period_that_cannot_be_filled_is_wrong_use(days: int, until: date, people: list[Sportif]) -> None:
    with pytest.raises(WrongUse):
        year(people, days=days, until=until, n=10)


def test_a_live_activity_starts_now_in_the_declared_sport() -> None:
    row = one_now(PEOPLE[0], NOW, Random(1), CATALOGUE)
    assert row[:3] == (PEOPLE[0].employee_id, NOW, "Course à pied")
    assert one_now(Sportif(5, None, None), NOW, Random(1), CATALOGUE)[2] == "Marche"


def test_everybody_has_days_of_the_week_and_nobody_trains_like_a_clock() -> None:
    runners = [Sportif(n, "Runing", None) for n in range(40)]
    days = [Counter(paris_day(row[1]).weekday() for row in year([one], seed=3)) for one in runners]
    assert all(sum(sorted(count.values())[-4:]) > 0.65 * sum(count.values()) for count in days)  # four days of seven hold most of it
    assert len({max(count, key=lambda day: (count[day], day)) for count in days}) >= 4
    whole = sum(days, Counter[int]())
    assert min(whole[5], whole[6]) > max(sum(whole[day] for day in range(5)) / 5, 1)  # more at weekends


def test_winter_sports_sleep_in_summer_and_others_slow_down_in_august() -> None:
    skiers = Counter(paris_day(row[1]).month for row in year([Sportif(n, "Ski", None) for n in range(100)]))
    assert sum(skiers[month] for month in (12, 1, 2, 3)) > 0.85 * sum(skiers.values())
    judokas = Counter(paris_day(row[1]).month for row in year([Sportif(n, "Judo", None) for n in range(200)]))
    assert judokas[8] < 0.8 * judokas[9]


def test_a_comment_is_french_and_of_its_own_family_of_sports() -> None:
    people = [Sportif(n, sport.nom, None) for n, sport in enumerate(CATALOGUE.sports * 4)]
    seen = set()
    for row in year(people, n=20_000):
        sport = CATALOGUE.find(row[2])
        assert sport is not None
        if row[5] is not None:
            assert row[5] in COMMENTS.get(sport.famille, ANY_COMMENT)
            seen.add(row[5])
    assert len(seen) == sum(map(len, COMMENTS.values())) + len(ANY_COMMENT)


@pytest.mark.parametrize("label", ["Runing", "RUNNING ", "Course a pied", "course  à pied"])
def test_a_misspelt_sport_is_done_under_its_own_name(label: str) -> None:
    assert {row[2] for row in year([Sportif(1, label, None)])} == {"Course à pied"}


def test_a_sport_that_nobody_knows_is_named_and_who_declares_it_does_little() -> None:
    people = [
        Sportif(1, "Curling", None),
        Sportif(2, " Curling ", None),
        Sportif(3, "Runing", None),
        Sportif(4, None, None),
        Sportif(5, " ", None),
    ]
    assert unknown_sports(people, CATALOGUE) == ["Curling"]
    rows = year([Sportif(n, "Curling", None) for n in range(300)])
    assert {row[2] for row in rows} == {"Marche"}
    assert max(Counter(row[0] for row in rows).values()) < 15


def test_a_seed_draws_each_person_alone_so_that_a_newcomer_changes_nobody_else() -> None:
    rows = year(PEOPLE[:40])
    assert [row for row in year([*PEOPLE[:40], Sportif(1, "Judo", None)]) if row[0] != 1] == rows

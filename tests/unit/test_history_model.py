"""The history, held against a slow and obvious day-by-day model over random lives: activities, HR data, parameters and days that move."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from sportdata.adapters import delta
from sportdata.adapters.activity_counts import ActivityCounts
from sportdata.adapters.gold_state import Change, GoldState
from sportdata.adapters.hr_reader import HrRow
from sportdata.adapters.hr_versions import HrVersions
from sportdata.adapters.kpis_history import KpisHistory, read_run
from sportdata.adapters.parameter_versions import ParameterVersions
from sportdata.contracts.tables import HR_VERSIONS, KPIS_HISTORIQUE
from sportdata.jobs import history_rows
from sportdata.jobs.company import Company
from sportdata.jobs.known import day_number, day_of, note_move, parameters_by_day, people_by_day
from sportdata.rules.declarations import A_VERIFIER, BIKE, INCONNUE, INCORRECTE, WALK, judge
from sportdata.rules.parameters import Parameters

TODAY = date(2026, 11, 23)
SHOWN_DAYS = 40
PARAMETERS = Parameters(Decimal("0.05"), 3, 20, 5, Decimal(15), Decimal(25), "", None)
CODES = ["", "", "", "sport_inconnu", "duree_impossible", "employe_inconnu", "date_future", "employe_inconnu,vitesse_impossible"]
Shown = dict[tuple[int, str | None], tuple[int, ...]]


class Page(NamedTuple):
    """What gold has shown for a day while that was its today; whom it has not heard of is not on it, who has gone is None."""

    rules: Parameters
    people: dict[int, HrRow | None]


class Diary:
    """One page a day, written anew only while gold is at that day. Knows neither versions nor how they are kept."""

    def __init__(self) -> None:
        self.pages: dict[int, Page] = {}
        self.first_rules: Parameters | None = None
        self.heard: dict[int, list[HrRow | None]] = defaultdict(list)  # of each employee, from the beginning

    def write(self, today: int, calendar: int, page: Page) -> None:
        for day in [day for day in self.pages if day > max(today, calendar)]:
            del self.pages[day]  # such a day has not come: gold only imagined it
        if self.pages:
            last = max(self.pages)
            self.pages.update(dict.fromkeys(range(last + 1, today), self.pages[last]))  # nobody looked: it was as on the last day
        self.pages[today] = page
        self.first_rules = self.first_rules or page.rules
        for who, row in page.people.items():
            self.heard[who].append(row)

    def rules(self, day: int) -> Parameters:
        assert self.first_rules is not None
        return self.pages[day].rules if day in self.pages else self.first_rules

    def person(self, who: int, day: int) -> HrRow | None:
        if day in self.pages and who in self.pages[day].people:
            return self.pages[day].people[who]
        return before(self.heard[who])


def before(heard: list[HrRow | None]) -> HrRow | None:
    """The first value holds backwards, with the first distance if that is of its mode."""
    first = heard[0]
    for one in heard:
        if first and one and one.distance_m is not None:
            if one.moyen_deplacement == first.moyen_deplacement:
                return first._replace(distance_m=one.distance_m, incertitude_m=one.incertitude_m)
            break
    return first


class Life:
    """Does the same to gold's own parts and to plain lists."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.r = random.Random(seed)
        self.state = GoldState(folder / "gold" / "state.sqlite")
        self.lake = folder / "lake"
        self.hr, self.rules, self.kpis = (
            HrVersions(self.lake),
            ParameterVersions(self.lake),
            KpisHistory(self.lake, self.lake / "history.lock"),
        )
        self.calendar = self.today = day_number(TODAY)
        self.frozen: int | None = None
        self.clock = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.lsn = 0
        self.activities: dict[int, tuple[int, int, str]] = {}  # id → employee, day, codes
        self.diary = Diary()
        self.parameters = PARAMETERS
        self.company: Company | None = None
        self.move_parameters(PARAMETERS)
        self.show(self.move_people(6))

    def move_parameters(self, parameters: Parameters) -> None:
        self.parameters = parameters
        known = self.rules.remember(parameters, self.clock, day_of(self.today))
        if known and self.company is not None and self.company.today == self.today:
            self.company = self.company.under(parameters_by_day(self.rules.all, self.today, parameters))

    def pass_days(self, days: int) -> None:
        self.calendar += days
        self.clock += timedelta(days=days)
        self.move_today()

    def freeze(self, day: int | None) -> None:
        self.frozen = day
        self.move_today()

    def move_today(self) -> None:
        """As gold does it, before it reads anything under the new day."""
        before, self.today = self.today, self.calendar if self.frozen is None else self.frozen
        note_move(self.hr, self.rules, day_of(before), day_of(self.today), self.clock)

    def restart(self) -> None:
        self.kpis = KpisHistory(self.lake, self.lake / "history.lock")
        self.hr, self.rules = HrVersions(self.lake), ParameterVersions(self.lake)

    def some_parameters(self) -> Parameters:
        r = self.r
        return replace(
            PARAMETERS, percent=Decimal(r.randint(0, 100)) / 1000, min_activities=r.randint(0, 6), window_days=r.choice([1, 7, 20, 60]),
            wellness_days=r.randint(1, 7), max_walk_km=Decimal(r.choice(["2", "14.999", "15"])),
        )  # fmt: skip

    def move_people(self, how_many: int) -> set[int]:
        rows = dict(self.hr.rows)
        for who in self.r.sample(range(1, 9), how_many):
            if who in rows and self.r.random() < 0.15:
                del rows[who]
            else:
                rows[who] = self.somebody(who)
        return set(self.hr.remember(list(rows.values()), self.clock, day_of(self.today)))

    def somebody(self, who: int) -> HrRow:
        r = self.r
        hired = r.choice([None, None, day_of(self.today - r.randint(-3, 60))])
        metres, doubt = r.choice([None, 1500, 14_999, 15_000, 15_001, 30_000]), r.choice([0, 0, 1, 900])
        salary = Decimal(r.randint(0, 9_000_000)) / 100
        mode = r.choice([WALK, BIKE, "Transports", None])
        return HrRow(who, r.choice(["A", "B", None]), hired, salary, mode, r.random() < 0.85, None, metres, doubt, None)

    def move_activities(self) -> set[int]:
        changes = []
        for _ in range(self.r.randint(1, 25)):
            self.lsn += 1
            one = self.r.randint(1, 150)
            if one in self.activities and self.r.random() < 0.3:
                who, day, codes = self.activities.pop(one)
                changes.append(self.change("d", one, who, day, codes))
            else:
                self.activities[one] = self.r.randint(1, 9), self.today - self.r.randint(-5, 120), self.r.choice(CODES)
                changes.append(self.change("u", one, *self.activities[one]))
        with self.state.transaction():
            return self.state.apply("t", changes)

    def change(self, op: str, one: int, who: int, day: int, codes: str) -> Change:
        return Change(0, op, one, self.lsn, "", False, op != "d", None, who, 0, "Tennis", 1.0, 60, None, 0, day, codes, codes == "", 0)

    def show(self, touched: set[int]) -> Shown:
        """As the publisher does it: only the touched employees, or everybody anew."""
        self.clock += timedelta(seconds=30)
        activities = ActivityCounts(self.state.file)
        everybody = self.company is None or self.company.today != self.today
        if self.company is None or everybody:
            self.company = Company(parameters_by_day(self.rules.all, self.today, self.parameters), self.today, self.today - SHOWN_DAYS + 1)
        chosen = self.hr.all if everybody else {who: self.hr.all[who] for who in touched & self.hr.all.keys()}
        self.company.put(chosen, activities, everybody)
        activities.close()
        rows = self.company.indicators.rows()
        self.kpis.show(rows, self.clock, 1)
        gone = dict.fromkeys(self.diary.heard.keys() - self.hr.rows.keys())
        self.diary.write(self.today, self.calendar, Page(self.parameters, {**gone, **self.hr.rows}))
        return rows

    def model(self) -> Shown:
        """Day by day, employee by employee, activity by activity."""
        found: Shown = {}
        for day in range(self.today - SHOWN_DAYS + 1, self.today + 1):
            rules = self.diary.rules(day)
            sums: dict[str | None, list[int]] = {None: [0] * 10}
            for who in self.diary.heard:
                row = self.diary.person(who, day)
                if row is None or not row.actif or (row.date_embauche and row.date_embauche > day_of(day)):
                    continue
                done = sum(
                    employee == who and day - rules.window_days < its_day <= day and "impossible" not in codes
                    for employee, its_day, codes in self.activities.values()
                )
                said = judge(row.moyen_deplacement, row.salaire_brut, row.distance_m, row.incertitude_m, rules)
                well = done >= rules.min_activities
                values = [
                    1, int(said.montant_prime * 100), said.prime, int(said.montant_en_attente * 100), well, well * rules.wellness_days,
                    said.etat == INCORRECTE, said.etat == A_VERIFIER, said.etat == INCONNUE, done,
                ]  # fmt: skip
                for bu in {None, row.bu}:
                    sums[bu] = [before + value for before, value in zip(sums.get(bu, [0] * 10), values, strict=True)]
            found.update({(day, bu): tuple(values) for bu, values in sums.items()})
        return found


@pytest.mark.parametrize("seed", range(10))
def test_any_life_shows_what_the_model_says_and_keeps_what_was_shown_before(tmp_path: Path, seed: int) -> None:
    life = Life(seed, tmp_path)
    reported: list[tuple[datetime, Shown]] = []
    touched: set[int] = set()
    for _ in range(12):
        draw = life.r.random()
        if draw < 0.35:
            touched = life.move_activities()
        elif draw < 0.55:
            touched = life.move_people(life.r.randint(1, 3))
        elif draw < 0.7:
            life.move_parameters(life.some_parameters())
        elif draw < 0.83:
            life.pass_days(life.r.choice([1, 1, 2, 30]))
        else:
            life.freeze(life.r.choice([None, None, life.calendar - life.r.randint(1, 30), life.calendar + life.r.randint(1, 30)]))
            if life.r.random() < 0.5:
                life.move_parameters(life.some_parameters())
        rows = life.show(touched)
        assert rows == life.model()
        assert read_run(life.lake, 0) == rows
        if life.r.random() < 0.2:
            life.restart()
        reported.append((life.clock, rows))
    table = pa.table(delta.ensure(life.lake, KPIS_HISTORIQUE).to_pyarrow_table()).to_pylist()
    for moment, rows in reported:
        then = [r for r in table if r["reported_from"] <= moment and (r["reported_to"] is None or moment < r["reported_to"])]
        assert {(day_number(r["jour"]), r["bu"]): (r["employees"], r["activities"], int(r["prime_total_eur"] * 100)) for r in then} == {
            key: (values[0], values[9], values[1]) for key, values in rows.items()
        }
        assert len(then) == len(rows)


def rates(life: Life, *days: int) -> list[str]:
    """The rate of run 0 for these days, as gold works it out now."""
    by_day = parameters_by_day(life.rules.all, life.today, life.parameters)
    return [str([rules.percent for first, rules in by_day if first <= day][-1].normalize()) for day in days]


def set_rate(life: Life, rate: str) -> None:
    life.move_parameters(replace(PARAMETERS, percent=Decimal(rate)))


def test_a_rate_set_while_the_date_is_frozen_in_the_future_holds_from_the_day_of_the_release(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    start = life.today
    life.freeze(start + 60)
    set_rate(life, "0.06")
    assert rates(life, start, start + 59, start + 60) == ["0.05", "0.05", "0.06"]
    life.freeze(None)
    assert rates(life, start - 1, start) == ["0.05", "0.06"]
    for passed in range(1, 70):
        life.pass_days(1)
        assert rates(life, start - 1, *range(start, start + passed + 1)) == ["0.05", *["0.06"] * (passed + 1)]
    life.pass_days(5)  # nobody looks
    assert rates(life, start + 71) == ["0.06"]
    assert len(life.rules.all) == 3, "days that go on are not noted"


def test_who_leaves_while_the_date_is_frozen_in_the_future_has_left_on_the_day_of_the_release(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    start = life.today
    life.pass_days(2)
    life.freeze(start + 60)
    leaver = min(life.hr.rows)
    rows = [row._replace(actif=row.employee_id != leaver) for row in life.hr.rows.values()]
    life.hr.remember(rows, life.clock, day_of(life.today))
    life.freeze(None)
    for _ in range(4):
        left = [first for first, person in people_by_day(life.hr.all[leaver], life.today) if person and not person.active]
        assert left == [start + 2]
        life.pass_days(1)


def test_a_rate_set_while_the_date_is_frozen_in_the_past_is_that_days_alone(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    start = life.today
    life.pass_days(50)
    life.freeze(start + 10)
    set_rate(life, "0.06")
    assert rates(life, start + 9, start + 10) == ["0.05", "0.06"]
    life.freeze(start + 20)
    set_rate(life, "0.07")
    assert rates(life, *range(start + 9, start + 12), start + 20) == ["0.05", "0.06", "0.05", "0.07"]
    life.restart()
    life.pass_days(3)
    life.freeze(None)
    set_rate(life, "0.05")
    seen = {start + day: rate for day, rate in enumerate(rates(life, *range(start, start + 54)))}
    assert {day - start: rate for day, rate in seen.items() if rate != "0.05"} == {10: "0.06", 20: "0.07"}
    life.pass_days(1)
    assert rates(life, start + 53, start + 54) == ["0.05", "0.05"]


def test_a_rate_kept_after_a_date_frozen_in_the_past_holds_from_the_release_on(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    start = life.today
    life.pass_days(50)
    life.freeze(start + 10)
    set_rate(life, "0.06")
    life.pass_days(5)
    life.freeze(None)
    for passed in range(4):
        assert rates(life, start + 10, start + 11, start + 50, start + 54) == ["0.06", "0.05", "0.05", "0.05"]
        assert rates(life, *range(start + 55, start + 55 + passed + 1)) == ["0.06"] * (passed + 1)
        life.pass_days(1)


def test_a_salary_read_under_a_frozen_date_holds_for_that_day_alone_however_long_hr_data_had_not_changed(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    life.pass_days(30)
    life.move_parameters(replace(PARAMETERS, percent=Decimal("0.07")))  # these have come to today, HR data to no day since the first
    life.show(set())
    life.freeze(life.today - 20)
    life.show(life.move_people(8))
    life.freeze(None)
    assert life.show(set()) == life.model()


def test_a_move_noted_before_a_crash_says_the_same_when_it_is_noted_again(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    before = life.today
    life.pass_days(1)
    life.freeze(before - 9)
    set_rate(life, "0.06")
    known = rates(life, *range(before - 10, before + 1))
    note_move(life.hr, life.rules, day_of(before + 1), day_of(before - 9), life.clock)  # gold.kpis still shows the day before
    assert rates(life, *range(before - 10, before + 1)) == known
    life.freeze(None)
    assert rates(life, before - 10, before - 9, before - 8, before, before + 1) == ["0.05", "0.06", "0.05", "0.05", "0.06"]


def test_what_is_noted_again_is_no_new_line_of_the_tables(tmp_path: Path) -> None:
    life = Life(1, tmp_path)
    known = len(life.hr.all), [*history_rows.rh_versions(life.hr.all)], history_rows.parametres(life.rules.all)
    life.freeze(life.today - 5)
    life.freeze(None)
    assert len(life.rules.all) == 3
    assert (len(life.hr.all), [*history_rows.rh_versions(life.hr.all)], history_rows.parametres(life.rules.all)) == known


def test_the_versions_are_the_same_after_a_restart(tmp_path: Path) -> None:
    life = Life(4, tmp_path)
    for _ in range(5):
        life.move_people(3)
        life.move_parameters(life.some_parameters())
        life.pass_days(1)
        life.freeze(life.r.choice([None, life.calendar - 5, life.calendar + 5]))
    again = HrVersions(life.lake)
    assert (again.all, again.rows, again.version) == (life.hr.all, life.hr.rows, life.hr.version)
    assert ParameterVersions(life.lake).all == life.rules.all


def test_versions_that_an_earlier_release_has_kept_are_known_from_their_paris_day(tmp_path: Path) -> None:
    former = HR_VERSIONS._replace(columns=tuple(column for column in HR_VERSIONS.columns if column.name != "jour"))
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # the 2nd in Paris
    row = {"version": 1, "lu_le": late, "employee_id": 1, "supprime": False, "actif": True, "incertitude_m": 0}
    delta.append(delta.ensure(tmp_path, former), pa.Table.from_pylist([row], delta.arrow_schema(former)))
    versions = HrVersions(tmp_path)
    assert [version.day for version in versions.all[1]] == [date(2026, 3, 2)]
    versions.remember([], late, date(2026, 3, 3))
    assert [(version.day, version.row is None) for version in HrVersions(tmp_path).all[1]] == [
        (date(2026, 3, 2), False),
        (date(2026, 3, 3), True),
    ]

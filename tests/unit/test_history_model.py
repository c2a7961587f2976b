"""The history, held against a slow and obvious day-by-day model over random lives: activities, HR data, parameters and days that move."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

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
from sportdata.jobs.company import Company
from sportdata.jobs.known import day_number, day_of, parameters_by_day
from sportdata.rules.declarations import A_VERIFIER, BIKE, INCONNUE, INCORRECTE, WALK, judge
from sportdata.rules.parameters import Parameters

TODAY = date(2026, 11, 23)
SHOWN_DAYS = 40
PARAMETERS = Parameters(Decimal("0.05"), 3, 20, 5, Decimal(15), Decimal(25), "", None)
CODES = ["", "", "", "sport_inconnu", "duree_impossible", "employe_inconnu", "date_future", "employe_inconnu,vitesse_impossible"]
Shown = dict[tuple[int, str | None], tuple[int, ...]]


@dataclass
class Known:
    """A version as the test keeps it: gold's today when it was read, and the value."""

    day: int
    value: HrRow | Parameters | None


def known_for(versions: list[Known], day: int, today: int) -> HrRow | Parameters | None:
    if day == today:
        return versions[-1].value
    return next((one.value for one in reversed(versions) if one.day <= day), before(versions))


def before(versions: list[Known]) -> HrRow | Parameters | None:
    """The first value holds backwards, with the first distance if that is of its mode."""
    first = versions[0].value
    for one in versions:
        if isinstance(first, HrRow) and isinstance(one.value, HrRow) and one.value.distance_m is not None:
            if one.value.moyen_deplacement == first.moyen_deplacement:
                return first._replace(distance_m=one.value.distance_m, incertitude_m=one.value.incertitude_m)
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
        self.today = day_number(TODAY)
        self.clock = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.lsn = 0
        self.activities: dict[int, tuple[int, int, str]] = {}  # id → employee, day, codes
        self.people: dict[int, list[Known]] = defaultdict(list)
        self.sets: list[Known] = []
        self.parameters = PARAMETERS
        self.company: Company | None = None
        self.move_parameters(PARAMETERS)
        self.move_people(6)

    def move_parameters(self, parameters: Parameters) -> None:
        self.parameters = parameters
        if self.rules.remember(parameters, self.clock, day_of(self.today)):
            self.sets.append(Known(self.today, parameters))
            if self.company is not None and self.company.today == self.today:
                self.company = self.company.under(parameters_by_day(self.rules.all, self.today, parameters))

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
        changed = self.hr.remember(list(rows.values()), self.clock, day_of(self.today))
        for who, (_, after) in changed.items():
            self.people[who].append(Known(self.today, after))
        return set(changed)

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
        return rows

    def model(self) -> Shown:
        """Day by day, employee by employee, activity by activity."""
        found: Shown = {}
        for day in range(self.today - SHOWN_DAYS + 1, self.today + 1):
            rules = known_for(self.sets, day, self.today)
            assert isinstance(rules, Parameters)
            sums: dict[str | None, list[int]] = {None: [0] * 10}
            for who, versions in self.people.items():
                row = known_for(versions, day, self.today)
                if not isinstance(row, HrRow) or not row.actif or (row.date_embauche and row.date_embauche > day_of(day)):
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
        if draw < 0.5:
            touched = life.move_activities()
        elif draw < 0.7:
            touched = life.move_people(life.r.randint(1, 3))
        elif draw < 0.85:
            life.move_parameters(life.some_parameters())
        else:
            life.today += life.r.choice([1, 1, 2, 30, -10])
        rows = life.show(touched)
        assert rows == life.model()
        assert read_run(life.lake, 0) == rows
        if life.r.random() < 0.2:
            life.kpis = KpisHistory(life.lake, life.lake / "history.lock")  # a restart
        reported.append((life.clock, rows))
    table = pa.table(delta.ensure(life.lake, KPIS_HISTORIQUE).to_pyarrow_table()).to_pylist()
    for moment, rows in reported:
        then = [r for r in table if r["reported_from"] <= moment and (r["reported_to"] is None or moment < r["reported_to"])]
        assert {(day_number(r["jour"]), r["bu"]): (r["employees"], r["activities"], int(r["prime_total_eur"] * 100)) for r in then} == {
            key: (values[0], values[9], values[1]) for key, values in rows.items()
        }
        assert len(then) == len(rows)


def test_the_versions_are_the_same_after_a_restart(tmp_path: Path) -> None:
    life = Life(4, tmp_path)
    for _ in range(5):
        life.move_people(3)
        life.move_parameters(life.some_parameters())
        life.today += 1
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

"""Everybody's activities and HR data by day, and the tables made of them; what has not changed is not worked out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np

from sportdata.adapters.activity_counts import ActivityCounts
from sportdata.adapters.hr_versions import HrVersion
from sportdata.jobs import history_rows as rows
from sportdata.jobs.known import DAYS, people_by_day
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.indicators import NONE, Counts, Indicators, InForce, People
from sportdata.stages.history.known import Person
from sportdata.stages.history.practice import Done, monthly
from sportdata.stages.history.rights import Right, rights
from sportdata.stages.history.what_if import Somebody, grid


class Company:
    """As of one day (`today`, days since 1970) and one set of parameters by day; `put` takes up what has changed of some employees."""

    def __init__(self, in_force: InForce, today: int, first: int | None = None) -> None:
        self.today, self.in_force = today, in_force
        self.parameters: Parameters = in_force[-1][1]
        self.first = today - DAYS + 1 if first is None else first
        self.indicators = Indicators(in_force, self.first, today)
        self._people: dict[int, People] = {}
        self._counts: dict[int, Counts] = {}
        self._rights: dict[int, list[Right]] = {}
        self._done: dict[int, list[Done]] = {}

    def under(self, in_force: InForce) -> Company:
        """The same people and activities under other parameters."""
        other = Company(in_force, self.today, self.first)
        other._people, other._counts, other._done = self._people, self._counts, self._done
        for who, people in self._people.items():
            other.indicators.put(who, people, self._counts[who])
        other.put_rights(self._people)
        return other

    def put(self, versions: Mapping[int, Sequence[HrVersion]], activities: ActivityCounts, everybody: bool) -> None:
        """Works out these employees anew; `everybody` says that they are all there are."""
        chosen = None if everybody else versions.keys()
        counts = {who: Counts.of([(day, n) for _, day, n in days]) for who, days in groupby(activities.days(chosen), lambda row: row[0])}
        for who, read in versions.items():
            people = self._people[who] = people_by_day(read, self.today)
            self._counts[who] = counts.get(who, NONE)
            self.indicators.put(who, people, self._counts[who])

    def put_rights(self, employees: Iterable[int]) -> None:
        for who in employees:
            self._rights[who] = list(rights(self._people[who], self.in_force, self._counts[who], self.first, self.today))

    def put_done(self, employees: Iterable[int], activities: ActivityCounts, everybody: bool) -> None:
        """What they did, by month; beside `put`, for a replay needs none of it."""
        chosen = None if everybody else set(employees)
        for who in chosen or ():
            self._done.pop(who, None)
        months: dict[str, date] = {}
        for who, lines in groupby(activities.months(chosen, self.today), lambda row: row[0]):
            self._done[who] = [
                Done(months.setdefault(month, date.fromisoformat(month)), label, n, metres, seconds)
                for _, month, label, n, metres, seconds in lines
            ]

    def working(self, window_days: int | None = None) -> dict[int, Somebody]:
        """Those who work here today, as gold.eligibilites has them; the activities are those in the window (or in another one)."""
        day, window = np.array([self.today]), window_days or self.parameters.window_days
        return {
            who: Somebody(person, int(self._counts[who].in_window(day, window)[0]))
            for who, people in self._people.items()
            if (person := _now(people)) is not None and person.active
        }

    def eligibilites_historique(self) -> Iterable[dict[str, Any]]:
        return rows.eligibilites_historique(self._rights)

    def simulations(self) -> Iterable[dict[str, Any]]:
        return rows.simulations(grid(self.working().values(), self.parameters))

    def proches_du_seuil(self) -> Iterable[dict[str, Any]]:
        return rows.proches_du_seuil(self.working(), self.parameters)

    def declarations(self) -> Iterable[dict[str, Any]]:
        return rows.declarations(self.working(), self.parameters)

    def pratique_mensuelle(self, sport_of: Callable[[str | None], str | None]) -> Iterable[dict[str, Any]]:
        return monthly(self._done, {who: one.person.bu for who, one in self.working().items()}, sport_of)


def _now(people: People) -> Person | None:
    return people[-1][1]

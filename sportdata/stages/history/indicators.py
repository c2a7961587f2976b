"""The indicators of every day at once: each employee adds to the days of their BU, and can be taken out again.

The rules are those of `sportdata.rules`, asked once for each stretch of days on which neither the parameters nor the employee's HR data
change; only the activities in the window are counted here, by differences of running totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sportdata.contracts.tables import KPIS_HISTORIQUE
from sportdata.rules.declarations import A_VERIFIER, INCONNUE, INCORRECTE, Declaration, judge
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.known import Person

# the order of the table; those in euros are counted in cents
NAMES = tuple(KPIS_HISTORIQUE.column_names[3:13])
(
    EMPLOYEES, PRIME_CENTS, PRIME_EMPLOYEES, PENDING_CENTS, WELLNESS_EMPLOYEES, WELLNESS_DAYS, WRONG, TO_CHECK, UNKNOWN, ACTIVITIES,
) = range(len(NAMES))  # fmt: skip

People = Sequence[tuple[int, Person | None]]  # as known.in_force gives them
InForce = Sequence[tuple[int, Parameters]]
Numbers = npt.NDArray[np.int64]
Values = tuple[int, ...]


class Counts(NamedTuple):
    """An employee's activities that are valid in themselves: days in order, and how many there were until each (one more: 0 first)."""

    days: Numbers
    until: Numbers

    @staticmethod
    def of(numbers: Sequence[tuple[int, int]]) -> Counts:
        """numbers: (day, how many), in the order of days."""
        table = np.array(numbers, np.int64).reshape(-1, 2)
        return Counts(table[:, 0], np.concatenate([[0], np.cumsum(table[:, 1])]))

    def in_window(self, days: Numbers, window_days: int) -> Numbers:
        """How many lie in the window that ends on each of the days."""
        ends = self.until[np.searchsorted(self.days, days, "right")]
        return np.asarray(ends - self.until[np.searchsorted(self.days, days - window_days, "right")], np.int64)


NONE = Counts.of([])


class Stretch(NamedTuple):
    """Days first ≤ day < end on which somebody works here and nothing of this changes."""

    first: int
    end: int
    person: Person
    parameters: Parameters
    declaration: Declaration

    @property
    def days(self) -> Numbers:
        return np.arange(self.first, self.end, dtype=np.int64)


def stretches(people: People, in_force: InForce, first: int, today: int) -> Iterator[Stretch]:
    """Within first ≤ day ≤ today, from the hiring date on."""
    for start, end, person in _cut(people, first, today + 1):
        if person is None or not person.active:
            continue
        hired = start if person.hired is None else max(start, person.hired)
        for begin, stop, parameters in _cut(in_force, hired, end):
            said = judge(person.mode, person.salary, person.distance_m, person.doubt_m, parameters)
            yield Stretch(begin, stop, person, parameters, said)


def _cut(spans: Sequence[tuple[int, Any]], first: int, end: int) -> Iterator[tuple[int, int, Any]]:
    for place, (start, value) in enumerate(spans):
        begin = max(start, first)
        stop = min(spans[place + 1][0], end) if place + 1 < len(spans) else end
        if begin < stop:
            yield begin, stop, value


class Indicators:
    """For the days first ≤ day ≤ today; `rows` is what the table shall show."""

    def __init__(self, in_force: InForce, first: int, today: int) -> None:
        self.in_force, self.first, self.today = in_force, first, today
        self._people: dict[int, tuple[People, Counts]] = {}
        self._sums: dict[str | None, Numbers] = {}

    def put(self, who: int, people: People, counts: Counts) -> None:
        """Replaces what was known of this employee."""
        former = self._people.get(who)
        if former:
            self._add(-1, *former)
        self._people[who] = people, counts
        self._add(1, people, counts)

    def _add(self, sign: int, people: People, counts: Counts) -> None:
        for stretch in stretches(people, self.in_force, self.first, self.today):
            said, parameters = stretch.declaration, stretch.parameters
            sums = self._sums.setdefault(stretch.person.bu, np.zeros((len(NAMES), self.today - self.first + 1), np.int64))
            days = sums[:, stretch.first - self.first : stretch.end - self.first]
            done = counts.in_window(stretch.days, parameters.window_days)
            well = done >= parameters.min_activities
            days[EMPLOYEES] += sign
            days[PRIME_CENTS] += sign * int(said.montant_prime * 100)
            days[PRIME_EMPLOYEES] += sign * said.prime
            days[PENDING_CENTS] += sign * int(said.montant_en_attente * 100)
            days[WELLNESS_EMPLOYEES] += sign * well
            days[WELLNESS_DAYS] += sign * parameters.wellness_days * well
            days[WRONG] += sign * (said.etat == INCORRECTE)
            days[TO_CHECK] += sign * (said.etat == A_VERIFIER)
            days[UNKNOWN] += sign * (said.etat == INCONNUE)
            days[ACTIVITIES] += sign * done

    def rows(self) -> dict[tuple[int, str | None], Values]:
        """(day, BU; None: the company) → values in the order of NAMES; a BU has a row on the days on which somebody works there. Nothing
        before anybody is known."""
        if not self._people:
            return {}
        length = self.today - self.first + 1
        total = np.sum([np.zeros((len(NAMES), length), np.int64), *self._sums.values()], axis=0)
        found: dict[tuple[int, str | None], Values] = {}
        for bu, sums in (*((bu, sums) for bu, sums in self._sums.items() if bu is not None), (None, total)):
            for day, values in enumerate(sums.T.tolist(), self.first):
                if bu is None or values[EMPLOYEES]:
                    found[day, bu] = tuple(values)
        return found

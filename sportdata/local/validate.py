"""`validate_strava.py`: checks the activities and gold against the suites of `expectations/`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportdata.adapters import checked, checked_postgres
from sportdata.adapters.catalogue import catalogue
from sportdata.contracts.parameters import read_parameters
from sportdata.contracts.validation import Source, SportLimits, Verdict, failures
from sportdata.errors import AnswerIsNo, BrokenWorld, WrongUse
from sportdata.jobs.clock import wall_clock
from sportdata.local.wait import wait
from sportdata.rules.calendar import today_in_paris
from sportdata.rules.parameters import Parameters
from sportdata.settings import Settings
from sportdata.stages.check import LOOK_BACK_DAYS, rhythm, sport_limits

if TYPE_CHECKING:
    import pandas as pd

    from sportdata.adapters.checked_gold import Gold
    from sportdata.adapters.expectations import Validation
    from sportdata.adapters.suites import Suite

Say = Callable[[str], None]
ACTIVITIES = "public.sport_activities"


@dataclass(frozen=True)
class Wish:
    """What to check: all suites or some, both sources or one; how long gold may take to show everything (0: check it as it is)."""

    suites: tuple[str, ...] = ()
    only: Source | None = None
    strict: bool = False
    wait_s: float = 120.0
    docs: bool = True


@dataclass(frozen=True)
class Report:
    """The answer. `unchecked` says what could not be checked, and why."""

    verdicts: tuple[Verdict, ...]
    unchecked: tuple[str, ...]
    today: date
    duration_s: float
    data_docs: Path | None
    strict: bool

    @property
    def exit_code(self) -> int:
        return 2 if self.unchecked else 1 if any(failures(self.verdicts, self.strict)) else 0

    def as_json(self) -> dict[str, Any]:
        return {
            "success": self.exit_code == 0,
            "exit_code": self.exit_code,
            "as_of": self.today.isoformat(),
            "duration_s": self.duration_s,
            "unchecked": list(self.unchecked),
            "data_docs": None if self.data_docs is None else str(self.data_docs),
            "suites": [verdict.as_json() for verdict in self.verdicts],
        }


def check(settings: Settings, wish: Wish, say: Say) -> Report:
    """Runs the suites once and writes the Data Docs, unless they are not wished for.

    What cannot be checked does not keep the rest from being checked. Raises RefusedInput (a suite, config.yml, sports.yml), WrongUse.
    """
    from sportdata.adapters.expectations import Validation  # noqa: PLC0415 - seconds, which --help need not wait for
    from sportdata.adapters.suites import read_suites  # noqa: PLC0415

    started = time.monotonic()
    suites = _chosen(read_suites(settings.expectations), wish)
    subject = _Subject(settings)
    validation = Validation()
    verdicts: list[Verdict] = []
    unchecked: list[str] = []
    for source, work in _by_source(suites, wish):
        try:
            if source == "gold" and wish.wait_s > 0:
                _let_gold_come(settings, wish.wait_s, unchecked, say)
            for suite, table in work:
                say(f"{table}: {suite.name}")
                verdicts.append(subject.verdict(validation, suite, table))
        except (BrokenWorld, AnswerIsNo) as error:
            unchecked.append(f"{source} could not be checked: {' '.join(str(error).split())}")
    docs = None
    if wish.docs and verdicts:
        say("Data Docs")
        docs = validation.write_docs(settings.home.resolve() / "validation" / "data_docs", f"Validation as of {subject.today}")
    return Report(tuple(verdicts), tuple(unchecked), subject.today, round(time.monotonic() - started, 3), docs, wish.strict)


def _chosen(suites: list[Suite], wish: Wish) -> list[Suite]:
    names = [suite.name for suite in suites]
    if unknown := [name for name in wish.suites if name not in names]:
        raise WrongUse(f"there is no suite {', '.join(unknown)}; there are: {', '.join(names)}")
    return [suite for suite in suites if not wish.suites or suite.name in wish.suites]


def _by_source(suites: list[Suite], wish: Wish) -> Iterator[tuple[Source, list[tuple[Suite, str]]]]:
    """What there is to do on each source; PostgreSQL comes first. Raises WrongUse when nothing is left."""
    work = [(suite, table) for suite in suites for table in suite.tables]
    by_source: dict[Source, list[tuple[Suite, str]]] = {
        "postgres": [(suite, table) for suite, table in work if table == ACTIVITIES],
        "gold": [(suite, table) for suite, table in work if table != ACTIVITIES],
    }
    wanted = {source: todo for source, todo in by_source.items() if todo and wish.only in {None, source}}
    if not wanted:
        raise WrongUse(f"none of the suites {', '.join(suite.name for suite in suites)} is for {wish.only}")
    return iter(wanted.items())


def _let_gold_come(settings: Settings, wait_s: float, unchecked: list[str], say: Say) -> None:
    """Until gold shows what was committed before, so that what is still on its way is not taken for a fault."""
    if unchecked:
        raise BrokenWorld("whether it is up to date cannot be known without PostgreSQL; --only gold --wait 0 checks it as it is")
    say("waiting until gold shows everything")
    wait(settings, wait_s)


class _Subject:
    """What is looked at, read when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parameters = _parameters(settings)
        self._catalogue = catalogue(settings)
        self.today = self._parameters.date_reference or today_in_paris(wall_clock(settings)())

    @cached_property
    def _gold(self) -> Gold:
        from sportdata.adapters.checked_gold import Gold  # noqa: PLC0415 - pandas

        return Gold(self._settings.lake)

    @cached_property
    def _gold_activities(self) -> pd.DataFrame:
        return self._gold.activities(self._limits(self._gold.labels()), self.today, self._parameters.window_days)

    def _limits(self, labels: list[str | None]) -> list[SportLimits]:
        return list(sport_limits(self._catalogue, labels))

    def verdict(self, validation: Validation, suite: Suite, table: str) -> Verdict:
        """Raises BrokenWorld when the table cannot be read, WrongUse when nothing of it is such a view."""
        if (suite.view, table) == ("activites", ACTIVITIES):
            return self._pushed_down(validation, suite)
        frames: dict[tuple[str, str], Callable[[], pd.DataFrame]] = {
            ("rythme", ACTIVITIES): lambda: self._rhythm(checked_postgres.activities_by_day(self._settings, self.today, LOOK_BACK_DAYS)),
            ("rythme", "gold.activites"): lambda: self._rhythm(self._gold.activities_by_day(self.today, LOOK_BACK_DAYS)),
            ("activites", "gold.activites"): lambda: self._gold_activities,
            ("eligibilites", "gold.eligibilites"): lambda: self._gold.eligibilites(self.today, self._parameters),
            ("anomalies", "gold.anomalies"): self._gold.anomalies,
            ("kpis", "gold.kpis"): self._gold.kpis,
        }
        if (suite.view, table) not in frames:
            known = ", ".join(f"{view} of {name}" for view, name in [("activites", ACTIVITIES), *frames])
            raise WrongUse(f"the suite {suite.name} asks for {suite.view} of {table}; there are: {known}")
        return validation.on_frame(suite, table, frames[suite.view, table]())

    def _pushed_down(self, validation: Validation, suite: Suite) -> Verdict:
        settings = self._settings
        limits = self._limits(checked_postgres.labels(settings))
        query = checked.activities_query(
            checked.POSTGRES_ACTIVITIES, checked.POSTGRES_EMPLOYEES, limits, self.today, self._parameters.window_days
        )
        address = f"{checked_postgres.ROLE}@{settings.host_of('postgres')}:{settings.port('postgres')}/{settings.database}"
        return validation.on_postgres(suite, ACTIVITIES, address, partial(checked_postgres.open_connection, settings), query)

    def _rhythm(self, by_day: dict[date, int]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415 - a second

        return pd.DataFrame([rhythm(by_day, self.today)._asdict()])


def _parameters(settings: Settings) -> Parameters:
    try:
        return read_parameters(settings.config.read_text(encoding="utf-8"), str(settings.config))
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenWorld(f"{settings.config} cannot be read: {error}; it holds date_reference and the window") from error

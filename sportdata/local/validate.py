"""`validate_strava.py`: checks the activities and gold against the suites of `expectations/`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportdata.contracts.validation import Source, Verdict, failures
from sportdata.errors import AnswerIsNo, BrokenWorld, WrongUse
from sportdata.local.validate_subject import ACTIVITIES, Subject
from sportdata.local.wait import wait
from sportdata.settings import Settings

if TYPE_CHECKING:
    from sportdata.adapters.expectations import Validation
    from sportdata.adapters.suites import Suite

    Work = list[tuple[Source, list[tuple[Suite, str]]]]

Say = Callable[[str], None]
MOST_RUNS = 2


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
    """Runs the suites and writes the Data Docs, unless they are not wished for.

    What cannot be checked does not keep the rest from being checked. What fails in a run across Paris midnight, or across a change of
    config.yml or of HR data, may have been judged by what no longer holds: the run is repeated, once. Raises RefusedInput (a suite,
    config.yml, sports.yml), WrongUse.
    """
    from sportdata.adapters.expectations import Validation  # noqa: PLC0415 - seconds, which --help need not wait for
    from sportdata.adapters.suites import read_suites  # noqa: PLC0415

    started = time.monotonic()
    work = _by_source(_chosen(read_suites(settings.expectations), wish), wish)
    for left in reversed(range(MOST_RUNS)):
        subject, validation = Subject(settings), Validation()
        verdicts, unchecked = _judged(settings, wish, work, subject, validation=validation, say=say)
        if not left or not any(verdict.failed for verdict in verdicts) or not subject.has_moved():
            break
        say("the day, config.yml or HR data have changed meanwhile: once more")
    docs = None
    if wish.docs and verdicts:
        say("Data Docs")
        docs = validation.write_docs(settings.home.resolve() / "validation" / "data_docs", f"Validation as of {subject.today}")
    return Report(tuple(verdicts), tuple(unchecked), subject.today, round(time.monotonic() - started, 3), docs, wish.strict)


def _judged(
    settings: Settings, wish: Wish, work: Work, subject: Subject, *, validation: Validation, say: Say
) -> tuple[list[Verdict], list[str]]:
    """One run: the verdicts, and what could not be checked."""
    verdicts: list[Verdict] = []
    unchecked: list[str] = []
    for source, todo in work:
        try:
            if source == "gold":
                subject.remember_hr()  # before waiting: gold.activites may trail behind a version that comes now
                if wish.wait_s > 0:
                    _let_gold_come(settings, wish.wait_s, unchecked, say)
            for suite, table in todo:
                say(f"{table}: {suite.name}")
                verdicts.append(subject.verdict(validation, suite, table))
        except (BrokenWorld, AnswerIsNo) as error:
            unchecked.append(f"{source} could not be checked: {' '.join(str(error).split())}")
    return verdicts, unchecked


def _chosen(suites: list[Suite], wish: Wish) -> list[Suite]:
    names = [suite.name for suite in suites]
    if unknown := [name for name in wish.suites if name not in names]:
        raise WrongUse(f"there is no suite {', '.join(unknown)}; there are: {', '.join(names)}")
    return [suite for suite in suites if not wish.suites or suite.name in wish.suites]


def _by_source(suites: list[Suite], wish: Wish) -> Work:
    """What there is to do on each source; PostgreSQL comes first. Raises WrongUse when nothing is left."""
    work = [(suite, table) for suite in suites for table in suite.tables]
    by_source: dict[Source, list[tuple[Suite, str]]] = {
        "postgres": [(suite, table) for suite, table in work if table == ACTIVITIES],
        "gold": [(suite, table) for suite, table in work if table != ACTIVITIES],
    }
    wanted = {source: todo for source, todo in by_source.items() if todo and wish.only in {None, source}}
    if not wanted:
        raise WrongUse(f"none of the suites {', '.join(suite.name for suite in suites)} is for {wish.only}")
    return list(wanted.items())


def _let_gold_come(settings: Settings, wait_s: float, unchecked: list[str], say: Say) -> None:
    """Until gold shows what was committed before, so that what is still on its way is not taken for a fault."""
    if unchecked:
        raise BrokenWorld("whether it is up to date cannot be known without PostgreSQL; --only gold --wait 0 checks it as it is")
    say("waiting until gold shows everything")
    wait(settings, wait_s)

"""What `validate_strava.py` shows of a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape  # values of a table are shown, not obeyed
from rich.table import Table as Grid

from sportdata.contracts.validation import Outcome, Verdict, failures
from sportdata.local.validate import Report

EXAMPLES_SHOWN = 3
COLOURS = {"critical": "red", "warning": "yellow", "info": "blue"}


def show(report: Report, out: Console) -> None:
    """One line a suite and table, what failed with examples, and the answer."""
    for verdict in report.verdicts:
        out.print(_line(verdict), markup=False)
    if any(verdict.failed for verdict in report.verdicts):
        out.print(_failed(report))
    if report.data_docs is not None:
        out.print(f"Data Docs: {report.data_docs}", markup=False)
    out.print(f"{summary(report)} ({report.duration_s:.1f} s, as of {report.today})", markup=False)


def summary(report: Report) -> str:
    """The answer in a few words."""
    number = sum(len(verdict.outcomes) for verdict in report.verdicts)
    critical = len(list(failures(report.verdicts, report.strict)))
    beside = sum(len(verdict.failed) for verdict in report.verdicts) - critical
    said = f"{critical} of {number} expectations fail" if critical else f"{number} expectations: fine"
    if report.unchecked:
        said = "not everything could be checked; " + said
    return f"{said}, {beside} to note" if beside else said


def _line(verdict: Verdict) -> str:
    rows = max((outcome.rows for outcome in verdict.outcomes if outcome.rows is not None), default=0)
    kept = len(verdict.outcomes) - len(verdict.failed)
    return (
        f"{verdict.table} {verdict.suite}: {kept} of {len(verdict.outcomes)} expectations hold, {rows:,} rows, {verdict.duration_s:.1f} s"
    )


def _failed(report: Report) -> Grid:
    grid = Grid(title="What fails", title_justify="left", show_lines=True)
    grid.add_column("expectation")
    grid.add_column("severity")
    grid.add_column("rows", justify="right")
    grid.add_column("what it says, and examples", overflow="fold", ratio=1)
    for verdict in report.verdicts:
        for outcome in verdict.failed:
            said = "\n".join([f"[bold]{outcome.description}[/bold]", *_examples(outcome)])
            severity = f"[{COLOURS[outcome.severity]}]{outcome.severity}"
            grid.add_row(f"[bold]{outcome.code}[/bold]\n{verdict.table}", severity, _count(outcome), said)
    return grid


def _count(outcome: Outcome) -> str:
    return "" if outcome.unexpected is None else f"{outcome.unexpected:,}"


def _examples(outcome: Outcome) -> Iterator[str]:
    if outcome.unexpected is None:
        yield escape(f"found: {outcome.observed}")
    for example in outcome.examples[:EXAMPLES_SHOWN]:
        yield escape(", ".join(f"{name} {_shown(value)}" for name, value in example.items()))


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4g}"
    return str(value)

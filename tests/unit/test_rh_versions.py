"""gold.rh_versions: what `bi` reads of an employee, from when to when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sportdata.adapters.hr_reader import HrRow
from sportdata.adapters.hr_versions import HrVersion
from sportdata.jobs.history_rows import rh_versions

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
HIRED = HrRow(7, "Ventes", date(2024, 1, 8), Decimal(30_000), "Marche/running", True, START, 4_200, 100, START)
RAISED = HIRED._replace(salaire_brut=Decimal(33_000), modifie_le=START + timedelta(hours=1))
MOVED = RAISED._replace(bu="R&D")


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def lines(*rows: HrRow | None) -> list[tuple[object, ...]]:
    known = [HrVersion(at(hours), START.date(), row, behind=False) for hours, row in enumerate(rows)]
    return [(row["bu"], row["connu_du"], row["connu_jusqu_a"]) for row in rh_versions({7: known})]


def test_a_salary_that_changes_makes_no_line() -> None:
    assert lines(HIRED, RAISED) == lines(HIRED) == [("Ventes", at(0), None)]
    assert lines(HIRED, RAISED, HIRED, MOVED, MOVED) == [("Ventes", at(0), at(3)), ("R&D", at(3), None)]


def test_who_goes_and_comes_back_has_two_lines() -> None:
    assert lines(HIRED, None, RAISED) == [("Ventes", at(0), at(1)), ("Ventes", at(2), None)]
    assert lines(HIRED, None) == [("Ventes", at(0), at(1))]

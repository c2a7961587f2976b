"""Freshness, volume, limits of the sports, and suites as files."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from sportdata.adapters.catalogue import catalogue
from sportdata.adapters.suites import read_suites
from sportdata.contracts.validation import Outcome, Verdict, failures
from sportdata.errors import BrokenWorld, RefusedInput
from sportdata.local.validate import Report
from sportdata.local.validate_report import show
from sportdata.settings import Settings
from sportdata.stages.check import rhythm, sport_limits

TODAY = date(2026, 11, 23)


def days(*pairs: tuple[int, int]) -> dict[date, int]:
    """(days ago, activities)."""
    return {TODAY - timedelta(days=ago): number for ago, number in pairs}


def test_no_activity_says_nothing_about_rhythm() -> None:
    assert set(rhythm({}, TODAY)) == {None}
    assert set(rhythm(days((-1, 5)), TODAY)) == {None}


def test_silence_is_what_goes_beyond_the_longest_pause_of_the_last_weeks() -> None:
    weekends_only = days(*((ago, 10) for ago in range(1, 60) if (TODAY - timedelta(days=ago)).weekday() >= 5))
    assert rhythm(weekends_only, TODAY)[1:4] == (1, 6, 0)
    assert rhythm(days((9, 1), (10, 1), (11, 1)), TODAY)[1:4] == (9, 1, 8)
    assert rhythm(days((9, 1), (40, 1)), TODAY)[1:4] == (9, 7, 2), "a pause beyond a week was an outage"
    assert rhythm(days((9, 1), (10, 1), (80, 1)), TODAY)[1:4] == (9, 1, 8), "old pauses are forgotten"


@pytest.mark.parametrize(("history", "usual"), [(13, None), (14, 70.0), (15, 70.0), (100, 70.0)])
def test_volume_is_judged_from_14_days_of_history_on(history: int, usual: float | None) -> None:
    steady = days(*((ago, 10) for ago in range(1, history + 1)))
    said = rhythm(steady, TODAY)
    assert (said.volume_7_jours, said.volume_habituel, said.volume_sur_habituel) == (70, usual, usual and 1.0)


def test_volume_compares_the_last_whole_week_with_the_median_of_up_to_eight_before() -> None:
    weeks = [21, 60, 40, 70, 50, 50, 50, 50, 50, 1000]
    by_day = days(*((7 * week + 1, number) for week, number in enumerate(weeks)), (0, 999), (77, 1))
    assert rhythm(by_day, TODAY)[4:] == (21, 50.0, 0.42)


def test_volume_is_not_judged_where_chance_explains_anything() -> None:
    assert rhythm(days(*((ago, 2) for ago in range(1, 30))), TODAY).volume_sur_habituel is None


def test_the_limits_of_a_label_are_those_of_its_sport_however_it_is_written() -> None:
    limits = {one.label: one for one in sport_limits(catalogue(Settings()), ["  vélo  ", "VELO", "Quidditch", "", None, "Vélo"])}
    assert limits["  vélo  "][1:] == limits["VELO"][1:] == limits["Vélo"][1:] == (True, 80.0, 14.0, 1800, 14400)
    assert limits["Yoga"][1:] == (False, None, None, 1800, 5400)
    assert "Quidditch" not in limits
    assert "" not in limits


def test_only_critical_failures_fail_the_data_unless_strict() -> None:
    outcomes = [
        Outcome(f"{severity} {success}", "", severity, success, 1, 1, None, ())
        for severity in ("critical", "warning", "info")
        for success in (True, False)
    ]
    verdicts = [Verdict("suite", "table", 0.1, tuple(outcomes))]
    assert [one.code for one in failures(verdicts, strict=False)] == ["critical False"]
    assert [one.code for one in failures(verdicts, strict=True)] == ["critical False", "warning False"]


GOOD = """
name: one
meta: {view: activites, tables: [gold.activites], examples: [id]}
expectations:
  - {type: expect_column_values_to_not_be_null, kwargs: {column: id}, meta: {code: id_absent}}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("expectations:", "expectations: [", "line"),
        ("name: one", "name: ''", "name must be provided"),
        ("name: one", "nom: one", "nom"),
        ("view: activites, ", "", "meta: view is missing"),
        ("tables: [gold.activites]", "tables: []", "at least one table"),
        ("to_not_be_null", "to_not_be_nul", "id_absent): expect_column_values_to_not_be_nul not found"),
        ("column: id", "colum: id", "colum extra fields not permitted"),
        ("{column: id}", "{column: id}, severity: grave", "Must be one of: critical, warning, info"),
        ("code: id_absent", "cod: id_absent", "meta.code is None"),
    ],
)
def test_a_broken_suite_is_refused_by_file_and_expectation(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "one.yml").write_text(GOOD)
    assert [suite.name for suite in read_suites(tmp_path)] == ["one"]
    (tmp_path / "one.yml").write_text(GOOD.replace(old, new))
    with pytest.raises(RefusedInput) as refusal:
        read_suites(tmp_path)
    assert said in str(refusal.value)
    assert str(tmp_path / "one.yml") in str(refusal.value)


def test_an_empty_suite_or_folder_checks_nothing_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenWorld, match="no suite"):
        read_suites(tmp_path)
    (tmp_path / "one.yml").write_text(GOOD.partition("expectations")[0] + "expectations: []\n")
    with pytest.raises(RefusedInput, match="at least one"):
        read_suites(tmp_path)


def test_a_name_or_code_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(GOOD)
    (tmp_path / "two.yml").write_text(GOOD)
    with pytest.raises(RefusedInput, match="same name"):
        read_suites(tmp_path)
    (tmp_path / "two.yml").write_text(GOOD + GOOD.splitlines()[-1] + "\n")
    with pytest.raises(RefusedInput, match="each once in the file"):
        read_suites(tmp_path)


def test_what_breaks_an_expectation_is_shown_as_the_table_holds_it(capsys: pytest.CaptureFixture[str]) -> None:
    by_row = Outcome("sport_inconnu", "a sport", "warning", False, 1, 9, None, ({"type_activite": "[/x] [bold]Judo \\[b]"},))
    by_table = Outcome("nombre", "a number", "warning", False, None, None, "[/y]", ())
    verdict = Verdict("activites", "public.sport_activities", 0.1, (by_row, by_table))
    show(Report((verdict,), (), date(2026, 11, 23), 0.1, None, False), Console(width=140))
    shown = capsys.readouterr().out
    assert "type_activite [/x] [bold]Judo \\[b]" in shown
    assert "found: [/y]" in shown

"""maps.py at the command line: what is agreed to, and how its results are told."""

from __future__ import annotations

import sys
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

import maps
from sportdata.contracts.distances import Commuter, Distance, Lost, StoredDistance
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import distances
from sportdata.rules.declarations import BIKE, WALK
from sportdata.settings import Settings


@pytest.mark.parametrize(("text", "amount"), [("1.50", "1.50"), ("0", "0"), ("12", "12")])
def test_an_amount_of_euros_is_read_to_the_cent(text: str, amount: str) -> None:
    assert maps.euros(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "", "1,5", "x"])
def test_what_is_no_amount_of_euros_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount of euros"):
        maps.euros(text)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "agreed"), [("y", True), ("OUI", True), ("", False), ("n", False), ("yesterday", False)])
def test_whoever_sits_at_the_terminal_agrees_or_not(monkeypatch: pytest.MonkeyPatch, answer: str, agreed: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert maps.agreed("Go on?") is agreed


def test_the_end_of_the_input_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())  # empty: what Ctrl-D is
    assert maps.agreed("Go on?") is False


def test_a_config_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("# départ", encoding="latin-1")
    with pytest.raises(BrokenWorld, match=r"config\.yml cannot be read: .*it holds distance\.office_address"):
        distances.work_out(Settings(config=tmp_path / "config.yml"), "estimate", None, print)


def test_where_nobody_can_be_asked_it_is_wrong_use_that_names_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))
    with pytest.raises(WrongUse, match="agree with --yes"):
        maps.agreed("Go on?")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--file", "x.csv"], "--file goes with --provider recorded, not with estimate"),
        (["--yes"], "--yes and --max-cost go with --provider google, not with estimate"),
        (["--provider", "recorded", "--max-cost", "1"], "--yes and --max-cost go with --provider google, not with recorded"),
    ],
)
def test_flags_of_another_provider_are_wrong_use(monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str) -> None:
    monkeypatch.setattr(sys, "argv", ["maps.py", *arguments])
    with pytest.raises(WrongUse, match=reason):
        maps.main()


STORED = StoredDistance(1000, 0, "google", "f")


def test_each_mode_has_its_line_and_who_has_no_distance_is_named() -> None:
    walker, rider, lost, horse = Commuter(1, "a", WALK, STORED), Commuter(2, "b", BIKE), Commuter(3, "c", BIKE), Commuter(4, "d", "Cheval")
    lines = distances._summary([walker, rider, lost, horse], [Distance(rider, 5, 0, "google")], [Lost(lost, "why")], [])
    assert lines == [
        "Marche/running: 0 worked out, 1 unchanged",
        "Vélo/Trottinette/Autres: 1 worked out, 0 unchanged, 1 not placed (employees 3)",
        "unknown mode: 0 worked out, 0 unchanged, 1 without a distance (employees 4)",
    ]


def test_many_without_a_distance_are_told_as_a_number() -> None:
    lines = distances._reasons([Lost(Commuter(n, "a", WALK), "why") for n in range(30)])
    assert (len(lines), lines[0], lines[-1]) == (21, "warning: employee 0: why", "warning: … and 10 more without a distance")


@pytest.mark.parametrize(
    ("provider", "replaced", "told"),
    [
        ("estimate", {1}, "1 replaced by estimates, 1 deleted; maps.py --provider google asks again"),
        ("google", {1, 2}, "all replaced"),
        ("google", {1}, "1 replaced, 1 deleted; maps.py --provider estimate works them out"),
        ("recorded", set(), "0 replaced, 2 deleted"),
    ],
)
def test_what_becomes_of_a_distance_that_is_too_old_is_told_with_its_employee(provider: str, replaced: set[int], told: str) -> None:
    (line,) = distances._too_old(Settings(), provider, {1, 2}, replaced)  # type: ignore[arg-type]
    assert line.startswith("warning: 2 distances of Google are older than 30 days (SPORTDATA_GOOGLE_KEEP_DAYS): ")
    assert told in line and line.endswith("(employees 1, 2)")
    assert distances._too_old(Settings(), "estimate", set(), replaced) == []

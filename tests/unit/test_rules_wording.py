"""Distances and durations as people say them."""

from __future__ import annotations

import pytest

from sportdata.rules.wording import de, distance_words, duration_words


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (10_800.0, "10,8 km"), (10_000.0, "10 km"), (10_849.9, "10,8 km"), (999.4, "999 m"), (999.6, "1 km"), (800.0, "800 m"),
        (42_195.0, "42,2 km"), (0.4, None), (0.0, None), (-5.0, None), (None, None), (float("nan"), None), (float("inf"), None),
    ],
)  # fmt: skip
def test_kilometres_with_a_comma_and_no_needless_zero(metres: float | None, words: str | None) -> None:
    assert distance_words(metres) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2_760, "46 min"), (3_900, "1 h 05"), (7_200, "2 h"), (59, "59 s"), (60, "1 min"), (86_400, "24 h"), (2_819, "46 min")],
)
def test_minutes_as_a_watch_shows_them(seconds: int, words: str) -> None:
    assert duration_words(seconds) == words


def test_de_is_elided_before_a_vowel() -> None:
    assert (de("courir"), de("escalader"), de("haleter")) == ("de courir", "d'escalader", "d'haleter")

"""Labels are compared case, accents and blanks aside."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportdata.rules.text import normalise


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (None, ""),
        (" \u00a0\u202f\n", ""),
        ("Vélo/Trottinette/Autres", "velo/trottinette/autres"),
        ("VE\u0301LO/TROTTINETTE/AUTRES", "velo/trottinette/autres"),
        (" Course\u00a0 à\u202fpied ", "course a pied"),
        ("ﬁtness", "fitness"),
        ("İle", "ile"),
    ],
)
def test_case_accents_and_blanks_do_not_make_another_label(written: str | None, key: str) -> None:
    assert normalise(written) == key


@given(st.text())
def test_composed_and_decomposed_text_have_one_key_and_a_key_is_its_own_key(text: str) -> None:
    composed, decomposed = (normalise(unicodedata.normalize(form, text)) for form in ("NFC", "NFD"))
    assert composed == decomposed
    assert normalise(normalise(text)) == normalise(text)

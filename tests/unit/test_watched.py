"""A configuration file is edited while gold runs, or while it does not: the last good content stays in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportdata.contracts.parameters import read_parameters
from sportdata.errors import RefusedInput
from sportdata.jobs.watched import Watched, fingerprint
from sportdata.settings import ROOT

GOOD = (ROOT / "config" / "config.yml").read_text()
FROZEN = GOOD.replace("date_reference: null", "date_reference: 2026-06-15")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.yml"
    file.write_text(FROZEN)
    return file


def test_a_bad_edit_is_reported_and_the_last_good_one_stays(file: Path) -> None:
    watched = Watched(file, read_parameters)
    before = watched.value
    file.write_text("percent: 5")
    assert not watched.look()
    assert (watched.value, watched.text, watched.seen) == (before, FROZEN, fingerprint(file))
    assert watched.warning is not None and "The last good values stay in force" in watched.warning
    file.write_text(GOOD)
    assert watched.look() and watched.warning is None and watched.value != before


def test_a_bad_edit_before_a_start_is_reported_and_the_last_good_one_stays_with_its_frozen_date(file: Path) -> None:
    before = Watched(file, read_parameters)
    file.write_text("percent: 5")
    again = Watched(file, read_parameters, before.text)
    assert (again.value, again.text, again.seen) == (before.value, FROZEN, fingerprint(file))
    assert again.warning is not None and "The last good values stay in force" in again.warning
    file.unlink()
    assert Watched(file, read_parameters, before.text).value == before.value


def test_a_bad_file_at_the_very_first_start_is_refused(file: Path) -> None:
    file.write_text("percent: 5")
    with pytest.raises(RefusedInput):
        Watched(file, read_parameters)

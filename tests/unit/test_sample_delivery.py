"""The sample delivery: the same bytes for the same seed, and the shape of a real one."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from sportdata.contracts.delivery import RH_COLUMNS, SPORT_COLUMNS, parse_address
from sportdata.contracts.distances import known_mode
from sportdata.errors import WrongUse
from sportdata.local.sample_delivery import BLANK_ROWS, write_sample
from sportdata.settings import ROOT
from sportdata.stages.sample_delivery import BUS, MODES, SPORTS, make_people


def test_the_same_seed_gives_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    first = [file.read_bytes() for file in write_sample(tmp_path / "one", 40, seed=3)]
    time.sleep(1.1)  # the workbook's own stamps count in seconds
    assert [file.read_bytes() for file in write_sample(tmp_path / "two", 40, seed=3)] == first


def test_another_seed_gives_other_people() -> None:
    assert {person.employee_id for person in make_people(50, 1)} != {person.employee_id for person in make_people(50, 2)}


def test_the_delivery_of_the_project_is_what_the_script_writes(tmp_path: Path) -> None:
    for file in write_sample(tmp_path, 161, seed=7):
        here = openpyxl.load_workbook(file).worksheets[0]
        there = openpyxl.load_workbook(ROOT / "data" / file.name).worksheets[0]
        assert list(here.values) == list(there.values)


def test_the_workbooks_have_the_columns_the_float_cells_and_the_blank_rows_of_a_delivery(tmp_path: Path) -> None:
    rh, sport = (openpyxl.load_workbook(file).worksheets[0] for file in write_sample(tmp_path, 161, seed=7))
    assert (rh.title, sport.title) == ("Feuille 1", "Feuille 1")
    assert ([cell.value for cell in rh[1]], [cell.value for cell in sport[1]]) == (list(RH_COLUMNS), list(SPORT_COLUMNS))
    assert (rh.max_row, sport.max_row) == (162, 162 + BLANK_ROWS)
    assert rh["D2"].is_date and rh["F2"].is_date


def test_161_people_have_the_shares_of_a_delivery() -> None:
    people = make_people(161, seed=7)
    assert Counter(person.bu for person in people) == BUS
    assert len({person.employee_id for person in people}) == 161
    assert all(10_000 <= person.employee_id <= 99_999 for person in people)
    modes = Counter(known_mode(person.mode) for person in people)
    assert all(abs(modes[mode] - count) <= 1 for mode, count in MODES.items())  # two live and travel together
    assert Counter(person.sport.strip() if person.sport else None for person in people) == SPORTS


def test_a_delivery_has_the_dirty_spots_of_real_ones() -> None:
    people = make_people(161, seed=7)
    addresses = [parse_address(person.adresse) for person in people]
    assert any(address.number is None for address in addresses)
    assert any(address.postcode is None for address in addresses)
    assert any("," not in person.adresse for person in people)
    assert max(Counter(person.adresse for person in people).values()) == 2
    assert any(person.mode not in MODES for person in people)
    assert any(person.nom != person.nom.strip() for person in people)
    assert any(person.sport == "Runing" for person in people)


def test_ids_get_longer_when_there_are_more_people_than_five_digits_hold() -> None:
    people = make_people(60_000, seed=1)
    assert len({person.employee_id for person in people}) == 60_000
    assert min(person.employee_id for person in people) >= 100_000


def test_leavers_are_missing_and_the_others_are_the_same(tmp_path: Path) -> None:
    rh, _ = write_sample(tmp_path, 30, seed=5, leavers=4)
    ids = [row[0] for row in openpyxl.load_workbook(rh).worksheets[0].iter_rows(min_row=2, values_only=True)]
    assert ids == [float(person.employee_id) for person in make_people(30, 5)[:26]]


def test_nobody_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="at least one must stay"):
        write_sample(tmp_path, 3, seed=5, leavers=3)

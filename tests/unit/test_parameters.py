"""`config.yml` is read exactly, or refused with what is wrong and what is allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sportdata.contracts.parameters import read_parameters
from sportdata.errors import RefusedInput
from sportdata.rules.parameters import Parameters

TEXT = """\
prime_sportive: {percent: 0.05}
bien_etre: {min_activities: 15, window_days: 365, days: 5}
distance:
  max_walk_km: 15
  max_bike_km: 25
  office_address: "1362 Av. des Platanes, 34970 Lattes"
date_reference: null
"""
READ = Parameters(Decimal("0.05"), 15, 365, 5, Decimal(15), Decimal(25), "1362 Av. des Platanes, 34970 Lattes", None)


def changed(old: str, new: str) -> Parameters:
    assert old in TEXT
    return read_parameters(TEXT.replace(old, new, 1), "config.yml")


def test_the_documented_file_is_read_exactly() -> None:
    assert read_parameters(TEXT, "config.yml") == READ


def test_the_file_of_the_project_is_accepted() -> None:
    file = Path(__file__).resolve().parents[2] / "config" / "config.yml"
    read_parameters(file.read_text(encoding="utf-8"), str(file))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("0.05", "0", replace(READ, percent=Decimal(0))),
        ("0.05", "1", replace(READ, percent=Decimal(1))),
        ("0.05", "0.0333", replace(READ, percent=Decimal("0.0333"))),
        ("min_activities: 15", "min_activities: 0", replace(READ, min_activities=0)),
        ("365", "1", replace(READ, window_days=1)),
        ("days: 5", "days: 366", replace(READ, wellness_days=366)),
        ("max_walk_km: 15", "max_walk_km: 14.999", replace(READ, max_walk_km=Decimal("14.999"))),
        ("null", "2026-02-28", replace(READ, date_reference=date(2026, 2, 28))),
        ("null", "1900-01-01", replace(READ, date_reference=date(1900, 1, 1))),
        ("null", "9998-12-31", replace(READ, date_reference=date(9998, 12, 31))),
        ("null", '"2026-02-28"', replace(READ, date_reference=date(2026, 2, 28))),
        ("null", "", READ),
    ],
)
def test_every_allowed_value_is_taken_as_typed(old: str, new: str, expected: Parameters) -> None:
    assert changed(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.05", "1.01", "prime_sportive.percent is 1.01; allowed: a number from 0 to 1"),
        ("0.05", "-0.01", "prime_sportive.percent is -0.01"),
        ("0.05", "true", "prime_sportive.percent is True"),
        ("0.05", ".nan", "prime_sportive.percent is nan"),
        ("0.05", "-.inf", "prime_sportive.percent is -inf"),
        ("0.05", "5 %", "prime_sportive.percent is '5 %'"),
        ("0.05", "", "prime_sportive.percent is None"),
        ("percent", "percnt", "prime_sportive.percnt is not a known key; allowed: percent"),
        ("percent", "percnt", "prime_sportive.percent is missing"),
        ("min_activities: 15", "min_activities: -1", "bien_etre.min_activities is -1; allowed: a whole number from 0"),
        ("min_activities: 15", "min_activities: 15.0", "bien_etre.min_activities is 15.0"),
        ("min_activities: 15", "min_activities: yes", "bien_etre.min_activities is True"),
        ("365", "0", "bien_etre.window_days is 0; allowed: a whole number from 1"),
        ("days: 5", "days: 367", "bien_etre.days is 367; allowed: a whole number from 0 to 366"),
        ("max_walk_km: 15", "max_walk_km: -1", "distance.max_walk_km is -1; allowed: kilometres, 0 or more"),
        ("max_walk_km: 15", "max_walk_km: 15.0001", "at most 3 decimals"),
        ("max_bike_km: 25", "max_bike_km: 1000000", "distance.max_bike_km is 1000000"),
        ('"1362 Av. des Platanes, 34970 Lattes"', '" "', "distance.office_address is ' '"),
        ('"1362 Av. des Platanes, 34970 Lattes"', "34970", "distance.office_address is 34970"),
        ("0.05", "9" * 400, "prime_sportive.percent is 9999"),
        ("0.05", "9" * 5000, "Exceeds the limit"),
        ("min_activities: 15", "min_activities: 0x" + "f" * 5000, "bien_etre.min_activities is a value (int) that is too long to be shown"),
        ("null", "0001-06-01", "date_reference is datetime.date(1, 6, 1); allowed: a date from 1900 to 9998"),
        ("null", "1899-12-31", "allowed: a date from 1900 to 9998"),
        ("null", "9999-01-01", "allowed: a date from 1900 to 9998"),
        ("null", "demain", "date_reference is 'demain'; allowed: a date from 1900 to 9998 such as 2026-01-31, or null"),
        ("null", "2026-02-30", "date_reference is '2026-02-30'"),
        ("null", "2026-02-28 10:00:00", "date_reference is datetime"),
        ("date_reference: null\n", "", "date_reference is missing"),
        ("{percent: 0.05}", "5", "prime_sportive is 5; allowed: the key percent"),
        ("{percent: 0.05}", "{percent: 0.05", "line 2"),
        ("max_bike_km", "max_walk_km", "line 5: the key 'max_walk_km' is given twice"),
        ("date_reference", "bien_etre", "line 7: the key 'bien_etre' is given twice"),
        ("date_reference", "? [a]\n", "a key must be a plain word"),
        (TEXT, "", "found None"),
        (TEXT, "- 1", "found [1]"),
        (TEXT, "\x00", "unacceptable character"),
    ],
)
def test_a_mistake_is_refused_with_its_file_key_value_and_what_is_allowed(old: str, new: str, said: str) -> None:
    with pytest.raises(RefusedInput) as refusal:
        changed(old, new)
    message = str(refusal.value)
    assert message.startswith("config.yml")
    assert said in message
    assert "allowed" in message
    assert "\n" not in message


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(RefusedInput, match=r"percent is 7.*window_days is 0"):
        read_parameters(TEXT.replace("0.05", "7").replace("365", "0"), "config.yml")

"""The day of an activity is the day in Paris; the window slides with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sportdata.rules.calendar import in_window, paris_day, today_in_paris


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 1, 14, 22, 59, 59, tzinfo=UTC), date(2026, 1, 14)),
        (datetime(2026, 1, 14, 23, 0, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2026, 7, 14, 21, 59, 59, tzinfo=UTC), date(2026, 7, 14)),
        (datetime(2026, 7, 14, 22, 0, tzinfo=UTC), date(2026, 7, 15)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),  # still winter time
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),  # already summer time
        (datetime(2026, 1, 14, 20, 0, tzinfo=timezone(timedelta(hours=-4))), date(2026, 1, 15)),
        (datetime.max.replace(tzinfo=UTC), date(9999, 12, 30)),
        (datetime.min.replace(tzinfo=UTC), date(1, 1, 2)),
    ],
)
def test_an_instant_belongs_to_its_day_in_paris(instant: datetime, day: date) -> None:
    assert paris_day(instant) == day == today_in_paris(instant)


def test_an_instant_without_a_time_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        paris_day(datetime(2026, 1, 1))


@pytest.mark.parametrize(("age", "inside"), [(-1, False), (0, True), (364, True), (365, False)])
def test_the_window_ends_today_and_begins_just_after_the_same_day_a_year_ago(age: int, inside: bool) -> None:
    reference = date(2026, 11, 22)
    assert in_window(reference - timedelta(days=age), reference, 365) is inside

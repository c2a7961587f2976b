"""The day of an activity is the day in Paris, whatever the time zone it was written in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

# PostgreSQL's timestamps reach further than Python's calendar; what lies outside is held at its edge, a day inside for the time zone.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def paris_day(instant: datetime) -> date:
    """The calendar day in Paris of an aware instant. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone: an instant must say which")
    return min(max(instant, EARLIEST), LATEST).astimezone(PARIS).date()


def today_in_paris(now_utc: datetime) -> date:
    """Today's date in Paris, the clock being passed in."""
    return paris_day(now_utc)


def in_window(day: date, reference: date, window_days: int) -> bool:
    """Whether reference - window_days < day <= reference."""
    return 0 <= (reference - day).days < window_days


class Furthest:
    """The last day that gold has come to. One that was ahead of the calendar has not been lived: it counts only until gold goes back."""

    def __init__(self) -> None:
        self.day = date.min

    def passes(self, day: date, at: datetime) -> bool:
        """Gold is at this day at that instant; returns whether it has been further."""
        self.day = max(day, min(self.day, paris_day(at)))
        return day < self.day

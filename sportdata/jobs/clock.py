"""What time it is, for the calendar of gold and for those who wait for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sportdata.settings import Settings


def wall_clock(settings: Settings) -> Callable[[], datetime]:
    """Now, in UTC, moved by `SPORTDATA_CLOCK_OFFSET_S`."""
    offset = timedelta(seconds=settings.clock_offset_s)
    return lambda: datetime.now(UTC) + offset

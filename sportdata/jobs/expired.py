"""Google's distances are kept no longer than `SPORTDATA_GOOGLE_KEEP_DAYS`, also where nobody runs `maps.py`."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from sportdata.adapters.distances import forget_expired, have_distance
from sportdata.adapters.postgres import connect
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

LOOK_EVERY_S = 3600.0
TRY_AGAIN_AFTER_S = 60.0


class ExpiredDistances:
    """Deletes them once an hour. `notices` says whose, for as long as these have no other distance; or why it could not be done."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._monotonic = settings, monotonic
        self._due = monotonic()
        self._gone: set[int] = set()
        self.notices: list[str] = []

    def look(self) -> None:
        if self._monotonic() < self._due:
            return
        days = self._settings.google_keep_days
        try:
            with connect(self._settings, "sportdata_gold") as connection:
                connection.execute("SET LOCAL lock_timeout = '1s'")  # of a row that somebody is changing: later
                self._gone |= forget_expired(connection, days)
                self._gone -= have_distance(connection, self._gone)
        except (BrokenWorld, psycopg.Error) as error:
            self._due = self._monotonic() + TRY_AGAIN_AFTER_S
            self.notices = [f"distances of Google that are too old could not be deleted: {' '.join(str(error).split())}"]
            return
        self._due = self._monotonic() + LOOK_EVERY_S
        whose = ", ".join(map(str, sorted(self._gone)))
        which = f"distances of Google were older than {days} days (SPORTDATA_GOOGLE_KEEP_DAYS) and are deleted"
        self.notices = [f"{len(self._gone)} {which}: run maps.py (employees {whose})"] if self._gone else []

"""The log of bronze, kept short: whoever looks for a newer version lists all of it.

Gold reads bronze by its log, and what it has not read stays. A gold that is down for longer than `GIVEN_UP_AFTER_S` finds its place gone
and reads all of bronze anew (`jobs.whole_bronze`); until then a log that nobody reads does not grow without end.
"""

from __future__ import annotations

import time

from deltalake import DeltaTable

from sportdata.adapters import delta
from sportdata.adapters.documents import read_document
from sportdata.settings import Settings

GIVEN_UP_AFTER_S = 86_400.0
READ_WITHIN_S = delta.LOG_KEPT.total_seconds() / 2  # what the log no longer keeps is older than such a mark, so gold has read it


class BronzeLog:
    """`has_grown` sets a mark; once gold has read up to it, what is older goes."""

    def __init__(self, settings: Settings, table: DeltaTable) -> None:
        self._gold, self._table = settings.progress / "gold.json", table
        self._mark: tuple[int, float] | None = None
        self._unread_since = time.monotonic()

    def has_grown(self, version: int) -> None:
        """`version`: the newest one that brought rows."""
        now = time.monotonic()
        if self._mark is None:
            self._unread_since = now
        self._mark = (version, now)

    def look(self) -> None:
        if self._mark is None:
            return
        (version, marked_at), now = self._mark, time.monotonic()
        has_read = self._read_by_gold() >= version
        if has_read:
            self._unread_since = now
        if (has_read and now - marked_at < READ_WITHIN_S) or now - self._unread_since > GIVEN_UP_AFTER_S:
            delta.forget_log(self._table)
            self._mark = None

    def _read_by_gold(self) -> int:
        said = read_document(self._gold)
        return said["tables"]["version"] if said else -1

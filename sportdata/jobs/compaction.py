"""Bronze's files, kept few. Appends wait meanwhile, so what takes long is done when no events come."""

from __future__ import annotations

import threading
import time

from deltalake import DeltaTable

from sportdata.adapters import delta

COMPACT_EVERY = 100  # versions, which is as many small files
SMALL, LARGE = 1_000_000, 8_000_000  # bytes; a file of 10 000 events of a backlog has 0.8 MB, so that no two are merged among live changes
THOROUGH_EVERY_S, QUIET_S = 3600.0, 10.0  # looks at every file of the table
KEEP_DAYS = 7  # files that are no part of the table any more, for whoever reads an older version


class Compaction:
    """Appends and compaction take `turns`."""

    def __init__(self, table: DeltaTable, turns: threading.Lock, version: int) -> None:
        """`version`: the newest one that brought rows."""
        self._table, self._turns = table, turns
        self._compacted = table.version()
        self._thorough, self._thorough_at = version, time.monotonic() - THOROUGH_EVERY_S
        self._newest, self._grew_at = version, time.monotonic()

    def look(self, version: int) -> bool:
        """Whether it has compacted; `version` as above."""
        now = time.monotonic()
        if version != self._newest:
            self._newest, self._grew_at = version, now
        since_s = now - self._thorough_at
        is_quiet = now - self._grew_at > QUIET_S
        if version != self._thorough and since_s > (THOROUGH_EVERY_S if is_quiet else 2 * THOROUGH_EVERY_S):
            self.thoroughly()
            self._thorough, self._thorough_at = version, time.monotonic()
        elif version - self._compacted >= COMPACT_EVERY:
            self.quickly()
        else:
            return False
        self._compacted = self._table.version()
        return True

    def quickly(self) -> None:
        with self._turns:
            delta.compact(self._table, SMALL)
        self._table.create_checkpoint()

    def thoroughly(self) -> None:
        with self._turns:
            delta.compact(self._table, LARGE)
            delta.forget(self._table, KEEP_DAYS)
        self._table.create_checkpoint()

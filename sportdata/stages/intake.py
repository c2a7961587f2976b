"""What a stretch of the stream changes in the ledger of announcements. Pure: entries and changes in, entries out.

An activity is new, and waits to be announced, when its id was never in the ledger and the change is a `c`, or an `r` that is not of the
snapshot that found the ledger empty. Everything is safe to take twice: a redelivered change finds the entry it made, and a change that
is older than an entry (by LSN: row locks make it the order of that row) leaves it alone.

A row may change its key. Its entry goes with it while it only waits and the new id is free; else it stays under the old id, remembers
the new one, and hears what happens there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sportdata.contracts.change import Change, Details
from sportdata.contracts.ledger import (
    ALREADY_THERE,
    DELETED,
    KEY_CHANGED,
    OPEN,
    SKIPPED,
    WAITING,
    Entry,
    Landmarks,
)
from sportdata.stages.announce import too_old

Judge = Callable[[Details, Change], str | None]


@dataclass
class Intake:
    """The part of the ledger that a batch touches. `entries` holds all known entries of the ids of the batch, and those whose row has
    come to one of them; with a TRUNCATE in the batch, all open entries as well. `touched` are the ids to save."""

    entries: dict[int, Entry]
    landmarks: Landmarks
    next_rank: int
    longest_age: timedelta
    judge: Judge
    touched: set[int] = field(default_factory=set)
    _by_new_key: dict[int, Entry] = field(init=False)

    def __post_init__(self) -> None:
        open_entries = (entry for entry in self.entries.values() if entry.state in OPEN)
        self._by_new_key = {entry.moved_to: entry for entry in open_entries if entry.moved_to is not None}

    def take(self, change: Change) -> None:
        """Applies one change; the changes of a row must come in the order of the stream."""
        if change.op == "t":
            self._truncated(change)
        elif change.moved_from is not None and change.moved_from != change.id and change.op != "d":
            self._moved(change, change.moved_from)
        elif self._has_left(change.id):
            pass  # the entry of this id is of a row that has moved on; the row here now was announced before it came here
        elif change.op == "d":
            self._deleted(change)
        elif change.op == "u":
            self._updated(change)
        else:
            self._inserted(change)
        if self.landmarks.empty:
            first = change.snapshot or self.landmarks.first_snapshot
            self.landmarks = self.landmarks._replace(empty=False, first_snapshot=first)
        if change.op != "r":
            heard_until = max(change.committed_at, self.landmarks.heard_until or change.committed_at)
            self.landmarks = self.landmarks._replace(heard_until=heard_until)

    def _has_left(self, key: int) -> bool:
        entry = self.entries.get(key)
        return key not in self._by_new_key and entry is not None and entry.state in OPEN and entry.moved_to is not None

    def _of_row(self, key: int) -> Entry | None:
        """The entry of the row that has this key now."""
        return None if self._has_left(key) else self._by_new_key.get(key) or self.entries.get(key)

    def _truncated(self, change: Change) -> None:
        """Deletes all rows that were committed before: TRUNCATE's lock lets no other change of the table run beside it."""
        for entry in self.entries.values():
            if entry.state in OPEN and entry.lsn < change.lsn:
                self._drop(entry, DELETED, change.lsn)
        if change.lsn > self.landmarks.truncated_lsn:
            self.landmarks = self.landmarks._replace(truncated_lsn=change.lsn, truncated_at=change.committed_at)

    def _deleted(self, change: Change) -> None:
        entry = self._of_row(change.id)
        if entry is None:
            self._skip(change, DELETED)
        elif entry.state in OPEN and change.lsn > entry.lsn and change.moved_to is None:
            self._drop(entry, DELETED, change.lsn)

    def _moved(self, change: Change, old_id: int) -> None:
        """A change of primary key: the same activity under another id, in its old place."""
        entry, there = self._of_row(old_id), self.entries.get(change.id)
        follows = entry is not None and entry.state in OPEN and change.lsn > entry.lsn
        if entry is not None and follows and entry.state == WAITING and (there is None or there.state == SKIPPED):
            self._put(Entry(change.id, WAITING, None, change.lsn, entry.rank, entry.committed_at, change.details, entry.alone))
            self._drop(entry, KEY_CHANGED, change.lsn)
            return
        if entry is not None and follows:
            entry.details, entry.lsn = change.details, change.lsn
            self._point(entry, None if change.id == entry.id else change.id)
        if there is None:
            self._skip(change, KEY_CHANGED)
        elif there.reason == DELETED and change.lsn > there.lsn:  # the row here now was announced before it came here
            there.reason, there.lsn = KEY_CHANGED, change.lsn
            self.touched.add(there.id)

    def _point(self, entry: Entry, key: int | None) -> None:
        """Notes where the row of an entry is, when that is not under the entry's own id."""
        if entry.moved_to is not None and self._by_new_key.get(entry.moved_to) is entry:
            del self._by_new_key[entry.moved_to]
        if key is not None:
            self._by_new_key[key] = entry
        entry.moved_to = key
        self.touched.add(entry.id)

    def _updated(self, change: Change) -> None:
        entry = self._of_row(change.id)
        if entry is None:
            self._skip(change, ALREADY_THERE)
        elif entry.state in OPEN and change.lsn > entry.lsn:
            entry.details, entry.lsn = change.details, change.lsn
            self.touched.add(entry.id)

    def _inserted(self, change: Change) -> None:
        entry = self._of_row(change.id)
        if entry is None:
            self._new(change)
        elif (entry.reason in {DELETED, KEY_CHANGED} and change.op == "c" and change.lsn > entry.lsn) or (
            entry.reason == DELETED and change.op == "r"
        ):
            self._returned(entry, change)
        elif entry.state in OPEN and change.op == "r":
            entry.details = change.details  # younger than all that was delivered before it; its LSN says nothing (CONTRACT §9)
            self.touched.add(entry.id)

    def _returned(self, entry: Entry, change: Change) -> None:
        """Inserted again under an id that had been given up before anything was posted: it exists, and nobody has heard of it."""
        if entry.state == SKIPPED:
            self._new(change)
        else:
            entry.reason, entry.details, entry.lsn = None, change.details, _lsn(change)
            self.touched.add(entry.id)

    def _new(self, change: Change) -> None:
        details = change.details
        if details is None:
            raise ValueError(f"a change {change.op} of {change.id} without a row")
        if change.op == "r" and (self.landmarks.empty or change.snapshot == self.landmarks.first_snapshot):
            self._skip(change, ALREADY_THERE)
        elif self._was_truncated(change):
            self._skip(change, DELETED)
        elif reason := too_old(details, self._committed_at(change), self.longest_age) or self.judge(details, change):
            self._skip(change, reason)
        else:
            self._put(Entry(change.id, WAITING, None, _lsn(change), self.next_rank, change.committed_at, details))
            self.next_rank += 1

    def _committed_at(self, change: Change) -> datetime:
        """Of a snapshot's row, the earliest time that its commit may have had: after the last change heard before. How long the stream was
        interrupted makes no activity old."""
        if change.op != "r" or self.landmarks.heard_until is None:
            return change.committed_at
        return min(change.committed_at, self.landmarks.heard_until)

    def _was_truncated(self, change: Change) -> bool:
        """With several partitions a TRUNCATE may arrive before what it deletes. The times tell a new cluster, whose LSNs begin anew."""
        at = self.landmarks.truncated_at
        return change.op == "c" and at is not None and change.lsn < self.landmarks.truncated_lsn and change.committed_at <= at

    def _skip(self, change: Change, reason: str) -> None:
        self._put(Entry(change.id, SKIPPED, reason, change.lsn))

    def _put(self, entry: Entry) -> None:
        self.entries[entry.id] = entry
        self.touched.add(entry.id)

    def _drop(self, entry: Entry, reason: str, lsn: int) -> None:
        """What only waits is settled at once; what is under way keeps its state and will not be tried again."""
        entry.reason, entry.lsn = reason, lsn
        self._point(entry, None)
        if entry.state == WAITING:
            entry.state, entry.details, entry.rank = SKIPPED, None, None


def _lsn(change: Change) -> int:
    """A snapshot's LSN must not make a later event look old."""
    return 0 if change.op == "r" else change.lsn

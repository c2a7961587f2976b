"""The ledger of announcements in memory, for tests without PostgreSQL: what `adapters.ledger.Ledger` promises, none of its SQL."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sportdata.contracts.ledger import (
    OPEN,
    POSTED,
    POSTING,
    REFUSED,
    SKIPPED,
    UNCERTAIN,
    WAITING,
    Entry,
    Landmarks,
    OpenMessage,
    Person,
    State,
    Tally,
)  # fmt: skip

ABANDONED = "abandonnee"


@dataclass
class MemoryLedger:
    """Every employee is active and agrees. `messages`: number → state, detail, message."""

    name: str = "this ledger"
    known: dict[int, Entry] = field(default_factory=dict)
    messages: dict[int, tuple[str, str, OpenMessage]] = field(default_factory=dict)
    marks: Landmarks = field(default_factory=lambda: Landmarks(False, "", 0, None))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def identity(self) -> str:
        return self.name

    def entries(self, ids: Iterable[int], every_open: bool) -> dict[int, Entry]:
        wanted = set(ids)
        found = (one for one in self.known.values() if one.id in wanted or (one.state in OPEN and (every_open or one.moved_to in wanted)))
        return {one.id: copy.copy(one) for one in found}

    def landmarks(self) -> Landmarks:
        return self.marks

    def next_rank(self) -> int:
        return max((one.rank or 0 for one in self.known.values() if one.state in OPEN), default=0) + 1

    def save(self, entries: Iterable[Entry], landmarks: Landmarks) -> None:
        self.known |= {one.id: one for one in entries}
        self.marks = landmarks

    def set_aside(self, unreadable: Sequence[object]) -> int:
        return len(unreadable)

    def people(self, ids: Iterable[int]) -> dict[int, Person]:
        return {one: Person(one, "Juliette", "Mendes", True, True) for one in ids}

    def waiting(self, most: int) -> list[Entry]:
        return sorted(self._in(WAITING), key=lambda one: (one.rank or 0, one.id))[:most]

    def open_message(self, ids: Sequence[int], channel: str | None, text: str) -> OpenMessage:
        message = OpenMessage(len(self.messages) + 1, channel, tuple(ids), text, datetime.now(UTC))
        self._close(message, POSTING, "")
        return message

    def unfinished(self) -> list[OpenMessage]:
        return [message for state, _, message in self.messages.values() if state == POSTING]

    def is_open(self, number: int) -> bool:
        return self.messages[number][0] == POSTING

    def last_refusal(self) -> str | None:
        final = [(state, detail) for state, detail, _ in self.messages.values() if state in {POSTED, REFUSED}]
        return final[-1][1] if final and final[-1][0] == REFUSED else None

    def posted(self, number: int, ts: str) -> None:
        self._close(self.messages[number][2], POSTED, ts)

    def not_posted(self, number: int, detail: str, alone: bool = False) -> None:
        message = self.messages[number][2]
        self.messages[number] = (ABANDONED, detail, message)
        for one in (self.known[each] for each in message.ids):
            one.state, one.alone = (SKIPPED if one.reason else WAITING), one.alone or alone

    def set_state(self, number: int, state: State, detail: str) -> None:
        self._close(self.messages[number][2], state, detail)

    def tally(self) -> Tally:
        waiting = [*self._in(WAITING), *self._in(POSTING)]
        oldest = min((one.committed_at for one in waiting if one.committed_at), default=None)
        return Tally(len(waiting), oldest, len(self._in(UNCERTAIN)), len(self._in(REFUSED)))

    def forget_texts(self, older_than: timedelta) -> int:
        return 0

    def _in(self, state: State) -> list[Entry]:
        return [one for one in self.known.values() if one.state == state]

    def _close(self, message: OpenMessage, state: State, detail: str) -> None:
        self.messages[message.number] = (state, detail, message)
        for each in message.ids:
            self.known[each].state = state

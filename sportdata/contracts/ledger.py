"""The ledger of announcements (`slack.annonces`, `slack.messages`): which activity is announced, waits, or is passed over and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from sportdata.contracts.change import Details

State = Literal["attente", "en_cours", "postee", "ignoree", "refusee", "incertaine"]

WAITING: Final[State] = "attente"
POSTING: Final[State] = "en_cours"  # written before the attempt: after a crash it says that something may have been posted
POSTED: Final[State] = "postee"
SKIPPED: Final[State] = "ignoree"
REFUSED: Final[State] = "refusee"
UNCERTAIN: Final[State] = "incertaine"
OPEN: Final = frozenset({WAITING, POSTING, REFUSED, UNCERTAIN})

# why an activity is not announced, beside the codes of rules.activities.EXCLUDING
ALREADY_THERE: Final = "deja_la"
TOO_OLD: Final = "trop_ancien"
KEY_CHANGED: Final = "cle_changee"
DELETED: Final = "supprimee"
DECLINED: Final = "slack_refuse"


@dataclass(slots=True)
class Entry:
    """One activity. `rank` is its place in the stream, `details` are dropped once nothing is left to say.

    `reason` DELETED in an open state: the row has gone while its message was under way, so it must not be tried again.
    `alone`: a digest that held it was refused; it is posted by itself. `moved_to`: the key that its row has now, where the message could
    not follow (it was under way, or that id has been announced).
    """

    id: int
    state: State
    reason: str | None = None
    lsn: int = 0
    rank: int | None = None
    committed_at: datetime | None = None
    details: Details | None = None
    alone: bool = False
    moved_to: int | None = None


class Landmarks(NamedTuple):
    """What must be remembered of the stream beside single ids."""

    empty: bool  # nothing has ever been seen
    first_snapshot: str  # the snapshot that found the ledger empty: its rows are known, not new
    truncated_lsn: int
    truncated_at: datetime | None
    heard_until: datetime | None = None  # commit time of the latest change that was not a snapshot's


class Person(NamedTuple):
    """All that Slack may know of an employee."""

    employee_id: int
    prenom: str | None
    nom: str | None
    actif: bool
    slack_ok: bool


class OpenMessage(NamedTuple):
    """A message that may or may not have been posted."""

    number: int
    channel: str | None  # None: preview
    ids: tuple[int, ...]
    text: str
    tried_at: datetime


class Tally(NamedTuple):
    """What is open now."""

    waiting: int
    oldest: datetime | None
    uncertain: int
    refused: int

"""How far bronze and gold are: two small documents from which `sportdata wait` proves that nothing is missing."""

from __future__ import annotations

from typing import TypedDict

# After so many seconds without a word a job counts as hanging. A batch of a large backlog holds gold's lock for a while;
# Slack may take its time.
LONGEST_SILENCE_S = {"bronze": 45.0, "gold": 45.0, "slack": 60.0, "connector": 60.0}


class BronzeProgress(TypedDict):
    """Everything of the topic below `offsets` is in bronze at `version` of the table, the newest version that brought rows (-1: none)."""

    pid: int
    topic_id: str
    offsets: dict[str, int]
    version: int
    beat: float


class Face(TypedDict):
    """What a table shows: all events of bronze up to `version`, hr.* as of the `pg_current_snapshot()` in `hr_snapshot`, the files with
    these sha256 (accepted or refused), and the day `date_reference`."""

    version: int
    hr_snapshot: str
    config: str
    sports: str
    date_reference: str


class GoldProgress(TypedDict):
    """`tables` is what the small tables show, `activites` what gold.activites shows, `historique` the tables of the history; `warnings` say
    which input was refused."""

    pid: int
    tables: Face
    activites: Face | None
    historique: Face | None
    warnings: list[str]
    batch_id: int
    beat: float


def covers(later: str, earlier: str) -> bool:
    """Whether all that was visible in the PostgreSQL snapshot `earlier` is visible in `later` (both as `xmin:xmax:xip,…`).

    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    """
    if not later or not earlier:
        return False
    _, late_xmax, late_running = _parts(later)
    _, early_xmax, early_running = _parts(earlier)
    return late_xmax >= early_xmax and {xid for xid in late_running if xid < early_xmax} <= early_running


def _parts(snapshot: str) -> tuple[int, int, set[int]]:
    xmin, xmax, running = snapshot.split(":")
    return int(xmin), int(xmax), {int(xid) for xid in running.split(",") if xid}

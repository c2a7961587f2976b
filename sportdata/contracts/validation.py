"""What a validation says: one outcome an expectation, one verdict a suite and table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

Severity = Literal["critical", "warning", "info"]
Source = Literal["postgres", "gold"]

CRITICAL: Severity = "critical"
WARNING: Severity = "warning"


class SportLimits(NamedTuple):
    """What is plausible for one label of a sport, as recorded. Speeds are km/h, None without a distance; durations are seconds."""

    label: str
    distance: bool
    highest_kmh: float | None
    slowest_kmh: float | None
    shortest_s: int
    longest_s: int


class Rhythm(NamedTuple):
    """Freshness and volume of a table of activities. None where it cannot be said: no activity, or too little history."""

    dernier_jour: date | None
    age_jours: int | None
    plus_longue_pause_jours: int | None
    silence_jours: int | None
    volume_7_jours: int | None
    volume_habituel: float | None
    volume_sur_habituel: float | None


@dataclass(frozen=True)
class Outcome:
    """One expectation on one table. `unexpected` of `rows` break it; None when it is about the table, of which `observed` was found."""

    code: str
    description: str
    severity: Severity
    success: bool
    unexpected: int | None
    rows: int | None
    observed: Any
    examples: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Verdict:
    """One suite on one table, with what it took."""

    suite: str
    table: str
    duration_s: float
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.success)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "success": not self.failed}


def failures(verdicts: Iterable[Verdict], strict: bool) -> Iterator[Outcome]:
    """What makes the data fail: the critical ones, with `strict` the warnings too; never what is only counted."""
    counted = {CRITICAL, WARNING} if strict else {CRITICAL}
    return (outcome for verdict in verdicts for outcome in verdict.failed if outcome.severity in counted)

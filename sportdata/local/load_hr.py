"""`sportdata load-hr`: the two workbooks of a delivery into PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sportdata.adapters.catalogue import catalogue
from sportdata.adapters.hr import Loaded, load_employees
from sportdata.adapters.workbook import read_workbook
from sportdata.contracts.delivery import Remark
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings
from sportdata.stages.delivery import read_delivery

MOST_WARNINGS_A_KIND = 8


def load_hr(settings: Settings, rh: Path, sport: Path, confirm: bool, echo: Callable[[str], None]) -> None:
    """Loads a delivery whole and says what changed, or raises RefusedInput and loads nothing.

    Raises WrongUse when a workbook is not there, BrokenWorld when PostgreSQL or the catalogue of sports is not.
    """
    sports = catalogue(settings)
    now = datetime.now(UTC) + timedelta(seconds=settings.clock_offset_s)
    delivery = read_delivery(read_workbook(rh), read_workbook(sport), sports, today_in_paris(now))
    loaded = load_employees(settings, delivery.employees, confirm)
    for line in _warnings(delivery.warnings):
        echo(line)
    echo(_summary(loaded))


def _warnings(warnings: Iterable[Remark]) -> Iterable[str]:
    kinds: dict[str, list[Remark]] = defaultdict(list)
    for warning in warnings:
        kinds[warning.kind].append(warning)
    for kind, remarks in kinds.items():
        yield f"warning: {kind} ({len(remarks)})"
        yield from (f"  {remark}" for remark in remarks[:MOST_WARNINGS_A_KIND])
        if len(remarks) > MOST_WARNINGS_A_KIND:
            yield f"  … and {len(remarks) - MOST_WARNINGS_A_KIND} more"


def _summary(loaded: Loaded) -> str:
    columns = ", ".join(f"{name} {count}" for name, count in sorted(loaded.columns.items()))
    parts = [
        f"{loaded.added} added",
        f"{loaded.changed} changed" + (f" ({columns})" if columns else ""),
        f"{loaded.left} left",
        f"{loaded.returned} back",
        f"{loaded.unchanged} unchanged",
    ]
    if loaded.distances_dropped:
        plural = "s" if loaded.distances_dropped > 1 else ""
        parts.append(f"{loaded.distances_dropped} distance{plural} dropped: the journey is another one, run maps.py")
    if loaded.distances_expired:
        parts.append(f"{loaded.distances_expired} of Google's distances were too old to be kept (SPORTDATA_GOOGLE_KEEP_DAYS), run maps.py")
    return "employees: " + ", ".join(parts)

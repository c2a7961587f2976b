"""Values of gold as a spreadsheet takes them: days and Paris times within its calendar, text otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from sportdata.adapters.hr_names import Names
from sportdata.contracts.editions import NAMES, Kind, Sheet, Shown, columns_of
from sportdata.rules.calendar import PARIS

_EPOCH, _EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1).toordinal()
_FIRST, _LAST = date(1900, 3, 1).toordinal() - _EPOCH_DAY, date(9999, 12, 30).toordinal() - _EPOCH_DAY  # Excel's, its February 1900 aside
_DAY_US = 86_400_000_000
OUTSIDE = "hors calendrier"


class Edited(NamedTuple):
    """A sheet, the columns that it has in this edition, and the names where they belong to it."""

    sheet: Sheet
    columns: tuple[Shown, ...]
    names: Names | None

    @staticmethod
    def of(sheet: Sheet, names: Names | None) -> Edited:
        return Edited(sheet, columns_of(sheet, names is not None), names)

    @property
    def read(self) -> list[str]:
        """The columns that are gold's."""
        return [column.name for column in self.columns if column not in NAMES]

    def arrays(self, batch: pa.RecordBatch) -> list[Any]:
        """The columns of one batch, in order, the names joined to it."""
        people: list[Any] = batch[self.sheet.person].to_pylist() if self.names is not None and self.sheet.person else []
        named = {
            column.name: pa.array([(self.names or {}).get(who, (None, None))[place] for who in people], pa.string())
            for place, column in enumerate(NAMES)
        }
        return [named[column.name] if column in NAMES else batch[column.name] for column in self.columns]


def values(column: Shown, array: Any) -> Sequence[Any]:
    """One value a row: naive Paris times to the second, dates, numbers; None for NULL unless the column says what stands there."""
    if column.kind == "instant":
        return [_instant(one) for one in array.cast(pa.int64()).to_pylist()]
    if column.kind in ("date", "month"):
        return [_day(one) for one in array.cast(pa.int32()).to_pylist()]
    found: list[Any] = array.to_pylist()
    if column.kind == "metres":
        return [one if one is None or math.isfinite(one) else str(one) for one in found]
    return found if column.null is None else [column.null if one is None else one for one in found]


def paris_time(moment: datetime) -> datetime:
    return moment.astimezone(PARIS).replace(tzinfo=None, microsecond=0)


def _instant(microseconds: int | None) -> datetime | str | None:
    if microseconds is None:
        return None
    if not _FIRST < microseconds // _DAY_US < _LAST:
        return OUTSIDE
    return paris_time(_EPOCH + timedelta(microseconds=microseconds))


def _day(days: int | None) -> date | str | None:
    if days is None:
        return None
    return date.fromordinal(_EPOCH_DAY + days) if _FIRST <= days <= _LAST else OUTSIDE


def single(value: Any, kind: Kind) -> Any:
    """A value that stands by itself, as on the cover."""
    return paris_time(value) if kind == "instant" and value is not None else value


Progress = Callable[[str, int, int], None]
"""Called with a sheet's title, the rows written and the rows in all."""

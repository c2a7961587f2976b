"""HR data as gold has known it, version by version, in a Delta table that is not served to anybody."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.adapters.hr_reader import HrRow
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import HR_VERSIONS
from sportdata.rules.calendar import Furthest, paris_day


class HrVersion(NamedTuple):
    """One employee as read once; `row` is None when it has gone.

    `day` is gold's today at that moment; `behind`: gold had been at a later day by then.
    """

    read_at: datetime
    day: date
    row: HrRow | None
    behind: bool


class HrVersions:
    """The latest known row of each employee (`rows`) and all of them in the order of reading (`all`); `remember` appends what differs."""

    def __init__(self, lake: Lakeside) -> None:
        self._table = delta.ensure(lake, HR_VERSIONS)
        if isinstance(where := delta.path(lake, HR_VERSIONS), Path):
            where.chmod(0o700)
        self.version = 0
        self._furthest = Furthest()
        self.rows: dict[int, HrRow] = {}
        self.all: dict[int, list[HrVersion]] = {}
        for row in sorted(delta.read(lake, HR_VERSIONS), key=lambda row: row["version"]):
            self.version = row.pop("version")
            read_at, day = row.pop("lu_le"), row.pop("jour")
            found = None if row.pop("supprime") else HrRow(**row)
            self._note(row["employee_id"], found, read_at, day or paris_day(read_at))

    @property
    def furthest(self) -> date:
        """The last day that gold had come to, as far as the versions tell."""
        return self._furthest.day

    def _note(self, who: int, row: HrRow | None, read_at: datetime, day: date) -> None:
        self.all.setdefault(who, []).append(HrVersion(read_at, day, row, self._furthest.passes(day, read_at)))
        if row is None:
            self.rows.pop(who, None)
        else:
            self.rows[who] = row

    def remember(self, rows: list[HrRow], now: datetime, today: date) -> dict[int, tuple[HrRow | None, HrRow | None]]:
        """Stores what has changed; returns (before, after) by employee."""
        fresh = {row.employee_id: row for row in rows}
        everyone = self.rows.keys() | fresh.keys()
        changed = {who: (self.rows.get(who), fresh.get(who)) for who in everyone if self.rows.get(who) != fresh.get(who)}
        self._store({who: after for who, (_, after) in changed.items()}, now, today)
        return changed

    def again(self, now: datetime, day: date) -> None:
        """Stores what is in force once more, for another day; who has gone stays gone."""
        self._store({who: self.rows.get(who) for who in self.all}, now, day)

    def _store(self, found: dict[int, HrRow | None], now: datetime, day: date) -> None:
        if not found:
            return
        self.version += 1
        lines = []
        for who, row in found.items():
            last = row or next(one.row for one in reversed(self.all[who]) if one.row)
            said = {"employee_id": who, "version": self.version, "lu_le": now, "jour": day, "supprime": row is None}
            lines.append({**last._asdict(), **said})
        delta.append(self._table, pa.Table.from_pylist(lines, delta.arrow_schema(HR_VERSIONS)))
        for who, row in found.items():
            self._note(who, row, now, day)

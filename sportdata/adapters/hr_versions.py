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
from sportdata.rules.calendar import paris_day


class HrVersion(NamedTuple):
    """One employee as read once; `row` is None when it has gone. `day` is gold's today at that moment."""

    read_at: datetime
    day: date
    row: HrRow | None


class HrVersions:
    """The latest known row of each employee (`rows`) and all of them in the order of reading (`all`); `remember` appends what differs."""

    def __init__(self, lake: Lakeside) -> None:
        self._table = delta.ensure(lake, HR_VERSIONS)
        if isinstance(where := delta.path(lake, HR_VERSIONS), Path):
            where.chmod(0o700)
        self.version = 0
        self.rows: dict[int, HrRow] = {}
        self.all: dict[int, list[HrVersion]] = {}
        for row in sorted(delta.read(lake, HR_VERSIONS), key=lambda row: row["version"]):
            self.version = row.pop("version")
            read_at, day = row.pop("lu_le"), row.pop("jour")
            found = None if row.pop("supprime") else HrRow(**row)
            self._note(row["employee_id"], HrVersion(read_at, day or paris_day(read_at), found))

    def _note(self, who: int, version: HrVersion) -> None:
        self.all.setdefault(who, []).append(version)
        if version.row is None:
            self.rows.pop(who, None)
        else:
            self.rows[who] = version.row

    def remember(self, rows: list[HrRow], now: datetime, today: date) -> dict[int, tuple[HrRow | None, HrRow | None]]:
        """Stores what has changed; returns (before, after) by employee."""
        fresh = {row.employee_id: row for row in rows}
        everyone = self.rows.keys() | fresh.keys()
        changed = {who: (self.rows.get(who), fresh.get(who)) for who in everyone if self.rows.get(who) != fresh.get(who)}
        if changed:
            self.version += 1
            lines = []
            for who, (before, after) in changed.items():
                row = after or before
                assert row is not None  # noqa: S101
                said = {"employee_id": who, "version": self.version, "lu_le": now, "jour": today, "supprime": after is None}
                lines.append({**row._asdict(), **said})
            delta.append(self._table, pa.Table.from_pylist(lines, delta.arrow_schema(HR_VERSIONS)))
            for who, (_, after) in changed.items():
                self._note(who, HrVersion(now, today, after))
        return changed

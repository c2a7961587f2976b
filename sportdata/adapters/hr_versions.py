"""HR data as gold has known it, version by version, in a Delta table that is not served to anybody."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.adapters.hr_reader import HrRow
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import HR_VERSIONS


class HrVersions:
    """The latest known row of each employee; `remember` appends what differs."""

    def __init__(self, lake: Lakeside) -> None:
        self._table = delta.ensure(lake, HR_VERSIONS)
        if isinstance(where := delta.path(lake, HR_VERSIONS), Path):
            where.chmod(0o700)
        self.version = 0
        self.rows: dict[int, HrRow] = {}
        for row in sorted(delta.read(lake, HR_VERSIONS), key=lambda row: row["version"]):
            self.version = row.pop("version")
            row.pop("lu_le")
            if row.pop("supprime"):
                self.rows.pop(row["employee_id"], None)
            else:
                self.rows[row["employee_id"]] = HrRow(**row)

    def remember(self, rows: list[HrRow], now: datetime) -> dict[int, tuple[HrRow | None, HrRow | None]]:
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
                lines.append({**row._asdict(), "employee_id": who, "version": self.version, "lu_le": now, "supprime": after is None})
            delta.append(self._table, pa.Table.from_pylist(lines, delta.arrow_schema(HR_VERSIONS)))
            self.rows = fresh
        return changed

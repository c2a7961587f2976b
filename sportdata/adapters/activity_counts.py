"""What the history needs of gold's memory, read beside it: one moment of it, on a connection that writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sportdata.adapters.gold_memory import READ_ANEW, of_employees
from sportdata.errors import BrokenWorld
from sportdata.rules.activities import IMPOSSIBLE

_POSSIBLE = "(codes = '' OR NOT (" + " OR ".join(f"instr(codes, '{code}')" for code in IMPOSSIBLE) + "))"
_ABSURD_M = 1e12  # the text NaN is greater than any number, for SQLite as for PostgreSQL


class ActivityCounts:
    """Keeps seeing the moment at which it was opened. Raises BrokenWorld when there is no memory."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            raise BrokenWorld(f"gold has not remembered any activity yet: there is no {file}")
        self._db = sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("BEGIN")
        self._db.execute("SELECT count(*) FROM memo").fetchone()  # the moment is that of the first reading

    def close(self) -> None:
        self._db.close()

    def is_complete(self) -> bool:
        """Whether gold knows every activity that its tables show; not while bronze is being read anew."""
        said = dict(self._db.execute("SELECT cle, valeur FROM memo WHERE cle IN ('batch_id', ?)", (READ_ANEW,)))
        return "batch_id" in said and not said.get(READ_ANEW)

    def batch_id(self) -> int:
        """Of gold's last batch."""
        found = self._db.execute("SELECT valeur FROM memo WHERE cle = 'batch_id'").fetchone()
        return int(found[0]) if found else 0

    def days(self, employees: Iterable[int] | None) -> Iterator[tuple[int, int, int]]:
        """(employee, day since 1970, activities that are possible), in that order, of the given employees or of all."""
        for chosen, values in _chosen(employees):
            yield from self._db.execute(
                f"""SELECT employee_id, jour, count(*) FROM activite
                    WHERE present = 1 AND employee_id IS NOT NULL AND jour IS NOT NULL AND {_POSSIBLE} {chosen}
                    GROUP BY employee_id, jour ORDER BY employee_id, jour""",
                values,
            )

    def months(self, employees: Iterable[int] | None, until: int) -> Iterator[tuple[int, str, str | None, int, int, int]]:
        """(employee, first day of the month, label, activities, metres, seconds) of the possible activities up to a day."""
        for chosen, values in _chosen(employees):
            yield from self._db.execute(
                f"""SELECT employee_id, date(jour * 86400, 'unixepoch', 'start of month') AS mois, type_activite, count(*),
                           coalesce(sum(CAST(round(distance_m) AS INTEGER)) FILTER (WHERE distance_m < {_ABSURD_M}), 0), sum(duree_s)
                    FROM activite
                    WHERE present = 1 AND employee_id IS NOT NULL AND jour <= ? AND {_POSSIBLE} {chosen}
                    GROUP BY employee_id, mois, type_activite ORDER BY employee_id""",
                (until, *values),
            )


def _chosen(employees: Iterable[int] | None) -> Iterator[tuple[str, Sequence[Any]]]:
    if employees is None:
        yield "", ()
        return
    for where, values in of_employees(employees):
        yield f"AND {where}", values

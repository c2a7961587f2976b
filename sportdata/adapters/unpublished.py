"""What gold.activites still lacks: the ids whose rows there are not what the memory says. The table a_publier, in turns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from sportdata.adapters.gold_memory import ROW, GoldMemory, of_employees, read_rows

COMMENT = ROW.split(", ").index("commentaire")


class Unpublished:
    """The caller holds the lock of the memory."""

    def __init__(self, memory: GoldMemory) -> None:
        self._memory, self._db = memory, memory.db

    def add_present(self, where: str = "1 = 1", values: tuple[Any, ...] = ()) -> None:
        self.add(f"SELECT id FROM activite WHERE present = 1 AND {where}", values)

    def add_employees(self, employees: Iterable[int]) -> None:
        for where, values in of_employees(employees):
            self.add_present(where, values)

    def add(self, selection: str, values: tuple[Any, ...] = ()) -> None:
        turn = int(self._memory.remembered("tour") or 0) + 1
        self._memory.remember("tour", str(turn))
        self._db.execute(f"INSERT OR REPLACE INTO a_publier SELECT id, {turn} FROM ({selection})", values)

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM a_publier").fetchone()[0])

    def characters(self) -> int:
        """Characters of the comments that are missing."""
        found = self._db.execute("SELECT coalesce(sum(length(commentaire)), 0) FROM a_publier CROSS JOIN activite USING (id)").fetchone()
        return int(found[0])

    def take(self) -> tuple[int, list[tuple[Any, ...]]]:
        """(turn, rows); each row is the activity's, with `present` in front. Nothing is forgotten before `done(turn)`."""
        turn = int(self._memory.remembered("tour") or 0)
        return turn, read_rows(self._db.execute(f"SELECT present, {ROW} FROM activite WHERE id IN (SELECT id FROM a_publier)"), before=1)

    def take_all(self, chunk: int = 50_000, text: int = 32_000_000) -> tuple[int, Iterator[list[tuple[Any, ...]]]]:
        """(turn, chunks of rows): everything that exists, on a connection of its own that keeps seeing this moment.

        A chunk ends after so many rows, or soon after so many characters of comments.
        """
        reader = sqlite3.connect(self._memory.file, check_same_thread=False, isolation_level=None)
        reader.execute("BEGIN")
        turn = int((reader.execute("SELECT valeur FROM memo WHERE cle = 'tour'").fetchone() or [0])[0])

        def chunks() -> Iterator[list[tuple[Any, ...]]]:
            try:
                cursor = reader.execute(f"SELECT present, {ROW} FROM activite WHERE present = 1 ORDER BY id")
                rows: list[tuple[Any, ...]] = []
                long = 0
                while some := read_rows(cursor, before=1, most=1000):
                    rows += some
                    long += sum(len(row[COMMENT + 1] or "") for row in some)
                    if len(rows) >= chunk or long >= text:
                        yield rows
                        rows, long = [], 0
                if rows:
                    yield rows
            finally:
                reader.close()

        return turn, chunks()

    def done(self, turn: int) -> None:
        self._db.execute("DELETE FROM a_publier WHERE tour <= ?", (turn,))

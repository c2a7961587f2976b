"""The file of gold's memory: how it is opened and forgotten, and the small facts in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("gold_memory.sql")
FORM = 2  # of the tables; a memory of another form is forgotten, and bronze is read anew
READ_ANEW = "relu_jusqu_a"  # the version of bronze that it has to reach before it knows what the tables show; "": it does

ROW = "id, employee_id, date_debut, type_activite, distance_m, duree_s, commentaire, jour, compte"  # of an activity, as gold shows it


class GoldMemory:
    """Not thread-safe: the caller holds one lock around it."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        _forget_another_form(file)
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA cache_size = -65536")
        self.db.executescript(SCHEMA.read_text())
        self.db.execute(f"PRAGMA user_version = {FORM}")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def remembered(self, key: str) -> str | None:
        row = self.db.execute("SELECT valeur FROM memo WHERE cle = ?", (key,)).fetchone()
        return row[0] if row else None

    def remember(self, key: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO memo VALUES (?, ?)", (key, value))


def _forget_another_form(file: Path) -> None:
    """A memory that an earlier version has made."""
    with closing(sqlite3.connect(file)) as found:
        [form] = found.execute("PRAGMA user_version").fetchone()
    if form != FORM:
        forget(file)


def forget(file: Path) -> None:
    """Removes a memory, but for the last good texts of the files that people edit: gold begins with them if an edit is refused then."""
    file.parent.mkdir(parents=True, exist_ok=True)
    good: list[tuple[str, str]] = []
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as found:  # a damaged one, or one that has just been made
        good = found.execute("SELECT cle, valeur FROM memo WHERE cle IN ('config.yml', 'sports.yml')").fetchall()
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()
    with closing(sqlite3.connect(file, isolation_level=None)) as begun:
        begun.execute(f"PRAGMA user_version = {FORM}")
        begun.executescript(SCHEMA.read_text())
        begun.executemany("INSERT INTO memo VALUES (?, ?)", good)


def of_employees(employees: Iterable[int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Conditions with their values that choose these employees between them; SQLite takes no endless list."""
    everyone = sorted(employees)
    for start in range(0, len(everyone), 500):
        part = tuple(everyone[start : start + 500])
        yield f"employee_id IN ({', '.join('?' * len(part))})", part


def read_rows(cursor: sqlite3.Cursor, before: int = 0, most: int | None = None) -> list[tuple[Any, ...]]:
    """Rows of `ROW`, with so many columns before it; the distance is a number again."""
    at = before + ROW.split(", ").index("distance_m")
    rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
    return [row if row[at] != "NaN" else (*row[:at], float("nan"), *row[at + 1 :]) for row in rows]

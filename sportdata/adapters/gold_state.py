"""Gold's memory of every activity, in SQLite beside the driver.

It is a cache with a transaction: bronze can rebuild it at any time. What it knows per activity makes the order of CONTRACT §9 a
comparison: a WAL event counts iff its LSN is greater than the one applied to that id; a snapshot row counts iff its snapshot was
first delivered after the last change applied to that id. Within a partition the offset says what came first; between partitions, where
only TRUNCATE and the end of a snapshot reach across, the time at which one producer sent it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from sportdata.adapters.gold_memory import ROW, GoldMemory, of_employees, read_rows
from sportdata.adapters.unpublished import Unpublished

_UPSERT = """
INSERT INTO activite (id, kafka_part, envoye, lsn, generation, present, employee_id, date_debut, type_activite, distance_m, duree_s,
                      commentaire, depuis, jour, codes, compte)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  kafka_part = excluded.kafka_part, envoye = excluded.envoye, lsn = max(activite.lsn, excluded.lsn), generation = excluded.generation,
  present = excluded.present, employee_id = excluded.employee_id, date_debut = excluded.date_debut,
  type_activite = excluded.type_activite, distance_m = excluded.distance_m, duree_s = excluded.duree_s,
  commentaire = excluded.commentaire, jour = excluded.jour, codes = excluded.codes, compte = excluded.compte, depuis = {since}
WHERE {newer}
"""
_SAME = " AND ".join(
    f"activite.{name} IS excluded.{name}"
    for name in ("present", "employee_id", "date_debut", "type_activite", "distance_m", "duree_s", "commentaire")
)
_FROM_WAL = _UPSERT.format(since="excluded.depuis", newer="excluded.lsn > activite.lsn")
_FROM_SNAPSHOT = _UPSERT.format(
    since=f"CASE WHEN {_SAME} THEN activite.depuis ELSE excluded.depuis END", newer="excluded.generation > activite.generation"
)
_JUDGED = "id, employee_id, date_debut, type_activite, distance_m, duree_s"


class Change(NamedTuple):
    """One readable event, in the order of delivery. `day` counts from 1970; times are microseconds."""

    partition: int
    op: str
    id: int | None
    lsn: int
    snapshot_key: str
    snapshot_ends: bool
    present: bool
    former_id: int | None
    employee_id: int | None
    start_us: int | None
    sport: str | None
    distance_m: float | None
    duration_s: int | None
    comment: str | None
    since_us: int | None
    day: int | None
    codes: str
    counts: bool
    sent_us: int


class _Reach(NamedTuple):
    """The last TRUNCATE, or the last row of the youngest complete snapshot: they reach into the other partitions."""

    partition: int
    sent_us: int
    lsn: int
    snapshot_key: str

    def overtook(self, change: Change) -> bool:
        """Whether an older change comes after it all the same; within a partition the offsets see to it."""
        return change.partition != self.partition and change.sent_us < self.sent_us


class GoldState(GoldMemory):
    """Not thread-safe: the caller holds one lock around it. `unpublished` is what gold.activites still lacks."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.anomalies_touched = True
        self.unpublished = Unpublished(self)
        self._generations: dict[tuple[str, int, str], int] = {
            (topic_id, part, key): generation
            for generation, topic_id, part, key in self.db.execute("SELECT generation, topic_id, kafka_part, cle FROM instantane")
        }

    # -- changes --------------------------------------------------------------------------------------------------------------------

    def apply(self, topic_id: str, changes: Iterable[Change]) -> set[int]:
        """Applies changes of one topic in the order given; returns the employees whose activities may have changed."""
        self.db.execute("DELETE FROM touche")
        for op, run in groupby(changes, key=lambda change: change.op if change.op in "rt" else "w"):
            if op == "t":
                self._truncate(max(run, key=lambda change: change.lsn))
            elif op == "r":
                self._snapshot(topic_id, list(run))
            else:
                self._from_wal(topic_id, list(run))
        return {row[0] for row in self.db.execute("SELECT employee_id FROM touche")}

    def _from_wal(self, topic_id: str, changes: list[Change]) -> None:
        truncated, swept = self._truncated(), self._swept()
        rows = []
        for change in changes:
            if change.lsn <= truncated.lsn:
                continue
            generation = self._latest_generation(topic_id, change.partition)
            if change.former_id is not None and change.former_id != change.id:
                rows.append(_row(change, generation, present=False, of=change.former_id))
            rows.append(_row(change, generation, present=change.present and not swept.overtook(change), of=change.id))
        self._write(_FROM_WAL, rows)

    def _snapshot(self, topic_id: str, changes: list[Change]) -> None:
        truncated, swept = self._truncated(), self._swept()
        rows = []
        for change in changes:
            gone = truncated.overtook(change) or (swept.snapshot_key != change.snapshot_key and swept.overtook(change))
            row = _row(change, self._generation(topic_id, change.partition, change.snapshot_key), present=not gone, of=change.id)
            rows.append((*row[:3], 0, *row[4:]))  # a snapshot's LSN says nothing against those of events
        self._write(_FROM_SNAPSHOT, rows)
        for change in changes:
            if change.snapshot_ends:
                self._sweep(topic_id, change)

    def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self.db.execute("DELETE FROM lot")
        self.db.executemany("INSERT OR IGNORE INTO lot VALUES (?)", ((row[0],) for row in rows))
        self._touch_lot()
        self.db.executemany(statement, rows)
        self._touch_lot()
        self.unpublished.add("SELECT id FROM lot")

    def _touch_lot(self) -> None:
        # CROSS JOIN is SQLite's way of saying which table to go through: the few changed ids, never all activities
        if not self.anomalies_touched:
            found = self.db.execute("SELECT EXISTS (SELECT 1 FROM lot CROSS JOIN activite USING (id) WHERE codes <> '')").fetchone()
            self.anomalies_touched = bool(found[0])
        self.db.execute(
            "INSERT OR IGNORE INTO touche SELECT DISTINCT employee_id FROM lot CROSS JOIN activite USING (id) WHERE employee_id IS NOT NULL"
        )

    def _truncated(self) -> _Reach:
        partition, sent_us, lsn = (self.remembered("truncated") or "-1/0/0").split("/")
        return _Reach(int(partition), int(sent_us), int(lsn), "")

    def _swept(self) -> _Reach:
        found = self.db.execute("SELECT kafka_part, envoye, cle FROM instantane_complet ORDER BY envoye DESC LIMIT 1").fetchone()
        partition, sent_us, key = found or (-1, 0, "")
        return _Reach(partition, sent_us, 0, key)

    def _truncate(self, change: Change) -> None:
        if change.lsn <= self._truncated().lsn:
            return
        self.remember("truncated", f"{change.partition}/{change.sent_us}/{change.lsn}")
        older = "present = 1 AND lsn < ? AND (kafka_part = ? OR envoye <= ?)"
        self._remove(older, (change.lsn, change.partition, change.sent_us), "present = 0, lsn = ?", (change.lsn,))

    def _sweep(self, topic_id: str, last: Change) -> None:
        """A complete snapshot names every row there is: what was there before and is not in it has gone unseen."""
        complete = (topic_id, last.snapshot_key, last.partition, last.sent_us)
        if self.db.execute("INSERT OR IGNORE INTO instantane_complet VALUES (?, ?, ?, ?)", complete).rowcount == 0:
            return
        for (part,) in self.db.execute("SELECT DISTINCT kafka_part FROM activite").fetchall():
            # a partition that lags may have none of its rows yet: then the time alone tells
            generation = self._generations.get((topic_id, part, last.snapshot_key), sys.maxsize)
            before = last.sent_us if part != last.partition else sys.maxsize
            older = "present = 1 AND kafka_part = ? AND generation < ? AND envoye < ?"
            self._remove(older, (part, generation, before), "present = 0", ())

    def _remove(self, where: str, values: tuple[Any, ...], change: str, change_values: tuple[Any, ...]) -> None:
        self.anomalies_touched = True
        self.db.execute(
            f"INSERT OR IGNORE INTO touche SELECT DISTINCT employee_id FROM activite WHERE {where} AND employee_id IS NOT NULL", values
        )
        self.unpublished.add(f"SELECT id FROM activite WHERE {where}", values)
        self.db.execute(f"UPDATE activite SET {change} WHERE {where}", (*change_values, *values))

    def _latest_generation(self, topic_id: str, partition: int) -> int:
        """Of the snapshots that began before: all of other topics; of this one, another partition may be ahead."""
        known = self._generations.items()
        return max((number for (topic, part, _), number in known if topic != topic_id or part == partition), default=0)

    def _generation(self, topic_id: str, partition: int, key: str) -> int:
        known = self._generations.get((topic_id, partition, key))
        if known is None:
            known = self._generations[topic_id, partition, key] = max(self._generations.values(), default=0) + 1
            self.db.execute("INSERT INTO instantane VALUES (?, ?, ?, ?)", (known, topic_id, partition, key))
        return known

    def set_aside(self, events: Iterable[tuple[str, str, int, int, str, int | None]]) -> int:
        """Unreadable events: (topic, topic_id, partition, offset, reason, since). Returns how many were not known yet."""
        self.anomalies_touched = True
        return self.db.executemany("INSERT OR IGNORE INTO evenement VALUES (?, ?, ?, ?, ?, ?)", events).rowcount

    # -- judgements -----------------------------------------------------------------------------------------------------------------

    def to_judge(self, where: str = "1 = 1", values: Sequence[int] = (), most: int = 50_000) -> Iterator[list[tuple[Any, ...]]]:
        """What a verdict depends on, so many activities at a time; `judge` may be called in between."""
        after = -(2**63)
        while rows := read_rows(
            self.db.execute(
                f"SELECT {_JUDGED} FROM activite WHERE present = 1 AND id >= ? AND {where} ORDER BY id LIMIT ?", (after, *values, most)
            )
        ):
            yield rows
            if rows[-1][0] == 2**63 - 1:
                break
            after = rows[-1][0] + 1

    def to_judge_of(self, employees: Iterable[int]) -> Iterator[list[tuple[Any, ...]]]:
        for where, values in of_employees(employees):
            yield from self.to_judge(where, values)

    def to_judge_between(self, after_day: int, until_day: int) -> Iterator[list[tuple[Any, ...]]]:
        return self.to_judge("jour > ? AND jour <= ?", (after_day, until_day))

    def judge(self, verdicts: Iterable[tuple[str, bool, int]]) -> None:
        """New verdicts (codes, counts, id) after a change of HR data, of the catalogue or of the day."""
        self.anomalies_touched = True
        self.db.executemany("UPDATE activite SET codes = ?, compte = ? WHERE id = ?", verdicts)

    # -- what the tables are made of ------------------------------------------------------------------------------------------------

    def counts(self, employees: Sequence[int] | None, after_day: int, until_day: int) -> list[tuple[int, int, int | None]]:
        """(employee_id, activities that count in the window, start of the latest that counts) of the given employees, or of all."""
        chosen = "" if employees is None else f"AND employee_id IN ({', '.join('?' * len(employees))})"
        return self.db.execute(
            f"""SELECT employee_id, count(*) FILTER (WHERE jour > ? AND jour <= ?), max(date_debut)
                FROM activite WHERE compte = 1 AND present = 1 {chosen} GROUP BY employee_id""",
            (after_day, until_day, *(employees or ())),
        ).fetchall()

    def anomalies(self) -> list[tuple[Any, ...]]:
        """(codes, depuis, then the row) of every activity that carries one."""
        return read_rows(self.db.execute(f"SELECT codes, depuis, {ROW} FROM activite WHERE codes <> '' AND present = 1"), before=2)

    def events_aside(self) -> list[tuple[Any, ...]]:
        return self.db.execute("SELECT topic, kafka_part, kafka_offset, motif, depuis FROM evenement").fetchall()

    def holds_at_most(self, count: int) -> bool:
        """Whether no more activities exist than that; looks no further."""
        some = self.db.execute("SELECT count(*) FROM (SELECT 1 FROM activite WHERE present = 1 LIMIT ?)", (count + 1,)).fetchone()
        return int(some[0]) <= count


def _row(change: Change, generation: int, present: bool, of: int | None) -> tuple[Any, ...]:
    return (
        of,
        change.partition,
        change.sent_us,
        change.lsn,
        generation,
        int(present),
        change.employee_id,
        change.start_us,
        change.sport,
        _storable(change.distance_m),
        change.duration_s,
        change.comment,
        change.since_us,
        change.day,
        change.codes,
        int(change.counts),
    )


def _storable(number: float | None) -> float | str | None:
    return "NaN" if number is not None and isnan(number) else number

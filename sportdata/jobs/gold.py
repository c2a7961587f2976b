"""The gold job: bronze and HR data → the tables that people look at.

Events, HR data, configuration and the calendar all end in the same place: one complete batch of the small tables (`jobs.publication`).
gold.activites follows in its own thread (`jobs.activites`), and so does the history (`jobs.history`).
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from sportdata.adapters import delta
from sportdata.adapters.documents import read_document, write_atomically
from sportdata.adapters.gold_memory import READ_ANEW
from sportdata.adapters.gold_state import Change, GoldState
from sportdata.adapters.hr_reader import HrReader, HrRow
from sportdata.adapters.hr_versions import HrVersions
from sportdata.adapters.parameter_versions import ParameterVersions
from sportdata.adapters.spark import write_code
from sportdata.contracts.parameters import read_parameters
from sportdata.contracts.progress import Face, GoldProgress
from sportdata.contracts.sports import read_sports
from sportdata.contracts.tables import ACTIVITES, KPIS
from sportdata.errors import BrokenWorld
from sportdata.jobs import measured, whole_bronze
from sportdata.jobs.bronze_stream import BronzeStream
from sportdata.jobs.known import day_number, note_move
from sportdata.jobs.publication import EMPLOYEES_SCHEMA, Publication
from sportdata.jobs.touched import Touched
from sportdata.jobs.watched import Watched
from sportdata.metrics import GOLD_ASIDE, GOLD_REFUSED, GOLD_UNPUBLISHED
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings
from sportdata.stages.gold.columns import sports_rows, with_codes

HR_EVERY_S = 1.0
SPORTS_ARROW: pa.Schema = pa.schema(
    {"cle": delta.arrow_type("string"), "distance": delta.arrow_type("boolean"), "vitesse_max_kmh": delta.arrow_type("double")}
)
ROWS_SCHEMA: pa.Schema = delta.arrow_schema_of(ACTIVITES, "id", "employee_id", "date_debut", "type_activite", "distance_m", "duree_s")


class GoldJob:
    """One at a time per home. `lock` guards the memory; whoever holds it may publish."""

    def __init__(self, spark: SparkSession, settings: Settings, clock: Callable[[], datetime], hr: HrReader | None) -> None:
        self._spark, self._settings, self.now, self._hr = spark, settings, clock, hr
        self.lock = threading.RLock()
        self.state = GoldState(settings.gold_memory)
        self.versions = HrVersions(settings.lake)
        self.parameter_versions = ParameterVersions(settings.lake)
        self.touched = Touched()
        self.parameters = Watched(settings.config, read_parameters, self.state.remembered("config.yml"))
        self.sports = Watched(settings.sports, read_sports, self.state.remembered("sports.yml"))
        self._shown = Publication(spark, settings.lake, self.state, self.versions)
        self._progress_file = settings.progress / "gold.json"
        is_whole = self.state.remembered("batch_id") is not None and not self.state.remembered(READ_ANEW)
        before = read_document(self._progress_file) if is_whole else None
        self.bronze = BronzeStream(spark, settings, self.state, self.lock, before["tables"]["version"] if before else -1)
        self._activites: Face | None = before["activites"] if before else None
        self._history: Face | None = None
        self.hr_snapshot: str = before["tables"]["hr_snapshot"] if before and self.versions.rows else ""
        self._said: GoldProgress | None = None
        self._rows_expected = whole_bronze.MOST_EVENTS  # of a batch: as many as in the one before; a beginning may have much to read
        self._hr_looked_at = 0.0
        self._hr_warning: str | None = None
        self.notices: list[str] = []  # what others of this process have to say beside the warnings
        self.reference = self._today()
        self._open(next(iter(delta.read(settings.lake, KPIS)), None))

    # -- start ----------------------------------------------------------------------------------------------------------------------

    def _open(self, published: dict[str, Any] | None) -> None:
        """`published`: the row of gold.kpis that is there."""
        if self.state.remembered("batch_id") is None:
            with self.state.transaction():
                self.state.remember("batch_id", str(published["batch_id"] if published else 0))
                self.bronze.begin_memory()
        if published:
            # one that was noted last at a day behind was under way there, whether or not that was shown before a crash
            last = self.parameter_versions.all[-1] if self.parameter_versions.all else None
            before = last.day if last and last.behind else published["as_of"]
            note_move(self.versions, self.parameter_versions, before, self.reference, self.now())
        if self._hr is not None:
            self._read_hr(self.reference)
        self.parameter_versions.remember(self.parameters.value, self.now(), self.reference)
        self._set_employees()
        self._set_sports()
        with self.state.transaction():
            self._remember_files()
            if self.state.remembered("judged_with") != self._judged_with():
                self._judge(self.state.to_judge())
                self.state.unpublished.add_present()
        self._shown.count(None, *self._window())
        self._publish()

    @property
    def reads_anew(self) -> bool:
        """The memory is incomplete: what the tables show stays. The caller holds the lock."""
        return self.bronze.reads_anew

    def knows_bronze(self) -> None:
        """From here on everything is published."""
        with self.lock:
            self.bronze.has_read_all()
            self._publish()

    def _publish(self) -> None:
        if not self.reads_anew:
            self._shown.publish(self.parameters.value, self.reference)

    def _judged_with(self) -> str:
        """What the verdicts in memory depend on; when it differs at a start, they are all given anew."""
        return f"{self.sports.seen}/{self.reference}/{self.parameters.value.window_days}/{self.versions.version}"

    def start(self, once: bool = False) -> StreamingQuery:
        """`once`: what bronze holds now. A long reading may go before the stream."""
        return self.bronze.start(self.apply, once)

    # -- events ---------------------------------------------------------------------------------------------------------------------

    def apply(self, batch: DataFrame, _spark_batch: int) -> None:
        """One micro-batch of `changes`. May come again after a crash: the memory then knows everything in it already."""
        with self.lock:
            write_code(batch.sparkSession, self._rows_expected)
            rows = with_codes(batch, self._employees, self._sports, self.reference).drop("date_debut").toArrow()
            self._rows_expected = len(rows)
            if not len(rows):  # a compaction, or a commit without events
                return
            with self.state.transaction():
                touched = self._remember(_verdicts(rows).to_pylist())
                self._shown.count(touched, *self._window())
            self.touched.add(touched)
            self._publish()
        committed: Any = pc.min_max(rows["since_us"]).as_py()
        measured.shown("gold", committed["min"], committed["max"])

    def _remember(self, rows: list[dict[str, Any]]) -> set[int]:
        self._aside([row for row in rows if row["erreur"] is not None])
        sent = json.loads(self.state.remembered("sent") or "{}")
        ordered = in_order((row for row in rows if row["erreur"] is None and row["op"] is not None), sent)
        self.state.remember("sent", json.dumps(sent))
        touched: set[int] = set()
        for topic in dict.fromkeys(row["topic_id"] for row in ordered):
            readable = (row for row in ordered if row["topic_id"] == topic)
            touched |= self.state.apply(topic, map(_change, readable))
        return touched

    def _aside(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            new = self.state.set_aside((r["topic"], r["topic_id"], r["partition"], r["offset"], r["erreur"], r["sent_us"]) for r in rows)
            GOLD_ASIDE.inc(new)

    # -- HR data, configuration, calendar -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Called every half second: follows hr.*, the two files and the date; costs next to nothing when nothing has changed."""
        with self.lock:
            window = self._window()
            changed = self.parameters.look()
            sports_changed = self.sports.look()
            today = self._today()
            note_move(self.versions, self.parameter_versions, self.reference, today, self.now())
            hr_changed = self._read_hr(today) if self._hr is not None and time.monotonic() - self._hr_looked_at >= HR_EVERY_S else {}
            if not (changed or sports_changed or hr_changed or today != self.reference):
                return
            self.touched.add(hr_changed.keys(), hr=True)
            if changed and self.parameter_versions.remember(self.parameters.value, self.now(), today):
                self.touched.add_rules()
            if sports_changed or today != self.reference:
                self.touched.add_everything()
            with self.state.transaction():
                self._remember_files()
                self.reference = today
                if hr_changed:
                    self._set_employees()
                    self._rejudge_employees(hr_changed)
                if sports_changed:
                    self._set_sports()
                    self._judge(self.state.to_judge())
                    self.state.unpublished.add_present()
                if self._window() != window:
                    self._move_window(window)
                self.state.remember("judged_with", self._judged_with())
                self._shown.count(None, *self._window())
            self._publish()

    def _remember_files(self) -> None:
        """A bad edit while gold is down finds the last good one at the next start."""
        self.state.remember("config.yml", self.parameters.text)
        self.state.remember("sports.yml", self.sports.text)

    def _today(self) -> date:
        return self.parameters.value.date_reference or today_in_paris(self.now())

    def _window(self) -> tuple[int, int]:
        """(first day before the window, last day in it)."""
        last = day_number(self.reference)
        return last - self.parameters.value.window_days, last

    def _move_window(self, before: tuple[int, int]) -> None:
        after = self._window()
        if before[1] != after[1]:
            self._judge(self.state.to_judge_between(min(before[1], after[1]), max(before[1], after[1])))
            self.state.unpublished.add_present("jour > ? AND jour <= ?", (min(before[1], after[1]), max(before[1], after[1])))
        self.state.unpublished.add_present("(jour > ? AND jour <= ?) <> (jour > ? AND jour <= ?)", (*before, *after))

    def _read_hr(self, today: date) -> dict[int, tuple[HrRow | None, HrRow | None]]:
        assert self._hr is not None  # noqa: S101
        self._hr_looked_at = time.monotonic()
        try:
            snapshot, rows = self._hr.look(self.hr_snapshot)
        except BrokenWorld as error:
            self._hr_warning = f"{error}; the last known HR data stay in force"
            return {}
        self._hr_warning = None
        changed = self.versions.remember(rows, self.now(), today) if rows is not None else {}
        self.hr_snapshot = snapshot
        return changed

    def _rejudge_employees(self, changed: dict[int, tuple[HrRow | None, HrRow | None]]) -> None:
        judged_by = [who for who, (old, new) in changed.items() if _judged_fields(old) != _judged_fields(new)]
        self._judge(self.state.to_judge_of(judged_by))
        shown_by = {who for who, (old, new) in changed.items() if (old and old.bu) != (new and new.bu)}
        self.state.unpublished.add_employees(shown_by | set(judged_by))

    def _set_employees(self) -> None:
        rows = [row._asdict() for row in self.versions.rows.values()]
        self._shown.employees = pa.Table.from_pylist(rows, EMPLOYEES_SCHEMA)
        self._employees = self._spark.createDataFrame(self._shown.employees)

    def _set_sports(self) -> None:
        columns = list(zip(*sports_rows(self.sports.value), strict=True))
        self._sports = self._spark.createDataFrame(pa.table([pa.array(values) for values in columns], schema=SPORTS_ARROW))

    def _judge(self, parts: Iterable[list[tuple[Any, ...]]]) -> None:
        """Gives the verdict on remembered activities anew, with the same Spark columns as for events."""
        for part in parts:
            columns = list(zip(*part, strict=True))
            table = pa.table([pa.array(values, kind) for values, kind in zip(columns, ROWS_SCHEMA.types, strict=True)], schema=ROWS_SCHEMA)
            write_code(self._spark, len(table))
            frame = with_codes(self._spark.createDataFrame(table), self._employees, self._sports, self.reference)
            verdicts = _verdicts(frame.select("id", "jour", "codes", "compte").toArrow()).to_pylist()
            self.state.judge((row["codes"], row["compte"], row["id"]) for row in verdicts)
        self.state.remember("judged_with", self._judged_with())

    # -- progress -----------------------------------------------------------------------------------------------------------------------

    def face(self) -> Face:
        """What the tables show now; nothing is claimed of what a memory that is incomplete has not shown. The caller holds the lock."""
        known = not self.reads_anew
        return Face(
            version=self.bronze.version if known else -1,
            hr_snapshot=self.hr_snapshot if known else "",
            config=self.parameters.seen,
            sports=self.sports.seen,
            date_reference=self.reference.isoformat(),
        )

    def activites_show(self, turn: int, face: Face) -> None:
        """gold.activites has all that was missing until this turn, when gold showed this; the caller holds the lock."""
        with self.state.transaction():
            self.state.unpublished.done(turn)
        self._activites = face

    def history_shows(self, turn: int, face: Face) -> None:
        """The history has taken up all that was touched until this turn, when gold showed this; the caller holds the lock."""
        self.touched.done(turn)
        self._history = face

    def report(self) -> None:
        """Publishes how far gold is; `sportdata wait` relies on never reading too much here."""
        self.bronze.look()
        with self.lock:
            if self.bronze.is_complete():
                self.knows_bronze()
            face = self.face()
            unpublished = self.state.unpublished.count()
            if unpublished == 0:
                self._activites = face
            if not self.touched.pending:
                self._history = face
            warnings = [text for text in (self.parameters.warning, self.sports.warning, self._hr_warning) if text]
            batch_id = int(self.state.remembered("batch_id") or 0)
        self._said = GoldProgress(
            pid=os.getpid(), tables=face, activites=self._activites, historique=self._history, batch_id=batch_id,
            warnings=[*warnings, *self.notices], beat=time.time(),
        )  # fmt: skip
        write_atomically(self._progress_file, self._said)
        GOLD_UNPUBLISHED.set(unpublished)
        GOLD_REFUSED.set(len(warnings))

    def still_at_it(self) -> None:
        """A long batch holds the lock: what was said last holds as of now."""
        if self._said:
            write_atomically(self._progress_file, {**self._said, "beat": time.time()})


def _verdicts(rows: pa.Table) -> pa.Table:
    """`jour` and `codes` as the memory keeps them: `day`, days since 1970, and one text."""
    codes = pc.binary_join(rows["codes"].cast(pa.list_(pa.string())), ",")
    kept = rows.drop_columns(["jour", "codes"]).append_column("day", rows["jour"].cast(pa.int32()))
    return kept.append_column("codes", codes)  # type: ignore[arg-type]  # a ChunkedArray, since rows["codes"] is one


def in_order(events: Iterable[dict[str, Any]], sent: dict[str, int]) -> list[dict[str, Any]]:
    """Each partition by its offsets, and the partitions merged by the time at which things were sent, as far as that never goes back.

    `sent` holds the latest of these times by partition, and is brought up to date: how events fall into batches makes no difference.
    """
    rows = sorted(events, key=lambda row: (row["topic_id"], row["partition"], row["offset"]))
    for row in rows:
        place = f"{row['topic_id']}/{row['partition']}"
        row["sent_us"] = sent[place] = max(row["sent_us"], sent.get(place, row["sent_us"]))
    return sorted(rows, key=lambda row: row["sent_us"])


def _judged_fields(row: HrRow | None) -> tuple[bool, date | None]:
    return (False, None) if row is None else (row.actif, row.date_embauche)


def _change(row: dict[str, Any]) -> Change:
    return Change(
        partition=row["partition"], op=row["op"], id=row["id"], lsn=row["lsn"], snapshot_key=row["snapshot_key"],
        snapshot_ends=bool(row["ends"]), present=row["present"], former_id=row["ancien_id"], employee_id=row["employee_id"],
        start_us=row["start_us"], sport=row["type_activite"], distance_m=row["distance_m"], duration_s=row["duree_s"],
        comment=row["commentaire"], since_us=row["since_us"], day=row["day"], codes=row["codes"] or "", counts=row["compte"],
        sent_us=row["sent_us"],
    )  # fmt: skip

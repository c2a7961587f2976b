"""`sportdata export`: gold at one moment as a workbook, CSV or Parquet."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.status import Status

from sportdata.adapters import edition_csv, edition_parquet, edition_xlsx
from sportdata.adapters.edition_values import Edited
from sportdata.adapters.gold_snapshot import GoldSnapshot
from sportdata.adapters.hr_names import Names, read_names
from sportdata.adapters.whole_files import written_whole
from sportdata.contracts.editions import ACTIVITIES_SHEET, SHEETS, Format, Sheet, Shown
from sportdata.contracts.tables import ACTIVITES, ELIGIBILITES, KPIS, KPIS_HISTORIQUE, PARAMETRES, Table
from sportdata.errors import BrokenWorld
from sportdata.rules.declarations import A_VERIFIER, INCONNUE, INCORRECTE
from sportdata.settings import Settings
from sportdata.stages.export.cover import Line, Source, cover

TITLE = "Sport Data Solution : primes sportives et journées bien-être"
HR_WARNING = "warning: this edition holds names beside amounts that tell salaries; it is open to its owner alone (mode 0600): keep it so"


@dataclass(frozen=True)
class Wanted:
    """What a person asked for."""

    form: Format
    folder: Path
    is_hr: bool = False
    with_activities: bool = False

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return (*SHEETS, ACTIVITIES_SHEET) if self.with_activities else SHEETS


def run_export(settings: Settings, wanted: Wanted, out: Console, now: datetime | None = None) -> int:
    refuse_containers(settings, "export")
    began = time.monotonic()
    gold = GoldSnapshot(settings.lake, [sheet.table for sheet in wanted.sheets])
    edition = _Edition(wanted, gold, read_names(settings) if wanted.is_hr else None, now or datetime.now(UTC))
    for name in trailing(gold):
        out.print(f"warning: {name} does not show the last batch yet: `sportdata wait`, then again", markup=False)
    with out.status("writing") as status:
        files = edition.write(_Shown(status))
    for file in files:
        out.print(f"{file} ({file.stat().st_size:,} bytes)", markup=False)
    took_s = time.monotonic() - began
    out.print(f"batch {gold.batch_id}, as of {gold.kpis['as_of']}: {edition.total_rows:,} rows in {took_s:.1f} s", markup=False)
    if wanted.is_hr:
        out.print(HR_WARNING, markup=False)
    return 0


class _Edition:
    """What is to be written, and from what."""

    def __init__(self, wanted: Wanted, gold: GoldSnapshot, names: Names | None, now: datetime) -> None:
        self._wanted, self._gold, self._names, self._now = wanted, gold, names, now
        self._rows = {sheet: gold.count(sheet.table) for sheet in wanted.sheets}
        self._suffix = "-rh" if wanted.is_hr else ""

    @property
    def total_rows(self) -> int:
        return sum(self._rows.values())

    def write(self, progress: _Shown) -> list[Path]:
        """The files, each whole."""
        if self._wanted.form == "xlsx":
            return self._write_book(progress)
        return self._write_csv(progress) if self._wanted.form == "csv" else self._write_parquet(progress)

    def _lines(self) -> list[Line]:
        gold = self._gold
        sources = [
            Source(one.title, self._rows[one], gold.batch_of(one.table), gold.version(one.table) if one.table in gold else None)
            for one in self._wanted.sheets
        ]
        return list(cover(gold.kpis, gold.parameters, sources, self._now, self._wanted.is_hr))

    def _write_book(self, progress: _Shown) -> list[Path]:
        for sheet, rows in self._rows.items():
            edition_xlsx.check_rows(sheet.title, rows)
        file = self._wanted.folder / f"sport-data{self._suffix}-{self._gold.kpis['as_of']}.xlsx"
        with written_whole([file], self._wanted.is_hr) as beside:
            book = edition_xlsx.EditionBook(TITLE, self._now)
            book.cover(TITLE, self._lines())
            for sheet, rows in self._rows.items():
                part = Edited.of(sheet, self._names)
                book.add(part, rows, self._batches(part), progress)
            book.save(beside[file])
        return [file]

    def _write_csv(self, progress: _Shown) -> list[Path]:
        summary = self._wanted.folder / f"synthese{self._suffix}.csv"
        files = {sheet: self._file(sheet) for sheet in self._wanted.sheets}
        with written_whole([summary, *files.values()], self._wanted.is_hr) as beside:
            edition_csv.write_cover(beside[summary], self._lines())
            for sheet, file in files.items():
                part = Edited.of(sheet, self._names)
                edition_csv.write_csv(beside[file], part, self._rows[sheet], self._batches(part), progress)
        return list(beside)

    def _write_parquet(self, progress: _Shown) -> list[Path]:
        sheets = (*(_as_it_is(table) for table in (KPIS, PARAMETRES)), *self._wanted.sheets)
        files = {sheet: self._file(sheet) for sheet in sheets}
        with written_whole(list(files.values()), self._wanted.is_hr) as beside:
            for sheet, file in files.items():
                part = Edited.of(sheet, self._names)
                edition_parquet.write_parquet(beside[file], part, self._rows.get(sheet, 1), self._batches(part), progress)
        return list(beside)

    def _file(self, sheet: Sheet) -> Path:
        return self._wanted.folder / f"{sheet.table.name}{self._suffix}.{self._wanted.form}"

    def _batches(self, part: Edited) -> Iterator[pa.RecordBatch]:
        return self._gold.batches(part.sheet.table, part.read, part.sheet.order)


def _as_it_is(table: Table) -> Sheet:
    """A table that the cover tells in the other formats."""
    return Sheet(table, table.name, tuple(Shown(column.name, column.name, "text") for column in table.columns))


class _Shown:
    """What is being written, on the line of a status."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def __call__(self, title: str, done: int, rows: int) -> None:
        self._status.update(f"{title}: {done:,} of {rows:,} rows")


def trailing(gold: GoldSnapshot) -> list[str]:
    """Which of the slower tables have not come up with gold.kpis yet, as far as can be told."""
    found = []
    today = next((row for row in gold.rows(KPIS_HISTORIQUE) if row["jour"] == gold.kpis["as_of"] and row["bu"] is None), None)
    if today is None or any(today[name] != value for name, value in _of_the_hired(gold).items()):
        found.append(KPIS_HISTORIQUE.full_name)
    if ACTIVITES in gold and gold.in_window() != gold.kpis["activities"]:
        found.append(ACTIVITES.full_name)
    return found


def _of_the_hired(gold: GoldSnapshot) -> dict[str, Any]:
    """The figures of gold.kpis that the history must show for the same day, without those who are still to come: it counts from the hiring
    date, gold.kpis by who is active."""
    to_come = gold.still_to_come()
    others = [row for row in gold.rows(ELIGIBILITES) if row["employee_id"] in to_come] if to_come else []
    states = Counter(row["declaration_etat"] for row in others)
    less = {
        "employees": len(others),
        "prime_total_eur": sum(row["montant_prime_euros"] for row in others),
        "prime_employees": sum(row["prime_sportive"] for row in others),
        "pending_eur": sum(row["montant_en_attente_euros"] for row in others),
        "wellness_employees": sum(row["jours_bien_etre"] for row in others),
        "wellness_days": sum(row["nb_jours_bien_etre"] for row in others),
        "wrong_declarations": states[INCORRECTE],
        "to_check": states[A_VERIFIER],
        "unknown_distances": states[INCONNUE],
        "activities": sum(row["nb_activites"] for row in others),
    }
    return {name: gold.kpis[name] - value for name, value in less.items()}


def refuse_containers(settings: Settings, verb: str) -> None:
    """The lake of the containers is a volume of theirs, which this machine does not see."""
    if settings.beside_containers:
        raise BrokenWorld(
            f"the stack runs in containers, whose lake `sportdata {verb}` cannot read from here: "
            f'docker compose run --rm --no-deps -v "$PWD/out:/out" commands python -m sportdata {verb} --out /out (docs/exports.md)'
        )

"""The workbook of an edition. It holds no formula: every text is a cell of text, marked so that editing it does not make it one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from sportdata.adapters.edition_values import Edited, Progress, single, values
from sportdata.contracts.editions import Kind
from sportdata.errors import WrongUse
from sportdata.rules.spreadsheet import begins_like_a_formula, cell_text

MOST_ROWS = 1_048_576  # of a sheet, the header included
NUMBER_FORMATS: dict[Kind, str] = {
    "id": "0",
    "count": "#,##0",
    "money": '#,##0.00\\ "€"',
    "km": "#,##0.000",
    "metres": "#,##0",
    "hours": "#,##0.00",
    "share": "0.0##\\ %",
    "date": "dd/mm/yyyy",
    "month": "mm/yyyy",
    "instant": "dd/mm/yyyy\\ hh:mm:ss",
}
_WIDTHS: dict[Kind, int] = {"text": 24, "instant": 20, "money": 16}
_HEADER, _SECTION = PatternFill("solid", fgColor="FF1F3A5F"), PatternFill("solid", fgColor="FFE3E9F1")


def check_rows(title: str, rows: int) -> None:
    """Raises WrongUse when a sheet cannot hold so many rows."""
    if rows >= MOST_ROWS:
        raise WrongUse(
            f"{title}: {rows} rows, and a sheet of a workbook holds {MOST_ROWS - 1} below its header; take --format csv or parquet"
        )


class EditionBook:
    """One sheet after the other, then `save`. The same content and moment give the same bytes."""

    def __init__(self, title: str, now: datetime) -> None:
        self._book = Workbook(write_only=True)
        properties = self._book.properties
        properties.creator, properties.title, properties.language = "Sport Data Solution", title, "fr-FR"
        properties.created = properties.modified = self._now = now.replace(tzinfo=None, microsecond=0)

    def cover(self, title: str, lines: Iterable[tuple[str, str, Any, Kind]]) -> None:
        """Sections with labels and values below a title."""
        sheet = self._sheet("Synthèse", (60, 56))
        sheet.append([_styled(sheet, title, Font(bold=True, size=16))])
        before = ""
        for section, label, value, kind in lines:
            if section != before:
                sheet.append([])
                sheet.append([_styled(sheet, section, Font(bold=True), _SECTION), _styled(sheet, None, Font(), _SECTION)])
                before = section
            cell = _Template(sheet, kind, Alignment(horizontal="right", wrap_text=kind == "text", vertical="top"))
            sheet.append([_Template(sheet, "text").holding(label), cell.holding(single(value, kind))])
        sheet.close()

    def add(self, edited: Edited, rows: int, batches: Iterable[pa.RecordBatch], progress: Progress) -> None:
        columns, title = edited.columns, edited.sheet.title
        check_rows(title, rows)
        sheet = self._sheet(title, [max(_WIDTHS.get(one.kind, 12), min(len(one.header) + 4, 30)) for one in columns])
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(rows, 1) + 1}"
        header = Alignment(wrap_text=True, vertical="center")
        sheet.append([_styled(sheet, one.header, Font(bold=True, color="FFFFFFFF"), _HEADER, header) for one in columns])
        try:
            self._fill(sheet, edited, batches, lambda done: progress(title, done, rows))
        finally:
            sheet.close()  # also on Ctrl-C: a writer that is left open complains when the process ends

    @staticmethod
    def _fill(sheet: Any, edited: Edited, batches: Iterable[pa.RecordBatch], progress: Callable[[int], None]) -> None:
        columns, done = edited.columns, 0
        templates = [_Template(sheet, column.kind) for column in columns]
        for batch in batches:
            for row in zip(*(values(column, array) for column, array in zip(columns, edited.arrays(batch), strict=True)), strict=True):
                sheet.append([template.holding(value) for template, value in zip(templates, row, strict=True)])
            done += batch.num_rows
            progress(done)

    def save(self, file: Path) -> None:
        with _Archive(file, self._now) as archive:
            ExcelWriter(self._book, archive).save()

    def _sheet(self, title: str, widths: Sequence[int]) -> Any:  # the stubs of a write-only sheet know little of it
        sheet: Any = self._book.create_sheet(title)
        for place, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9  # A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        return sheet


class _Template:
    """A cell that is filled anew for each row: its style is looked up once, which is most of the time a cell takes."""

    def __init__(self, sheet: Any, kind: Kind, alignment: Alignment | None = None) -> None:
        self._cells = []
        for is_formula_like in (False, True):
            cell = WriteOnlyCell(sheet)
            cell.number_format = "@" if is_formula_like else NUMBER_FORMATS.get(kind, "General")
            cell.quotePrefix = is_formula_like
            if alignment is not None:
                cell.alignment = alignment
            self._cells.append(cell)

    def holding(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self._cells[0].value = value
            return self._cells[0]
        text = cell_text(value)
        cell = self._cells[begins_like_a_formula(text)]
        cell.value = text
        cell.data_type = "s"  # whatever it looks like
        return cell


def _styled(sheet: Any, text: str | None, font: Font, fill: PatternFill | None = None, alignment: Alignment | None = None) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = font
    if fill is not None:
        cell.fill = fill
    if alignment is not None:
        cell.alignment = alignment
    return cell


class _Archive(zipfile.ZipFile):
    """A zip whose entries carry the moment of the edition, not that of writing."""

    def __init__(self, file: Path, moment: datetime) -> None:
        super().__init__(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._date = moment.timetuple()[:6]

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(self._entry(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        with Path(filename).open("rb") as source, self.open(self._entry(arcname), "w", force_zip64=True) as target:
            while block := source.read(1 << 20):
                target.write(block)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._date)
        entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
        return entry

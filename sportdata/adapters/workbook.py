"""Excel workbooks through openpyxl: raw rows in, the same bytes out for the same content."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from sportdata.contracts.delivery import Row, Sheet, Workbook, same_name
from sportdata.errors import RefusedInput, WrongUse

# what openpyxl lets through when a file is no workbook, or half of one
_NOT_A_WORKBOOK = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    NotImplementedError,
    OSError,  # of openpyxl, which reads from memory: a .docx, a .xlsb
)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WRITTEN_ON = datetime(2025, 1, 1)


def find_file(path: Path) -> Path:
    """The file a path means, its name matched in any Unicode normal form, case and surrounding blanks aside.

    Raises WrongUse when there is none, or more than one.
    """
    if path.is_file():
        return path
    wanted = _file_key(path)
    here = sorted(entry for entry in path.parent.iterdir() if entry.is_file()) if path.parent.is_dir() else []
    found = [entry for entry in here if _file_key(entry) == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUse(f"{path}: {len(found)} files have this name but for case or accents' encoding; keep one")
    names = ", ".join(repr(entry.name) for entry in here if entry.suffix.strip().lower() == path.suffix.strip().lower())
    raise WrongUse(f"{path}: no such file; the folder holds {names or f'no {path.suffix} file'}")


def _file_key(path: Path) -> tuple[str, str]:
    return same_name(path.stem), same_name(path.suffix)


def read_workbook(path: Path) -> Workbook:
    """Every sheet of a workbook, with the rows that hold something and their Excel numbers; formulas as the values last seen.

    Raises WrongUse when there is no such file, RefusedInput when it is not a workbook.
    """
    file = find_file(path)
    try:
        content = BytesIO(file.read_bytes())
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}") from error
    try:
        book = openpyxl.load_workbook(content, read_only=True, data_only=True)
        sheets = tuple(_sheet(sheet) for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet))
    except _NOT_A_WORKBOOK as error:
        raise RefusedInput(f"{file} is not a workbook (.xlsx) that can be read: {error}") from error
    return Workbook(file.name, sheets)


def _sheet(sheet: ReadOnlyWorksheet) -> Sheet:
    sheet.reset_dimensions()  # some writers state a range smaller than what they wrote
    rows = (Row(number, tuple(cell.value for cell in cells)) for number, cells in enumerate(sheet.rows, 1))
    held = tuple(row for row in rows if any(_holds_something(cell) for cell in row.cells))
    return Sheet(str(sheet.title), held, is_hidden=sheet.sheet_state != "visible")


def _holds_something(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def write_workbook(path: Path, title: str, header: Sequence[str], rows: Sequence[Sequence[object]], blank_rows: int = 0) -> None:
    """One sheet: a header, rows (dates as D/M/YYYY), then `blank_rows` formatted rows without a value, as spreadsheets leave them.

    The same content gives the same bytes, whenever it is written.
    """
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    for column, name in enumerate(header, 1):
        longest = max((len(row[column - 1]) for row in rows if isinstance(row[column - 1], str)), default=0)  # type: ignore[arg-type]
        sheet.column_dimensions[get_column_letter(column)].width = 2 + max(len(name), longest)
    for cells in sheet.iter_rows(min_row=2, max_row=1 + len(rows)):
        for cell in cells:
            if isinstance(cell, Cell) and isinstance(cell.value, datetime):
                cell.number_format = "D/M/YYYY"
    for number in range(2 + len(rows), 2 + len(rows) + blank_rows):
        for column in range(1, len(header) + 1):
            sheet.cell(number, column).alignment = Alignment(vertical="bottom")
    book.properties.creator = "sportdata"
    book.properties.created = _WRITTEN_ON
    raw = BytesIO()
    book.save(raw)
    path.write_bytes(_without_clock(raw))


def _without_clock(archive: BytesIO) -> bytes:
    """The archive with every time of writing replaced: openpyxl stamps both the entries and `docProps/core.xml`."""
    out = BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + _WRITTEN_ON.isoformat().encode() + b"Z", content)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            target.writestr(entry, content)
    return out.getvalue()

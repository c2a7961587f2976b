"""A CSV of recorded distances, as a spreadsheet or a script wrote it."""

from __future__ import annotations

import csv
from pathlib import Path

from sportdata.adapters.workbook import find_file
from sportdata.contracts.delivery import same_name
from sportdata.contracts.distances import RECORDED_COLUMNS, RecordedRow
from sportdata.errors import RefusedInput


def read_recorded(path: Path) -> list[RecordedRow]:
    """The lines of `employee_id,mode,distance_km` (commas or semicolons, other columns ignored) as text.

    Raises WrongUse when there is no such file, RefusedInput when it is no UTF-8 CSV with these columns or a line lacks one.
    """
    file = find_file(path)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise RefusedInput(f"{file} is not UTF-8 text: save it as CSV UTF-8") from error
    header = lines[0] if lines else ""
    reader = csv.reader(lines, delimiter=";" if header.count(";") > header.count(",") else ",")
    rows: list[RecordedRow] = []
    places: list[int] = []
    try:
        for cells in reader:
            if not places:
                names = [same_name(cell) for cell in cells]
                missing = [column for column in RECORDED_COLUMNS if column not in names]
                if missing:
                    raise RefusedInput(f"{file}, line 1: the column {', '.join(missing)} is missing; found {header!r}")
                places = [names.index(column) for column in RECORDED_COLUMNS]
            elif any(cell.strip() for cell in cells):
                if len(cells) <= max(places):
                    raise RefusedInput(f"{file}, line {reader.line_num}: {len(cells)} values where the header has {len(names)}")
                rows.append(RecordedRow(reader.line_num, *(cells[place] for place in places)))
    except csv.Error as error:
        raise RefusedInput(f"{file}, line {reader.line_num}: {error}") from error
    if not rows:
        raise RefusedInput(f"{file} holds no distance")
    return rows

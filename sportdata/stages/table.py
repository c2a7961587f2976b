"""One sheet of a workbook read by column name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sportdata.contracts.delivery import ID, Remark, Row, Sheet, Workbook, same_name
from sportdata.stages import cells

Value = TypeVar("Value")


class Table:
    """One sheet read by column name; problems and warnings gather on the way."""

    def __init__(self, book: Workbook, columns: tuple[str, ...]) -> None:
        self.file = book.file
        self.problems: list[Remark] = []
        self.warnings: list[Remark] = []
        sheet, others = _chosen(book, columns)
        self.sheet = sheet.title
        self.rows = sheet.rows[1:]
        header = _header(sheet)
        self.places = {column: header.index(same_name(column)) for column in columns if same_name(column) in header}
        for column in columns:
            number = sheet.rows[0].number if sheet.rows else None
            if column not in self.places:
                self._problem(number, column, None, "the column is missing" + _where_hidden(book, column))
            elif header.count(same_name(column)) > 1:
                self._problem(number, column, column, "the column is there more than once")
        for other in others:
            self._problem(None, ID, ID, f"the sheet {other.title!r} has all the columns too: keep one of them, or hide the others")
        if not self.problems and not self.rows:
            self._problem(None, ID, None, "no row")

    def cell(self, row: Row, column: str) -> object:
        place = self.places[column]
        return row.cells[place] if place < len(row.cells) else None

    def read(self, row: Row, column: str, reader: Callable[[object], Value]) -> Value | None:
        """What a cell means; None, and one more problem, when its reader refuses it."""
        try:
            return reader(self.cell(row, column))
        except ValueError as error:
            self._problem(row.number, column, self.cell(row, column), str(error))
            return None

    def text(self, row: Row, column: str) -> str | None:
        return cells.text(self.cell(row, column))

    def ids(self) -> list[tuple[int, Row]]:
        """The rows with their employee, each employee once; the others become problems."""
        first: dict[int, Row] = {}
        for row in self.rows:
            employee_id = self.read(row, ID, cells.employee_id)
            if employee_id is None:
                continue
            if employee_id in first:
                self._problem(row.number, ID, employee_id, f"the id is already in row {first[employee_id].number}")
            else:
                first[employee_id] = row
        return list(first.items())

    def warn(self, kind: str, row: Row, column: str, detail: str) -> None:
        self.warnings.append(Remark(kind, self.file, self.sheet, row.number, column, self.cell(row, column), detail))

    def _problem(self, row: int | None, column: str, value: object, detail: str) -> None:
        self.problems.append(Remark("refused", self.file, self.sheet, row, column, value, detail))


def _chosen(book: Workbook, columns: tuple[str, ...]) -> tuple[Sheet, list[Sheet]]:
    """The visible sheet that has most of the columns, the first of equals; and the others that could be meant as well."""
    seen = [sheet for sheet in book.sheets if not sheet.is_hidden and sheet.rows]
    wanted = {same_name(column) for column in columns}
    whole = [sheet for sheet in seen if wanted <= set(_header(sheet)) and sheet.rows[1:]]
    if whole:
        return whole[0], whole[1:]
    best = max(seen, key=lambda sheet: len(wanted & set(_header(sheet))), default=None)
    return best or Sheet(book.sheets[0].title if book.sheets else "", ()), []


def _where_hidden(book: Workbook, column: str) -> str:
    hidden = next((sheet for sheet in book.sheets if sheet.is_hidden and same_name(column) in _header(sheet)), None)
    return f" (the sheet {hidden.title!r} has it, and is hidden)" if hidden else ""


def _header(sheet: Sheet) -> list[str]:
    return [same_name(cell) if isinstance(cell, str) else "" for cell in sheet.rows[0].cells] if sheet.rows else []

"""A delivery's raw rows become employees, or are refused whole with every reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sportdata.contracts.delivery import (
    ADRESSE,
    BU,
    DATE_EMBAUCHE,
    DATE_NAISSANCE,
    ID,
    JOURS_CP,
    MOYEN_DEPLACEMENT,
    NOM,
    PRENOM,
    RH_COLUMNS,
    SALAIRE_BRUT,
    SPORT,
    SPORT_COLUMNS,
    TYPE_CONTRAT,
    Delivery,
    EmployeRow,
    Remark,
    Row,
    Sheet,
    Workbook,
    parse_address,
    same_name,
)
from sportdata.contracts.distances import known_mode
from sportdata.errors import RefusedInput
from sportdata.rules.sports import Catalogue
from sportdata.rules.text import normalise
from sportdata.stages import cells

MOST_PROBLEMS_SHOWN = 20

Value = TypeVar("Value")


class _Table:
    """One sheet read by column name; problems and warnings gather on the way."""

    def __init__(self, book: Workbook, columns: tuple[str, ...]) -> None:
        self.file = book.file
        self.problems: list[Remark] = []
        self.warnings: list[Remark] = []
        sheet = next((sheet for sheet in book.sheets if same_name(ID) in _header(sheet)), None)
        sheet = sheet or next((sheet for sheet in book.sheets if sheet.rows), Sheet(book.sheets[0].title if book.sheets else "", ()))
        self.sheet = sheet.title
        self.rows = sheet.rows[1:]
        header = _header(sheet)
        self.places = {column: header.index(same_name(column)) for column in columns if same_name(column) in header}
        for column in columns:
            number = sheet.rows[0].number if sheet.rows else None
            if column not in self.places:
                self._problem(number, column, None, "the column is missing")
            elif header.count(same_name(column)) > 1:
                self._problem(number, column, column, "the column is there more than once")
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


def _header(sheet: Sheet) -> list[str]:
    return [same_name(cell) if isinstance(cell, str) else "" for cell in sheet.rows[0].cells] if sheet.rows else []


def read_delivery(rh: Workbook, sport: Workbook, catalogue: Catalogue, today: date) -> Delivery:
    """The employees of a delivery, in the order of the HR workbook, and what HR should look at.

    Raises RefusedInput that lists what is wrong in both workbooks: columns missing, no row, ids missing, duplicated or not
    positive whole numbers, salaries missing, negative or not amounts, dates that are none or after `today`.
    """
    people, sports = _Table(rh, RH_COLUMNS), _Table(sport, SPORT_COLUMNS)
    employees: list[EmployeRow] = []
    if not people.problems:
        employees = [row for row in (_employee(people, employee_id, row, today) for employee_id, row in people.ids()) if row]
    labels = _sports(sports, catalogue, {row.employee_id for row in employees}) if not sports.problems else {}
    problems = people.problems + sports.problems
    if problems:
        raise RefusedInput(_refusal(problems))
    return Delivery(
        tuple(_with_sport(employee, labels.get(employee.employee_id)) for employee in employees),
        tuple(people.warnings + sports.warnings),
    )


def _employee(table: _Table, employee_id: int, row: Row, today: date) -> EmployeRow | None:
    salaire = table.read(row, SALAIRE_BRUT, cells.amount)
    naissance = table.read(row, DATE_NAISSANCE, lambda cell: cells.day(cell, today))
    embauche = table.read(row, DATE_EMBAUCHE, lambda cell: cells.day(cell, today))
    if salaire is None:
        return None
    _look_at(table, row)
    return EmployeRow(
        employee_id=employee_id,
        nom=table.text(row, NOM),
        prenom=table.text(row, PRENOM),
        date_naissance=naissance,
        bu=table.text(row, BU),
        date_embauche=embauche,
        salaire_brut=salaire,
        type_contrat=table.text(row, TYPE_CONTRAT),
        jours_cp=_days(table, row),
        adresse=table.text(row, ADRESSE),
        moyen_deplacement=table.text(row, MOYEN_DEPLACEMENT),
        sport=None,
    )


def _look_at(table: _Table, row: Row) -> None:
    """Warns of what is accepted but should be put right."""
    if known_mode(table.text(row, MOYEN_DEPLACEMENT)) is None:
        table.warn("unknown mode", row, MOYEN_DEPLACEMENT, "read as no active mode (sans_objet)")
    address = parse_address(table.text(row, ADRESSE))
    parts = {"number": address.number, "postcode": address.postcode, "commune": address.commune}
    missing = [f"no {name}" for name, part in parts.items() if part is None]
    if missing:
        table.warn("incomplete address", row, ADRESSE, ", ".join(missing))
    for column in (NOM, PRENOM, BU, DATE_NAISSANCE, DATE_EMBAUCHE):
        if table.text(row, column) is None:
            table.warn("empty cell", row, column, "left empty")


def _days(table: _Table, row: Row) -> int | None:
    try:
        return cells.days(table.cell(row, JOURS_CP))
    except ValueError as error:
        table.warn("unreadable days", row, JOURS_CP, f"{error}; left empty")
        return None


def _sports(table: _Table, catalogue: Catalogue, employees: set[int]) -> dict[int, str | None]:
    labels: dict[int, str | None] = {}
    for employee_id, row in table.ids():
        if employee_id not in employees:
            table.warn("unknown employee", row, ID, "not in the HR workbook; the row is left out")
            continue
        label = labels[employee_id] = table.text(row, SPORT)
        if label is None:
            continue
        sport = catalogue.find(label)
        if sport is None:
            table.warn("unknown sport", row, SPORT, "not in the catalogue of sports; kept as it is")
        elif normalise(label) != normalise(sport.nom):
            table.warn("misspelt sport", row, SPORT, f"read as {sport.nom!r}")
    return labels


def _with_sport(employee: EmployeRow, sport: str | None) -> EmployeRow:
    return replace(employee, sport=sport)


def _refusal(problems: list[Remark]) -> str:
    shown = [f"- {problem}" for problem in problems[:MOST_PROBLEMS_SHOWN]]
    if len(problems) > MOST_PROBLEMS_SHOWN:
        shown.append(f"- … and {len(problems) - MOST_PROBLEMS_SHOWN} more")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"the delivery is refused and nothing was loaded: {count}", *shown])

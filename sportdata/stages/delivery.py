"""A delivery's raw rows become employees, or are refused whole with every reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

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
    Workbook,
    parse_address,
)
from sportdata.contracts.distances import known_mode
from sportdata.errors import RefusedInput
from sportdata.rules.sports import Catalogue
from sportdata.rules.text import normalise
from sportdata.stages import cells
from sportdata.stages.table import Table

MOST_PROBLEMS_SHOWN = 20


def read_delivery(rh: Workbook, sport: Workbook, catalogue: Catalogue, today: date) -> Delivery:
    """The employees of a delivery, in the order of the HR workbook, and what HR should look at.

    Raises RefusedInput that lists what is wrong in both workbooks: columns missing, no row, ids missing, duplicated or not
    positive whole numbers, salaries missing, negative or not amounts, dates that are none or after `today`.
    """
    people, sports = Table(rh, RH_COLUMNS), Table(sport, SPORT_COLUMNS)
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


def _employee(table: Table, employee_id: int, row: Row, today: date) -> EmployeRow | None:
    salaire = table.read(row, SALAIRE_BRUT, cells.amount)
    naissance = table.read(row, DATE_NAISSANCE, lambda cell: cells.day(cell, today))
    embauche = table.read(row, DATE_EMBAUCHE, lambda cell: cells.day(cell, today))
    if salaire is None:
        return None
    if cells.has_more_than_cents(table.cell(row, SALAIRE_BRUT)):
        table.warn("rounded salary", row, SALAIRE_BRUT, f"rounded to {salaire}")
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


def _look_at(table: Table, row: Row) -> None:
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


def _days(table: Table, row: Row) -> int | None:
    try:
        return cells.days(table.cell(row, JOURS_CP))
    except ValueError as error:
        table.warn("unreadable days", row, JOURS_CP, f"{error}; left empty")
        return None


def _sports(table: Table, catalogue: Catalogue, employees: set[int]) -> dict[int, str | None]:
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

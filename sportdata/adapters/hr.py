"""Loads a delivery into `hr.employes`, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from psycopg import sql

from sportdata.adapters.distances import forget_expired
from sportdata.adapters.postgres import Connection, connect
from sportdata.contracts.delivery import EmployeRow
from sportdata.errors import RefusedInput
from sportdata.rules.text import normalise
from sportdata.settings import Settings

COLUMNS = tuple(field.name for field in fields(EmployeRow))
# Strictly more leavers than one in ten is more likely half a delivery than a wave of departures.
MOST_LEAVERS = 10


@dataclass(frozen=True)
class Loaded:
    """What a load changed, in numbers of employees; `columns` says how many of the changed ones changed in which column.

    An employee who is back with other values counts as returned and as changed.
    """

    added: int
    changed: int
    columns: dict[str, int]
    left: int
    returned: int
    unchanged: int
    distances_dropped: int
    distances_expired: int


@dataclass(frozen=True)
class _Stored:
    employee: EmployeRow
    actif: bool


def load_employees(settings: Settings, employees: Sequence[EmployeRow], confirm: bool) -> Loaded:
    """Makes the delivery the truth: new rows, changed rows, and who has left (absent) or is back.

    Rows that do not change are not touched. A distance goes with the address or mode it was worked out for, and Google's when it is too
    old to be kept. Raises RefusedInput when more than a tenth of the active employees would leave and `confirm` is False.
    """
    with connect(settings, "sportdata_hr") as connection:
        connection.execute("LOCK TABLE hr.employes IN SHARE ROW EXCLUSIVE MODE")
        stored = _read(connection)
        leavers = _leavers(stored, employees, confirm)
        new = [employee for employee in employees if employee.employee_id not in stored]
        old = [employee for employee in employees if employee.employee_id in stored]
        differing = {
            employee.employee_id: [
                name for name in COLUMNS if getattr(employee, name) != getattr(stored[employee.employee_id].employee, name)
            ]
            for employee in old
        }
        back = {employee.employee_id for employee in old if not stored[employee.employee_id].actif}
        touched = [employee for employee in old if differing[employee.employee_id] or employee.employee_id in back]
        with connection.cursor() as cursor:
            cursor.executemany(_insert(), [_values(employee) for employee in new])
            cursor.executemany(_update(), [(*_values(employee)[1:], employee.employee_id) for employee in touched])
        connection.execute("UPDATE hr.employes SET actif = false WHERE employee_id = ANY(%s)", (leavers,))
        moved = [e.employee_id for e in old if differing[e.employee_id] and _journey(e) != _journey(stored[e.employee_id].employee)]
        dropped = connection.execute("DELETE FROM hr.distances WHERE employee_id = ANY(%s)", (moved,)).rowcount
        expired = forget_expired(connection, settings.google_keep_days)
    return Loaded(
        added=len(new),
        changed=sum(bool(names) for names in differing.values()),
        columns=dict(Counter(name for names in differing.values() for name in names)),
        left=len(leavers),
        returned=len(back),
        unchanged=len(old) - len(touched),
        distances_dropped=dropped,
        distances_expired=len(expired),
    )


def _leavers(stored: dict[int, _Stored], employees: Sequence[EmployeRow], confirm: bool) -> list[int]:
    active = {employee_id for employee_id, row in stored.items() if row.actif}
    leavers = sorted(active - {employee.employee_id for employee in employees})
    if len(leavers) * MOST_LEAVERS > len(active) and not confirm:
        raise RefusedInput(
            f"{len(leavers)} of {len(active)} active employees are not in the delivery and would have left: more than 10 %; "
            "nothing was loaded. Is it whole? If so, load it again with --confirm"
        )
    return leavers


def _journey(employee: EmployeRow) -> tuple[str | None, str]:
    return employee.adresse, normalise(employee.moyen_deplacement)


def _read(connection: Connection) -> dict[int, _Stored]:
    query = sql.SQL("SELECT {}, actif FROM hr.employes").format(_names())
    return {row[0]: _Stored(EmployeRow(*row[:-1]), row[-1]) for row in connection.execute(query)}


def _values(employee: EmployeRow) -> tuple[Any, ...]:
    return tuple(getattr(employee, name) for name in COLUMNS)


def _names() -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, COLUMNS))


def _insert() -> sql.Composed:
    return sql.SQL("INSERT INTO hr.employes ({}) VALUES ({})").format(_names(), sql.SQL(", ").join(sql.Placeholder() * len(COLUMNS)))


def _update() -> sql.Composed:
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in COLUMNS[1:])
    return sql.SQL("UPDATE hr.employes SET {}, actif = true WHERE employee_id = %s").format(assignments)

"""Gold's view of the HR data, read as the role that may see neither names nor addresses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import psycopg

from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

_SELECT = """
SELECT e.employee_id, e.bu, e.date_embauche, e.salaire_brut, e.moyen_deplacement, e.actif, e.modifie_le,
       d.distance_m, coalesce(d.incertitude_m, 0), d.calcule_le
FROM hr.employes e LEFT JOIN hr.distances d USING (employee_id)
"""


class HrRow(NamedTuple):
    """What gold needs of one employee: money, mode and distance."""

    employee_id: int
    bu: str | None
    date_embauche: date | None
    salaire_brut: Decimal | None
    moyen_deplacement: str | None
    actif: bool
    modifie_le: datetime | None
    distance_m: int | None
    incertitude_m: int
    calcule_le: datetime | None


class HrReader:
    """Keeps one connection; notices a change by hr.journal without reading the data anew."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def look(self, seen: str) -> tuple[str, list[HrRow] | None]:
        """(snapshot, rows): rows are None when nothing of hr.* has been committed since the snapshot `seen` ("" for never).

        Raises BrokenWorld when PostgreSQL cannot be asked; the next call tries anew.
        """
        try:
            connection = self._connected()
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                snapshot = str(connection.execute("SELECT pg_current_snapshot()::text").fetchone()[0])  # type: ignore[index]
                if seen and not self._changed(connection, seen):
                    return snapshot, None
                rows = connection.execute(_SELECT).fetchall()
                return snapshot, [HrRow(*row) for row in rows]  # type: ignore[arg-type]
        except psycopg.Error as error:
            self.close()
            raise BrokenWorld(f"postgres: HR data cannot be read: {str(error).strip().splitlines()[0]}") from error

    def _changed(self, connection: psycopg.Connection[tuple[object, ...]], seen: str) -> bool:
        query = """SELECT EXISTS (SELECT FROM hr.journal
                   WHERE transaction >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
                     AND NOT pg_visible_in_snapshot(transaction, %(seen)s::pg_snapshot))"""
        return bool(connection.execute(query, {"seen": seen}).fetchone()[0])  # type: ignore[index]

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._settings.dsn("sportdata_gold"))
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

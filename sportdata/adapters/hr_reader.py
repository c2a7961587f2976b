"""Gold's view of the HR data, read as the role that may see neither names nor addresses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import psycopg

from sportdata.adapters.held import held_date, held_instant
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

# NUMERIC can be NaN, no decimal of Arrow's can: such a salary is one that is not known.
_SELECT = f"""
SELECT e.employee_id, e.bu, {held_date("e.date_embauche")}, nullif(e.salaire_brut, 'NaN'), e.moyen_deplacement, e.actif,
       {held_instant("e.modifie_le")}, d.distance_m, coalesce(d.incertitude_m, 0), {held_instant("d.calcule_le")}
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

        A connection's first look reads the rows in any case: PostgreSQL may have been put back to an earlier day, with lower numbers.
        Raises BrokenWorld when PostgreSQL cannot be asked; the next call tries anew.
        """
        try:
            connection, is_new = self._connected()
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                snapshot = str(connection.execute("SELECT pg_current_snapshot()::text").fetchone()[0])  # type: ignore[index]
                if seen and not is_new and not self._changed(connection, seen):
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

    def _connected(self) -> tuple[psycopg.Connection[tuple[object, ...]], bool]:
        if self._connection is not None and not self._connection.closed:
            return self._connection, False
        self._connection = psycopg.connect(self._settings.dsn("sportdata_gold"))
        return self._connection, True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

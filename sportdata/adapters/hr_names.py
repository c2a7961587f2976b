"""Names of employees, for the editions that HR alone may read."""

from __future__ import annotations

from sportdata.adapters.postgres import connect
from sportdata.settings import Settings

Names = dict[int, tuple[str | None, str | None]]
"""Employee → family name, first name."""


def read_names(settings: Settings) -> Names:
    """Of everybody who works or has worked here. Raises BrokenWorld when PostgreSQL does not answer."""
    with connect(settings, "sportdata_hr") as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute("SELECT employee_id, nom, prenom FROM hr.employes")}

"""`public.sport_activities` as the role sportdata_writer sees it, with what it may know of employees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import psycopg

from sportdata.adapters.postgres import Connection
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.rules.sports import Sportif

Row = tuple[int, datetime, str, float | None, int, str | None]

COLUMNS = "employee_id, date_debut, type_activite, distance_m, duree_s, commentaire"
TYPES = ["int4", "timestamptz", "text", "float8", "int4", "text"]
GENERATORS_LOCK = 7_310_365  # any number: two generators at once wait for each other


def active_sportifs(connection: Connection, wanted: int | None = None) -> list[Sportif]:
    """The employees who have not left, or the first `wanted` of them, by id. Raises WrongUse when HR knows none, or fewer."""
    rows = connection.execute("SELECT employee_id, sport, date_embauche FROM hr.employes WHERE actif ORDER BY employee_id")
    people = [Sportif(*row) for row in rows]
    if not people:
        raise WrongUse("HR knows no active employee: load a delivery with `sportdata load-hr --rh FILE --sport FILE`")
    if wanted is not None and wanted > len(people):
        raise WrongUse(
            f"{wanted} employees are asked for, HR knows {len(people)} active ones: make a larger delivery with "
            f"`python -m sportdata.local.sample_delivery --employees {wanted}`, then load it with `sportdata load-hr`"
        )
    return people[:wanted]


def lock(connection: Connection) -> None:
    """Until the end of the transaction, no other generator writes."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [GENERATORS_LOCK])


def is_empty(connection: Connection) -> bool:
    """Whether there is no activity at all."""
    return connection.execute("SELECT 1 FROM public.sport_activities LIMIT 1").fetchone() is None


def copy(connection: Connection, rows: Iterable[Row]) -> int:
    """Writes rows by COPY in the current transaction; returns how many. Raises BrokenWorld when PostgreSQL breaks off."""
    written = 0
    statement = f"COPY public.sport_activities ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as pipe:
            pipe.set_types(TYPES)
            for row in rows:
                pipe.write_row(row)
                written += 1
    except (psycopg.OperationalError, psycopg.IntegrityError) as error:  # the latter: somebody took the next ids meanwhile
        why, _, _ = str(error).strip().partition("\n")
        raise BrokenWorld(
            f"PostgreSQL broke off after {written} activities ({why}). None of them is kept, it is one "
            "transaction: run this again once `sportdata status` says ready"
        ) from error
    return written


def insert(connection: Connection, row: Row) -> int:
    """Writes one row; returns the id that it was given."""
    statement = f"INSERT INTO public.sport_activities ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s) RETURNING id"
    given = connection.execute(statement, row).fetchone()
    if given is None:
        raise BrokenWorld("public.sport_activities kept no row: a trigger or a rule swallows the INSERT")
    return int(given[0])

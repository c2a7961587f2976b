"""What the suites need to know of PostgreSQL before its activities are checked where they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg

from sportdata.adapters import checked
from sportdata.adapters.postgres import Connection, connect
from sportdata.errors import BrokenWorld
from sportdata.settings import Role, Settings

ROLE: Role = "sportdata_validator"

# Sorts and hashes of a million rows fit; compiling takes longer than it saves.
FOR_WHOLE_TABLES = "-c work_mem=128MB -c temp_buffers=64MB -c jit=off"


def open_connection(settings: Settings) -> Connection:
    """A connection of the validator's own, for whoever keeps a pool. It may read, and keep what it read for as long as it lasts."""
    return psycopg.connect(settings.dsn(ROLE), options=FOR_WHOLE_TABLES)


@contextmanager
def _reading(settings: Settings) -> Iterator[Connection]:
    with connect(settings, ROLE) as connection:
        try:
            yield connection
        except psycopg.OperationalError as error:
            raise BrokenWorld(f"PostgreSQL stopped answering: {str(error).strip()} (see `sportdata status`)") from error
        except psycopg.ProgrammingError as error:
            said = str(error).splitlines()[0]
            raise BrokenWorld(
                f"public.sport_activities cannot be checked: {said}; `sportdata down`, then `sportdata up`, brings rights up to date"
            ) from error


def labels(settings: Settings) -> list[str | None]:
    """The sports as recorded, each once."""
    with _reading(settings) as connection:
        return [label for (label,) in connection.execute(checked.POSTGRES_LABELS.encode())]


def activities_by_day(settings: Settings, today: date, look_back_days: int) -> dict[date, int]:
    """How many activities there are on each day (Paris) up to today."""
    with _reading(settings) as connection:
        return dict(connection.execute(checked.days_query(checked.POSTGRES_ACTIVITIES, today, look_back_days).encode()).fetchall())

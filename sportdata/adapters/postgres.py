"""PostgreSQL through psycopg 3."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from sportdata.errors import BrokenWorld
from sportdata.settings import Role, Settings

Connection = psycopg.Connection[tuple[Any, ...]]

# Of a lost connection psycopg also warns on stderr, beside the error that it raises: one line is enough for a person.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


@contextmanager
def connect(settings: Settings, role: Role, database: str | None = None, autocommit: bool = False) -> Iterator[Connection]:
    """One connection as one role; commits at the end of the block, rolls back on an error.

    Raises BrokenWorld when PostgreSQL cannot be reached.
    """
    try:
        connection = psycopg.connect(settings.dsn(role, database), autocommit=autocommit)
    except psycopg.OperationalError as error:
        where = f"{settings.host_of('postgres')}:{settings.port('postgres')}"
        raise BrokenWorld(
            f"PostgreSQL at {where} does not let {role} in: {str(error).strip()}. Is the stack up? (`sportdata status`)"
        ) from error
    with connection:
        yield connection

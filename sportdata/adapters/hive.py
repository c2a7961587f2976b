"""SQL through the Thrift server, as Power BI does it (PyHive)."""

from __future__ import annotations

import re
from typing import Any

from pyhive import hive
from pyhive.exc import Error
from thrift.transport.TTransport import TTransportException

from sportdata.errors import BrokenWorld, WrongUse
from sportdata.settings import Settings


def query(settings: Settings, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """(column names, rows). Raises WrongUse for SQL that the server refuses, BrokenWorld when it does not answer."""
    where = f"{settings.host_of('thrift')}:{settings.port('thrift')}"
    try:
        connection = hive.connect(
            host=settings.host_of("thrift"),
            port=settings.port("thrift"),
            username=settings.thrift_user,
            password=settings.password("thrift").get_secret_value(),
            auth="CUSTOM",
        )
    except (TTransportException, OSError) as error:
        raise BrokenWorld(f"thrift at {where} does not let us in: {error}. Is the stack up? (`sportdata status`)") from error
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        names = [column[0] for column in cursor.description or ()]
        return names, [tuple(row) for row in cursor.fetchall()] if names else []
    except Error as error:
        raise WrongUse(f"the Thrift server refuses this statement: {_reason(error)}") from error
    except (TTransportException, OSError) as error:
        raise BrokenWorld(f"thrift at {where} went away: {error}") from error
    finally:
        connection.close()


def _reason(error: Exception) -> str:
    """Spark's own sentence out of a Thrift status that carries whole stack traces."""
    text = str(error)
    found = re.search(r"errorMessage=(['\"])(.*?)\1[,)]", text, re.DOTALL)
    said = (found.group(2) if found else text).replace("\\n", "\n")
    lines = [line for line in said.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    return " ".join(lines)[:600].removeprefix("Error running query: ")

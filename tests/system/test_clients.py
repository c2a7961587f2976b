"""What BI tools see through the Thrift server: the same rows for each client, commented columns, a password that is asked for."""

from __future__ import annotations

import csv
import re
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from thrift.transport.TTransport import TTransportException

from sportdata.contracts.tables import ELIGIBILITES, PUBLIC, Table
from tests.system.clients import Clients, in_words
from tests.system.conftest import Stack
from tests.system.oracle import shown

STATEMENT = f"SELECT {', '.join(ELIGIBILITES.column_names)} FROM {ELIGIBILITES.full_name} ORDER BY employee_id"
DECIMAL = re.compile(r"-?\d+\.\d+")
Rows = list[list[str]]


def text(value: Any) -> str:
    """A value as every client's text of it comes out once blanks and zeros of no meaning are gone."""
    if value is None or value in {"NULL", ""}:
        return "NULL"
    if isinstance(value, bool) or value in {"True", "False"}:
        return str(value).lower()
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, Decimal) or DECIMAL.fullmatch(str(value)):  # the JDBC bridge makes a float of a DECIMAL
        return format(Decimal(value).normalize(), "f")
    return re.sub(r"\.?0+$", "", str(value)) if "." in str(value) else str(value)


def texts(rows: Any) -> Rows:
    return [[text(value) for value in row] for row in rows]


@pytest.fixture(scope="module")
def clients(stack: Stack) -> Clients:
    return Clients(stack.settings)


@pytest.fixture(scope="module")
def expected(year: Stack) -> Rows:
    rows = sorted(shown(year.settings, ELIGIBILITES), key=lambda row: row["employee_id"])
    assert len(rows) > 100
    assert any(row["derniere_activite"] for row in rows)
    assert any(row["prime_sportive"] for row in rows)
    return texts([row[name] for name in ELIGIBILITES.column_names] for row in rows)


def test_pyhive_reads_every_column_of_eligibilites_as_it_is(clients: Clients, expected: Rows) -> None:
    assert texts(clients.ask("rh", STATEMENT)) == expected


def test_beeline_reads_every_column_of_eligibilites_as_it_is(clients: Clients, expected: Rows) -> None:
    done = clients.beeline("rh", STATEMENT)
    assert done.returncode == 0, done.stderr
    answer = done.stdout[done.stdout.index(ELIGIBILITES.column_names[0]) :]  # without a terminal its prompt stands before the answer
    header, *rows = csv.reader(StringIO(answer))
    assert header == ELIGIBILITES.column_names
    assert texts(rows) == expected


def test_jdbc_reads_every_column_of_eligibilites_as_it_is(clients: Clients, expected: Rows) -> None:
    assert texts(clients.jdbc_answer("rh", in_words(STATEMENT))) == expected


def by_beeline(clients: Clients, password: str | None) -> subprocess.CompletedProcess[str]:
    return clients.beeline("rh", "SELECT 4321 + 1234", password)


def by_jdbc(clients: Clients, password: str | None) -> subprocess.CompletedProcess[str]:
    return clients.jaydebeapi("rh", in_words("SELECT 4321 + 1234"), password)


@pytest.mark.parametrize("ask", [by_beeline, by_jdbc])
def test_a_java_client_with_a_wrong_password_gets_nothing(
    clients: Clients, ask: Callable[[Clients, str | None], subprocess.CompletedProcess[str]]
) -> None:
    done = ask(clients, "wrong")
    assert done.returncode != 0
    assert "5555" not in done.stdout
    assert "Error validating the login" in done.stderr + done.stdout
    right = ask(clients, None)
    assert right.returncode == 0
    assert "5555" in right.stdout


@pytest.mark.parametrize("wrong", ["wrong", "x", " "])
def test_pyhive_with_a_wrong_password_is_refused(clients: Clients, wrong: str) -> None:
    with pytest.raises(TTransportException, match="Error validating the login"):
        clients.ask("rh", "SELECT 1", wrong)
    assert clients.ask("rh", "SELECT 1") == [(1,)]


def test_another_user_with_the_right_password_is_refused(clients: Clients) -> None:
    with pytest.raises(TTransportException, match="Error validating the login"):
        clients.connect("root", clients.password("rh"))


@pytest.mark.parametrize("table", PUBLIC, ids=[table.full_name for table in PUBLIC])
def test_describe_shows_the_types_and_comments_of_the_contract(clients: Clients, table: Table) -> None:
    described = clients.ask("rh", f"DESCRIBE {table.full_name}")
    assert described == [(column.name, column.type, column.comment) for column in table.columns]
    assert all(comment for _, _, comment in described)


def test_the_tables_on_show_are_those_of_the_contract(clients: Clients) -> None:
    """Salaries lie beside them in the lake."""
    tables = {
        f"{schema}.{name}"
        for (schema,) in clients.ask("rh", "SHOW SCHEMAS")
        for _, name, _ in clients.ask("rh", f"SHOW TABLES IN {schema}")
    }
    assert tables == {table.full_name for table in PUBLIC}


def test_a_session_is_opened_asked_and_closed_within_seconds(clients: Clients) -> None:
    """Hive looks for a metastore when a session closes: ten tries in vain once took 20 s, and wrote thousands of lines of log."""
    log = clients.settings.logs / "thrift.log"
    clients.ask("rh", "SELECT 1")
    size, took_s = log.stat().st_size, []
    for _ in range(3):
        began = time.monotonic()
        clients.ask("rh", "SELECT 1")
        took_s.append(time.monotonic() - began)
    assert min(took_s) < 5, took_s  # a busy machine slows one or the other, such tries all of them
    assert log.stat().st_size - size < 50_000

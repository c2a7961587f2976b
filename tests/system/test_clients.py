"""What BI tools see through the Thrift server: the same rows for each client, commented columns, a password that is asked for."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pyspark
import pytest
from pyhive import hive
from thrift.transport.TTransport import TTransportException

from sportdata.contracts.tables import ELIGIBILITES, PUBLIC, Table
from sportdata.local.jvm import environment, find_java
from tests.system.conftest import Stack
from tests.system.oracle import shown

SPARK_JARS = str(Path(pyspark.__file__).parent / "jars" / "*")
STATEMENT = f"SELECT {', '.join(ELIGIBILITES.column_names)} FROM {ELIGIBILITES.full_name} ORDER BY employee_id"
DECIMAL = re.compile(r"-?\d+\.\d+")
Rows = list[list[str]]


def jdbc(stack: Stack) -> str:
    return f"jdbc:hive2://{stack.settings.host}:{stack.settings.port('thrift')}/gold"


def beeline(stack: Stack, password: str, statement: str) -> subprocess.CompletedProcess[str]:
    command = [str(find_java()), "-cp", SPARK_JARS, "org.apache.hive.beeline.BeeLine", "-u", jdbc(stack)]
    command += ["-n", stack.settings.thrift_user, "-p", password, "--silent=true", "--outputformat=csv2", "-e", statement]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "TERM": "dumb"})


def pyhive(stack: Stack, password: str, statement: str) -> list[tuple[Any, ...]]:
    settings = stack.settings
    with hive.connect(
        host=settings.host, port=settings.port("thrift"), username=settings.thrift_user, password=password, auth="CUSTOM"
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


# In a process of its own: a JVM inside this one could not be stopped again.
JAYDEBEAPI = """
import glob, json, os, sys
import jaydebeapi
url, user, statement, jars = sys.argv[1:]
connection = jaydebeapi.connect("org.apache.hive.jdbc.HiveDriver", url, [user, os.environ["THRIFT_PASSWORD"]], glob.glob(jars))
cursor = connection.cursor()
cursor.execute(statement)
print(json.dumps([[None if value is None else str(value) for value in row] for row in cursor.fetchall()]))
"""


def jaydebeapi(stack: Stack, password: str, statement: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", JAYDEBEAPI, jdbc(stack), stack.settings.thrift_user, statement, SPARK_JARS]
    values = {**environment(find_java(), stack.settings.jars), "THRIFT_PASSWORD": password}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=values)


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
def expected(year: Stack) -> Rows:
    rows = sorted(shown(year.settings, ELIGIBILITES), key=lambda row: row["employee_id"])
    assert len(rows) > 100
    assert any(row["derniere_activite"] for row in rows)
    assert any(row["prime_sportive"] for row in rows)
    return texts([row[name] for name in ELIGIBILITES.column_names] for row in rows)


def password(stack: Stack) -> str:
    return stack.settings.password("thrift").get_secret_value()


def test_pyhive_reads_every_column_of_eligibilites_as_it_is(year: Stack, expected: Rows) -> None:
    assert texts(pyhive(year, password(year), STATEMENT)) == expected


def test_beeline_reads_every_column_of_eligibilites_as_it_is(year: Stack, expected: Rows) -> None:
    done = beeline(year, password(year), STATEMENT)
    assert done.returncode == 0, done.stderr
    answer = done.stdout[done.stdout.index(ELIGIBILITES.column_names[0]) :]  # without a terminal its prompt stands before the answer
    header, *rows = csv.reader(StringIO(answer))
    assert header == ELIGIBILITES.column_names
    assert texts(rows) == expected


def test_jdbc_reads_every_column_of_eligibilites_as_it_is(year: Stack, expected: Rows) -> None:
    done = jaydebeapi(year, password(year), STATEMENT)
    assert done.returncode == 0, done.stderr
    assert texts(json.loads(done.stdout.splitlines()[-1])) == expected


@pytest.mark.parametrize("client", [beeline, jaydebeapi])
def test_a_java_client_with_a_wrong_password_gets_nothing(
    stack: Stack, client: Callable[[Stack, str, str], subprocess.CompletedProcess[str]]
) -> None:
    done = client(stack, "wrong", "SELECT 4321 + 1234")
    assert done.returncode != 0
    assert "5555" not in done.stdout
    assert "Error validating the login" in done.stderr + done.stdout
    right = client(stack, password(stack), "SELECT 4321 + 1234")
    assert right.returncode == 0
    assert "5555" in right.stdout


@pytest.mark.parametrize("wrong", ["wrong", "x", " "])
def test_pyhive_with_a_wrong_password_is_refused(stack: Stack, wrong: str) -> None:
    with pytest.raises(TTransportException, match="Error validating the login"):
        pyhive(stack, wrong, "SELECT 1")
    assert pyhive(stack, password(stack), "SELECT 1") == [(1,)]


def test_another_user_with_the_right_password_is_refused(stack: Stack) -> None:
    settings = stack.settings
    with pytest.raises(TTransportException, match="Error validating the login"):
        hive.connect(host=settings.host, port=settings.port("thrift"), username="root", password=password(stack), auth="CUSTOM")


@pytest.mark.parametrize("table", PUBLIC, ids=[table.full_name for table in PUBLIC])
def test_describe_shows_the_types_and_comments_of_the_contract(stack: Stack, table: Table) -> None:
    described = pyhive(stack, password(stack), f"DESCRIBE {table.full_name}")
    assert described == [(column.name, column.type, column.comment) for column in table.columns]
    assert all(comment for _, _, comment in described)


def test_the_tables_on_show_are_those_of_the_contract(stack: Stack) -> None:
    """Salaries lie beside them in the lake."""
    tables = {
        f"{schema}.{name}"
        for (schema,) in pyhive(stack, password(stack), "SHOW SCHEMAS")
        for _, name, _ in pyhive(stack, password(stack), f"SHOW TABLES IN {schema}")
    }
    assert tables == {table.full_name for table in PUBLIC}


def test_a_session_is_opened_asked_and_closed_within_seconds(stack: Stack) -> None:
    """Hive looks for a metastore when a session closes: ten tries in vain once took 20 s, and wrote thousands of lines of log."""
    log = stack.settings.logs / "thrift.log"
    pyhive(stack, password(stack), "SELECT 1")
    size, took_s = log.stat().st_size, []
    for _ in range(3):
        began = time.monotonic()
        pyhive(stack, password(stack), "SELECT 1")
        took_s.append(time.monotonic() - began)
    assert min(took_s) < 5, took_s  # a busy machine slows one or the other, such tries all of them
    assert log.stat().st_size - size < 50_000

"""The clients that a stranger has, and how they ask the Thrift server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyspark
from pyhive import hive
from pyhive.exc import OperationalError

from sportdata.local import jvm
from sportdata.settings import Settings

SPARK_JARS = str(Path(pyspark.__file__).parent / "jars" / "*")
# In a process of its own: a JVM inside this one could not be stopped again.
JAYDEBEAPI = """
import glob, json, os, sys
import jaydebeapi
url, user, jars = sys.argv[1:]
connection = jaydebeapi.connect("org.apache.hive.jdbc.HiveDriver", url, [user, os.environ["THRIFT_PASSWORD"]], glob.glob(jars))
cursor = connection.cursor()
"""
Rows = list[tuple[Any, ...]]


class Clients:
    """As `rh` or `bi`, each with its own password unless another is given; `more` goes to the end of the JDBC address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.port = settings.port("thrift")

    def password(self, user: str) -> str:
        return self.settings.password("thrift" if user == "rh" else "thrift_bi").get_secret_value()

    def connect(self, user: str, password: str | None = None, **more: Any) -> hive.Connection:
        given = self.password(user) if password is None else password
        return hive.connect(host=self.settings.host, port=self.port, username=user, password=given, auth="CUSTOM", **more)

    def ask(self, user: str, statement: str, password: str | None = None) -> Rows:
        with self.connect(user, password) as connection:
            return rows_of(connection, statement)

    def refusal(self, user: str, statement: str) -> str:
        """What the server says instead of rows."""
        try:
            rows = self.ask(user, statement)
        except OperationalError as error:
            return str(error.args[0].status.errorMessage)
        raise AssertionError(f"{user} got {rows} for {statement}")

    def jdbc(self, more: str = "") -> str:
        return f"jdbc:hive2://{self.settings.host}:{self.port}/gold{more}"

    def beeline(self, user: str, statement: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(jvm.find_java()), "-Xmx256m", "-cp", SPARK_JARS, "org.apache.hive.beeline.BeeLine", "-u", self.jdbc()]
        command += ["-n", user, "-p", self.password(user) if password is None else password]
        command += ["--silent=true", "--outputformat=csv2", "-e", statement]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "TERM": "dumb"})

    def jaydebeapi(self, user: str, script: str, password: str | None = None, more: str = "") -> subprocess.CompletedProcess[str]:
        """Runs `script` with an open `connection` and its `cursor`; the last line of its output is what it left in `answer`."""
        program = f"{JAYDEBEAPI}\n{script}\nprint(json.dumps(answer, default=str))"
        given = self.password(user) if password is None else password
        values = {**jvm.environment(jvm.find_java(), self.settings.jars), "THRIFT_PASSWORD": given}
        command = [sys.executable, "-c", program, self.jdbc(more), user, SPARK_JARS]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=values)

    def jdbc_answer(self, user: str, script: str, more: str = "") -> Any:
        done = self.jaydebeapi(user, script, more=more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def rows_of(connection: hive.Connection, statement: str) -> Rows:
    cursor = connection.cursor()
    cursor.execute(statement)
    rows: Rows = cursor.fetchall() if cursor.description else []
    return rows


def in_words(statement: str) -> str:
    """A script for JDBC: the rows as text, for a Java Boolean would come out of JSON as a number."""
    rows = "[[None if value is None else str(value) for value in row] for row in cursor.fetchall()]"
    return f"cursor.execute({statement!r})\nanswer = {rows}"

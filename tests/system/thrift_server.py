"""The Thrift server alone, over a small lake, with the clients that a stranger has. No other component runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyspark
from pyhive import hive
from pyhive.exc import OperationalError

from sportdata.adapters import delta
from sportdata.contracts.tables import BRONZE
from sportdata.local import jvm, process, thrift
from sportdata.settings import Settings, make_secrets
from tests.system.conftest import OFFSET
from tests.unit import lake
from tests.waiting import until

SPARK_JARS = str(Path(pyspark.__file__).parent / "jars" / "*")
TODAY = date(2026, 11, 20)
PORT_OFFSET = OFFSET + 600
Rows = list[tuple[Any, ...]]

# 105³ pairs, each with many hashes: minutes
SLOW = f"greatest({', '.join(f'sha2(concat(a.id, b.id, c.id, {number}), 512)' for number in range(200))})"
THRICE = "gold.activites a CROSS JOIN gold.activites b CROSS JOIN gold.activites c"


class Server:
    """What answers, and how to ask it as `rh` or `bi`."""

    def __init__(self, settings: Settings, pid: int) -> None:
        self.settings = settings
        self.pid = pid
        self.port = settings.port("thrift")

    @property
    def lake(self) -> Path:
        return self.settings.lake

    def password(self, user: str) -> str:
        return self.settings.password("thrift" if user == "rh" else "thrift_bi").get_secret_value()

    def connect(self, user: str, **more: Any) -> hive.Connection:
        return hive.connect(host=self.settings.host, port=self.port, username=user, password=self.password(user), auth="CUSTOM", **more)

    def ask(self, user: str, statement: str) -> Rows:
        with self.connect(user) as connection:
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

    def beeline(self, user: str, statement: str, more: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(jvm.find_java()), "-Xmx256m", "-cp", SPARK_JARS, "org.apache.hive.beeline.BeeLine", "-u", self.jdbc(more)]
        command += ["-n", user, "-p", self.password(user), "--silent=true", "--outputformat=csv2", "-e", statement]
        return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env={**os.environ, "TERM": "dumb"})

    def jaydebeapi(self, user: str, script: str, more: str = "") -> Any:
        """Runs `script` with an open `connection` in a process of its own, whose JVM ends with it; returns what it left in `answer`."""
        program = f"{JAYDEBEAPI}\n{script}\nprint(json.dumps(answer, default=str))"
        values = {**jvm.environment(jvm.find_java(), self.settings.jars), "THRIFT_PASSWORD": self.password(user)}
        command = [sys.executable, "-c", program, self.jdbc(more), user, SPARK_JARS]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=values)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


JAYDEBEAPI = """
import glob, json, os, sys
import jaydebeapi
url, user, jars = sys.argv[1:]
connection = jaydebeapi.connect("org.apache.hive.jdbc.HiveDriver", url, [user, os.environ["THRIFT_PASSWORD"]], glob.glob(jars))
cursor = connection.cursor()
"""


def rows_of(connection: hive.Connection, statement: str) -> Rows:
    cursor = connection.cursor()
    cursor.execute(statement)
    rows: Rows = cursor.fetchall() if cursor.description else []
    return rows


@contextmanager
def running(home: Path, **settings: Any) -> Iterator[Server]:
    """Started as the supervisor starts it; ended with the block."""
    home.mkdir(parents=True, exist_ok=True)
    one = Settings(home=home, port_offset=PORT_OFFSET, **settings)
    make_secrets(home)
    for folder in (one.logs, one.run, one.lake):
        folder.mkdir(exist_ok=True, mode=0o700)
    lake.write(one.lake, lake.clean(TODAY))
    delta.ensure(one.lake, BRONZE)
    component = thrift.component(one)
    assert component.prepare is not None
    component.prepare()
    given = {f"SPORTDATA_{name.upper()}": str(value) for name, value in settings.items()}
    given |= {"SPORTDATA_HOME": str(home), "SPORTDATA_PORT_OFFSET": str(PORT_OFFSET)}
    environment = {**jvm.environment(jvm.find_java(), one.jars), **component.environment, **given}
    server = process.spawn(component.command(), component.log, environment)
    try:

        def answers() -> bool:
            assert server.poll() is None, component.log.read_text()[-3000:]
            return component.answers(server.pid) is None

        until(answers, timeout=component.start_limit_s)
        yield Server(one, server.pid)
    finally:
        process.stop(server, component.stop_signal, component.patience_s)

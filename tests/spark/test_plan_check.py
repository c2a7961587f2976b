"""The second lock of the Thrift server, alone: plans that come from no statement, so that the first one has not seen them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from sportdata.local import jvm, thrift_guard
from sportdata.settings import Settings
from tests.unit import lake

# In a process of its own: what is closed there stays closed.
SCRIPT = """
import json, sys
from pyspark.sql.functions import expr
from sportdata.adapters import delta
from sportdata.contracts.tables import HR_VERSIONS, KPIS
from sportdata.jobs.thrift import _register, guarded_session
from sportdata.settings import Settings

settings = Settings()
spark = guarded_session(settings, sys.argv[1], "none")
spark.sql("CREATE SCHEMA gold")
_register(spark, settings, KPIS)
salaries, behind = (str(delta.path(settings.lake, table)) for table in (HR_VERSIONS, KPIS))
spark._jvm.ReadOnly.close(["gold"], ["reflect"], [behind])
kpis = spark.table("gold.kpis")
plans = {
    "table": lambda: kpis,
    "behind a view": lambda: spark.read.format("delta").load(behind),
    "delta": lambda: spark.read.format("delta").load(salaries),
    "parquet": lambda: spark.read.parquet(salaries),
    "text": lambda: spark.read.text("/etc/passwd"),
    "subquery": lambda: kpis.join(spark.read.text("/etc/passwd"), how="cross"),
    "reflect": lambda: kpis.select(expr("reflect('java.lang.System', 'getProperty', 'user.dir')")),
    "within": lambda: kpis.where(expr("concat('x', try_reflect('java.lang.System', 'getProperty', 'user.dir')) = 'x'")),
    "file": lambda: kpis.select(expr("input_file_name()")),
}
said = {}
for name, plan in plans.items():
    try:
        said[name] = str(plan().count())
    except Exception as error:
        said[name] = str(error)
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of each plan: a count of rows, or an error."""
    settings = Settings(home=tmp_path_factory.mktemp("check"))
    lake.write(settings.lake, lake.clean(date(2026, 11, 20)))
    environment = {**os.environ, **jvm.environment(jvm.find_java(), settings.jars), "SPORTDATA_HOME": str(settings.home)}
    command = [sys.executable, "-c", SCRIPT, str(thrift_guard.compiled(settings))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    values: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return values


@pytest.mark.parametrize("plan", ["table", "behind a view"])
def test_tables_of_the_catalogue_and_those_behind_views_are_read(said: dict[str, str], plan: str) -> None:
    assert said[plan] == "1"


@pytest.mark.parametrize("plan", ["delta", "parquet", "text", "subquery"])
def test_rows_from_elsewhere_are_refused(said: dict[str, str], plan: str) -> None:
    assert "rows that come from no table of this server" in said[plan]


@pytest.mark.parametrize("plan", ["reflect", "within", "file"])
def test_functions_that_tell_of_the_machine_are_refused_whatever_the_list_says(said: dict[str, str], plan: str) -> None:
    assert "is not on the list of this server" in said[plan]

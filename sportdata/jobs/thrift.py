"""Serves the public Delta tables to SQL clients: Spark's own HiveServer2, with two accounts that can only read (docs/thrift.md)."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.spark import session
from sportdata.contracts.sql import ALL_FUNCTIONS, SCHEMAS, columns_for_bi, hidden_from_bi
from sportdata.contracts.tables import PUBLIC, Column, Table
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

LOOK_EVERY_S = 1.0
LARGEST_RESULT = "64m"  # of one job, compressed; rows travel to the client partition by partition


def serve(settings: Settings, class_path: str, password_file: str) -> None:
    """Blocks until told to stop. `class_path`: hive-site.xml and the compiled guard.

    Raises BrokenWorld when the JVM ends by itself.
    """
    stop_asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop_asked.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    spark = guarded_session(settings, class_path, password_file)
    jvm: Any = spark._jvm
    bi = _with_a_catalog_of_its_own(spark)
    behind_views = []
    for schema in {table.schema for table in PUBLIC}:
        spark.sql(f"CREATE SCHEMA {schema}")
    for schema in {table.schema for table in PUBLIC if columns_for_bi(table)}:
        bi.sql(f"CREATE SCHEMA {schema}")
    for table in PUBLIC:
        delta.ensure(settings.lake, table)
        _register(spark, settings, table)
        columns = columns_for_bi(table)
        if columns == table.columns:
            _register(bi, settings, table)
        elif columns:
            _show(bi, settings, table, columns)
            behind_views.append(str(delta.path(settings.lake, table)))
    jvm.JobLimit.set(spark._jsc.sc(), settings.thrift_query_limit_s)
    jvm.RowLimit.set(settings.thrift_task_rows)
    jvm.ReadOnly.hide(bi._jsparkSession, hidden_from_bi(), settings.thrift_user)
    jvm.ReadOnly.close(list(SCHEMAS), ALL_FUNCTIONS, behind_views)
    jvm.ThriftServer.start({settings.thrift_user: spark._jsparkSession, settings.thrift_bi_user: bi._jsparkSession})
    while not stop_asked.wait(LOOK_EVERY_S):
        if (code := spark.sparkContext._gateway.proc.poll()) is not None:
            raise BrokenWorld(f"Spark's JVM has ended with {code}, for want of memory as a rule: see SPORTDATA_THRIFT_MEMORY")
    spark.stop()


def guarded_session(settings: Settings, class_path: str, password_file: str) -> SparkSession:
    """Spark with our guard, which is below `class_path`."""
    java = ("-XX:+ExitOnOutOfMemoryError", f"-Dsportdata.thrift.password.file={password_file}")
    options = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension,ReadOnly",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.hive.thriftServer.singleSession": "false",
        "spark.sql.datetime.java8API.enabled": "true",
        "spark.sql.variable.substitute": "false",  # `SELECT '${env:…}'` would show the environment
        "spark.sql.thriftServer.queryTimeout": f"{settings.thrift_query_limit_s}s",
        "spark.sql.thriftServer.incrementalCollect": "true",
        "spark.driver.maxResultSize": LARGEST_RESULT,
    }
    return session(settings, "thrift", settings.thrift_memory, options, java=java, class_path=class_path)


def _with_a_catalog_of_its_own(spark: SparkSession) -> SparkSession:
    """Another session on the same context which shares neither tables nor views with the first."""
    classic: Any = spark._jvm.org.apache.spark.sql.classic.SparkSession
    classic.clearActiveSession()
    classic.clearDefaultSession()
    return SparkSession(spark.sparkContext, classic.builder().getOrCreate())


def _register(spark: SparkSession, settings: Settings, table: Table) -> None:
    """The catalog lives in memory: tables are named anew at each start."""
    jvm: Any = spark._jvm
    columns = ", ".join(f"{column.name} {column.type} COMMENT '{_quoted(column.comment)}'" for column in table.columns)
    where = str(delta.path(settings.lake, table))
    jvm.CatalogEntry.add(spark._jsparkSession, table.schema, table.name, where, columns, table.comment)


def _show(spark: SparkSession, settings: Settings, table: Table, columns: tuple[Column, ...]) -> None:
    """Some columns of a table as a view of the same name."""
    commented = ", ".join(f"{column.name} COMMENT '{_quoted(column.comment)}'" for column in columns)
    names = ", ".join(column.name for column in columns)
    rows = f"SELECT {names} FROM delta.`{delta.path(settings.lake, table)}`"
    spark.sql(f"CREATE VIEW {table.full_name} ({commented}) COMMENT '{_quoted(table.comment)}' AS {rows}")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")

"""Serves the public Delta tables to SQL clients: Spark's own HiveServer2, with a user and a password."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.spark import session
from sportdata.contracts.tables import PUBLIC, Table
from sportdata.settings import Settings


def serve(settings: Settings, class_path: str, password_file: str) -> None:
    """Blocks until told to stop. `class_path` holds hive-site.xml and the password check."""
    stop_asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop_asked.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    scratch = settings.home.resolve() / "spark" / "thrift"
    java_options = (
        f"-XX:+UseSerialGC -Djava.io.tmpdir={scratch} -Dderby.stream.error.file={scratch}/derby.log "
        f"-Dsportdata.thrift.password.file={password_file}"
    )
    extra = {
        "spark.driver.extraClassPath": f"{class_path}:{settings.spark_class_path}",
        "spark.driver.extraJavaOptions": java_options,
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.hive.thriftServer.singleSession": "false",
    }
    spark = session(settings, "thrift", settings.thrift_memory, extra)
    for table in PUBLIC:
        _register(spark, settings, table)
    spark._jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2.startWithSparkSession(spark._jsparkSession, False)
    stop_asked.wait()
    spark.stop()


def _register(spark: SparkSession, settings: Settings, table: Table) -> None:
    """The catalog lives in memory: tables are named anew at each start, their columns come from the Delta log."""
    delta.ensure(settings.lake, table)
    where = delta.path(settings.lake, table)
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
    spark.sql(f"CREATE TABLE IF NOT EXISTS {table.full_name} USING delta LOCATION '{where}'")

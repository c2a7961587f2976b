"""One way to make a Spark session, for the jobs, the Thrift server and the tests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pyspark.sql import SparkSession

from sportdata.adapters.spark_java import archived_classes, java_options
from sportdata.contracts.lakeside import ObjectStore
from sportdata.settings import ROOT, Settings

# Delta's log store for s3a looks whether a version is there and then writes it: Spark must be alone in committing to a table, or take
# turns with who else does (jobs/bronze.py). The stream type that Hadoop 3.5 prefers reads through another netty than Spark's.
S3A = {"spark.hadoop.fs.s3a.input.stream.type": "classic"}


def session(
    settings: Settings,
    name: str,
    memory: str,
    extra: dict[str, str] | None = None,
    *,
    master: str | None = None,
    java: Iterable[str] = (),
    class_path: str = "",
) -> SparkSession:
    """A session with Delta, bound to the loopback, with `config/spark-defaults.conf` as its base; `master` replaces the settings'.

    `extra`: more options, `java`: more of the driver's JVM, `class_path`: what comes last in its own.
    """
    os.environ["SPARK_DIST_CLASSPATH"] = ":".join(filter(None, (settings.object_store_class_path, class_path)))
    scratch = settings.home.resolve() / "spark" / name
    scratch.mkdir(parents=True, exist_ok=True)
    driver_host, driver_binds = settings.driver_addresses
    builder = SparkSession.builder.appName(f"sportdata-{name}").master(master or settings.spark_master)
    options = {
        **_defaults(ROOT / "config" / "spark-defaults.conf"),
        "spark.driver.memory": memory,
        "spark.driver.extraClassPath": settings.spark_class_path,
        "spark.driver.host": driver_host,
        "spark.driver.bindAddress": driver_binds,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.driver.extraJavaOptions": java_options(
            "-XX:+UseSerialGC",
            "-Xss4m",
            f"-Djava.io.tmpdir={scratch}",
            f"-Dderby.stream.error.file={scratch}/derby.log",
            *archived_classes(settings),
            *java,
        ),
        **_object_store(settings),
        **(extra or {}),
    }
    for key, value in options.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def write_code(spark: SparkSession, rows: int) -> None:
    """What this session plans next is compiled when it is for so many rows that this pays, and interpreted otherwise.

    To write and format Java for each projection of each batch of a hundred rows took a sixth of the streams' processor time; a million
    rows in large batches took 159 CPU s without it and 110 with it: the same at about a thousand rows a batch.
    """
    pays = rows >= 1_000
    spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if pays else "NO_CODEGEN")
    spark.conf.set("spark.sql.codegen.wholeStage", pays)


def _object_store(settings: Settings) -> dict[str, str]:
    """How Spark reaches the lake. The keys are not here: S3A takes them from the process's environment or from the machine's role."""
    if not isinstance(settings.lake, ObjectStore):
        return {}
    options = dict(S3A)
    if settings.aws_endpoint:
        options |= {"spark.hadoop.fs.s3a.endpoint": settings.aws_endpoint, "spark.hadoop.fs.s3a.path.style.access": "true"}
    if settings.aws_region or settings.aws_endpoint:
        options["spark.hadoop.fs.s3a.endpoint.region"] = settings.aws_region or "us-east-1"  # delta-rs's default too
    return options


def _defaults(file: Path) -> dict[str, str]:
    lines = (line.split("#")[0].split(maxsplit=1) for line in file.read_text().splitlines())
    return {pair[0]: pair[1].strip() for pair in lines if len(pair) == 2}

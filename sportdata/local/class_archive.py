"""Spark's classes, read and verified once (CDS of the JVM): each Spark that starts afterwards is spared that, a third of its start.

Run as `python -m sportdata.local.class_archive`; `make archive` does. Without the archive, or with one of other jars or of another Java,
everything works as well, and starts slower.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from sportdata.adapters.spark import session
from sportdata.adapters.spark_java import archive_file
from sportdata.local import jvm
from sportdata.local.script import run
from sportdata.settings import Settings, pyspark_jars

# loaded by name alone; a query to be served loads the rest
SERVER = ("org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "org.apache.hive.service.cli.thrift.ThriftBinaryCLIService")

TRAINING = (sys.executable, "-m", "sportdata.local.class_archive")


def make(settings: Settings, training: tuple[str, ...] = TRAINING) -> str:
    """Makes the archive unless it is there for these jars and this Java; returns what there is to say about it.

    `training` is the command that writes it into the folder that it is given.
    """
    archive, java = archive_file(settings), jvm.find_java()
    made_of, wanted = archive.with_suffix(".of"), _made_of(settings, java)
    if archive.is_file() and made_of.is_file() and made_of.read_text() == wanted:
        return "in place"
    archive.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix="training-") as scratch:
        fresh, log = Path(scratch) / archive.name, Path(scratch) / "log"
        with log.open("w") as out:
            code = subprocess.run(
                [*training, scratch], stdout=out, stderr=out, env=jvm.environment(java, settings.jars), check=False
            ).returncode
        if code != 0 or not fresh.is_file():
            return f"none, so that Spark starts slower: {(log.read_text().splitlines() or ['no reason given'])[-1]}"
        fresh.replace(archive)
    made_of.write_text(wanted)
    return f"made, {archive.stat().st_size / 1e6:.0f} MB"


def _made_of(settings: Settings, java: Path) -> str:
    """The JVM refuses an archive of jars that have changed since, by size and time."""
    jars = sorted([*pyspark_jars().glob("*.jar"), *(settings.jars.resolve() / "spark").glob("*.jar")])
    lines = [f"{jar} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in jars]
    told = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=True).stderr
    return hashlib.sha256("\n".join([told, settings.spark_class_path, *lines]).encode()).hexdigest()


def train(folder: Path) -> None:
    """Loads what the jobs load, by doing in small what they do; the JVM writes the archive as it ends."""
    settings = Settings().model_copy(update={"home": folder})
    short_lived = "-XX:TieredStopAtLevel=1"  # what is compiled is no part of the archive
    spark = session(settings, "training", "1g", java=(short_lived, f"-XX:ArchiveClassesAtExit={folder / archive_file(settings).name}"))
    virtual_machine: Any = spark._jvm
    for name in SERVER:
        virtual_machine.java.lang.Class.forName(name)
    events, copy = str(folder / "events"), str(folder / "copy")
    shape = "STRUCT<id BIGINT, at STRING>"
    rows = spark.range(100).select(F.to_json(F.struct("id", F.current_timestamp().alias("at"))).alias("value"), "id")
    rows.write.format("delta").save(events)
    read = spark.readStream.format("delta").load(events).withColumn("row", F.from_json("value", shape))
    known = spark.createDataFrame(spark.range(5).toArrow())
    joined = read.select("id", F.try_to_timestamp("row.at").alias("at")).join(F.broadcast(known), "id", "left")
    writer = joined.writeStream.foreachBatch(lambda batch, _: batch.write.format("delta").mode("append").save(copy))
    writer.option("checkpointLocation", str(folder / "checkpoint")).trigger(availableNow=True).start().awaitTermination()
    spark.sql(f"CREATE TABLE copy USING delta LOCATION '{copy}'")
    spark.sql("SELECT max(at), count(*) FROM copy GROUP BY id % 7").toArrow()
    gateway: Any = spark.sparkContext._gateway
    spark.stop()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def main() -> None:
    if len(sys.argv) > 1:
        train(Path(sys.argv[1]))
    else:
        print(f"class archive of Spark: {make(Settings())}", flush=True)  # noqa: T201


if __name__ == "__main__":
    run(main)

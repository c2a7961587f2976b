"""The log of bronze is short, and has what gold has yet to read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from sportdata.adapters import delta
from sportdata.adapters.documents import write_atomically
from sportdata.contracts.tables import BRONZE
from sportdata.jobs import bronze_log, whole_bronze
from sportdata.jobs.bronze_log import BronzeLog
from sportdata.settings import Settings


class Lake:
    """Bronze with a log whose files can be made an hour old."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.settings.progress.mkdir(parents=True)
        self.table = delta.ensure(self.settings.lake, BRONZE)
        self.log = Path(str(delta.path(self.settings.lake, BRONZE))) / "_delta_log"

    def append(self, versions: int) -> None:
        for offset in range(self.table.version(), self.table.version() + versions):
            nothing = {name: [None] for name in BRONZE.column_names}
            delta.append(self.table, pa.table(nothing | {"offset": [offset]}, schema=delta.arrow_schema(BRONZE)))
        self.table.create_checkpoint()

    def grow_old(self) -> None:
        for file in self.log.iterdir():
            os.utime(file, times=(time.time() - 3600,) * 2)

    def gold_has_read(self, version: int) -> None:
        write_atomically(self.settings.progress / "gold.json", {"tables": {"version": version}})

    @property
    def versions(self) -> list[int]:
        return sorted(int(file.stem) for file in self.log.glob("*.json"))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path)
    made.append(10)
    made.grow_old()
    made.append(5)
    return made


def test_what_gold_has_read_goes_once_it_is_old(lake: Lake) -> None:
    log = BronzeLog(lake.settings, lake.table)
    lake.gold_has_read(15)
    log.has_grown(15)
    log.look()
    assert lake.versions == list(range(10, 16)), "from the last checkpoint that is old"


@pytest.mark.parametrize("read", [-1, 4, 14])
def test_what_gold_has_not_read_stays_however_old(lake: Lake, read: int) -> None:
    log = BronzeLog(lake.settings, lake.table)
    lake.gold_has_read(read)
    log.has_grown(15)
    log.look()
    assert lake.versions == list(range(16))
    lake.gold_has_read(15)
    log.look()
    assert lake.versions[0] == 10


def test_an_old_mark_says_nothing_of_what_came_since(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    log = BronzeLog(lake.settings, lake.table)
    log.has_grown(15)
    lake.append(5)
    lake.grow_old()
    lake.gold_has_read(16)
    later = time.monotonic() + bronze_log.READ_WITHIN_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    log.look()
    assert lake.versions == list(range(21))


def test_a_gold_that_reads_nothing_for_a_day_is_waited_for_no_longer(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    log = BronzeLog(lake.settings, lake.table)
    for hours, kept in ((0, 16), (23, 16), (25, 6)):
        now = time.monotonic() + hours * 3600
        with monkeypatch.context() as clock:
            clock.setattr(time, "monotonic", lambda now=now: now)
            log.has_grown(15)
            log.look()
        assert len(lake.versions) == kept


def test_readers_with_an_older_version_in_mind_find_the_newest(spark: SparkSession, lake: Lake) -> None:
    """Spark keeps what it knows of a table, and asks its log for what came after that: here that is gone."""
    where, checkpoint = str(delta.path(lake.settings.lake, BRONZE)), lake.settings.home / "checkpoint"
    stream = spark.readStream.format("delta").load(where).writeStream.format("noop").option("checkpointLocation", str(checkpoint))
    stream.trigger(availableNow=True).start().awaitTermination()
    assert spark.read.format("delta").load(where).count() == 15
    opened_before = DeltaTable(where)
    lake.append(20)
    lake.grow_old()
    lake.append(1)
    assert whole_bronze.has_its_place(lake.settings.lake, checkpoint)
    delta.forget_log(lake.table)
    assert lake.versions == [36]
    assert spark.read.format("delta").load(where).count() == 36
    opened_before.update_incremental()
    assert opened_before.version() == 36
    assert not whole_bronze.has_its_place(lake.settings.lake, checkpoint), "it has to read all of bronze anew"


def test_spark_leaves_the_log_alone_and_tables_of_an_earlier_version_learn_it(spark: SparkSession, lake: Lake) -> None:
    lake.table.alter.set_table_properties({"delta.enableExpiredLogCleanup": "true", "delta.logRetentionDuration": "interval 1 days"})
    lake.table = delta.ensure(lake.settings.lake, BRONZE)
    properties = lake.table.metadata().configuration
    assert properties["delta.enableExpiredLogCleanup"] == "false" and properties["delta.logRetentionDuration"] == "interval 10 minutes"
    before = lake.table.version()
    delta.ensure(lake.settings.lake, BRONZE)
    lake.table.update_incremental()
    assert lake.table.version() == before, "once"
    for file in lake.log.iterdir():
        os.utime(file, times=(time.time() - 3 * 86_400,) * 2)
    row = spark.read.format("delta").load(str(delta.path(lake.settings.lake, BRONZE))).limit(1)
    lake.table.alter.set_table_properties({"delta.checkpointInterval": "2"})
    for _ in range(3):  # Spark would clean the log when it writes a checkpoint
        row.write.format("delta").mode("append").save(str(delta.path(lake.settings.lake, BRONZE)))
    assert lake.versions[0] == 0

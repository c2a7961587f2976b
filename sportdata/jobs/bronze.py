"""The bronze job: topic → Delta, exactly once for a read_committed reader."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from sportdata.adapters import delta
from sportdata.adapters.documents import read_document, write_atomically
from sportdata.adapters.spark import write_code
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.progress import BronzeProgress
from sportdata.contracts.tables import BRONZE
from sportdata.contracts.topics import ACTIVITIES
from sportdata.errors import BrokenWorld
from sportdata.jobs.bronze_log import BronzeLog
from sportdata.jobs.compaction import Compaction
from sportdata.jobs.measured import with_freshness
from sportdata.settings import Settings
from sportdata.stages.bronze import bronze_rows

MOST_EVENTS_A_BATCH = 100_000
# Gold takes whole files: with comments of 12 kB, before and after, one of so many events is still no burden to it.
MOST_EVENTS_A_FILE = 10_000


def topic_id(spark: SparkSession, settings: Settings) -> str:
    """The topic's identity at the broker; another one once the topic has been made anew.

    Raises BrokenWorld when the broker does not know the topic.
    """
    jvm = spark._jvm
    options = jvm.java.util.HashMap()
    options.put("bootstrap.servers", settings.bootstrap)
    admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(options)
    try:
        names = jvm.java.util.Collections.singletonList(ACTIVITIES)
        return str(admin.describeTopics(names).allTopicNames().get().get(ACTIVITIES).topicId().toString())
    except Exception as error:  # py4j wraps every Java failure in one class
        raise BrokenWorld(f"broker: topic {ACTIVITIES} cannot be described: {str(error).splitlines()[-1]}") from error
    finally:
        admin.close()


class Appender:
    """Writes micro-batches, each in one commit that names it: after a crash the same batch comes again, and the table's log knows it.

    Delta's own way of doing this (txnAppId, txnVersion) reads the table's state at each commit: 450 ms instead of 120. Appends and
    compaction take `turns`: Spark looks whether a version is there and then writes it, and would replace one of delta-rs made in between.
    `rows_expected`: as many as in the batch before.
    """

    def __init__(self, lake: Lakeside) -> None:
        self.turns = threading.Lock()
        self.rows_expected = MOST_EVENTS_A_BATCH
        self._where = str(delta.path(lake, BRONZE))
        self._newest: dict[str, Any] = json.loads(delta.newest_append(delta.ensure(lake, BRONZE)).user_metadata or "{}")

    def __call__(self, batch: DataFrame, number: int) -> None:
        name = {"query": batch.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId"), "batch": number}
        if name == self._newest:
            return
        write_code(batch.sparkSession, self.rows_expected)
        with self.turns:
            writer = batch.write.format("delta").mode("append").option("maxRecordsPerFile", MOST_EVENTS_A_FILE)
            writer.option("userMetadata", json.dumps(name)).save(self._where)
        self._newest = name


class BronzeJob:
    """Each identity of the topic has a checkpoint of its own: offsets of one say nothing about another's."""

    def __init__(self, spark: SparkSession, settings: Settings) -> None:
        self._settings = settings
        self.topic_id = topic_id(spark, settings)
        self._version = int((read_document(settings.progress / "bronze.json") or {}).get("version", -1))
        self._table = delta.ensure(settings.lake, BRONZE)
        self._appender = Appender(settings.lake)
        self._log = BronzeLog(settings, self._table)
        self._compaction = Compaction(self._table, self._appender.turns, self._version)
        self._reported: dict[str, int] | None = None
        events = (
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", settings.bootstrap)
            .option("subscribe", ACTIVITIES)
            .option("startingOffsets", "earliest")
            .option("kafka.isolation.level", "read_committed")
            .option("maxOffsetsPerTrigger", str(MOST_EVENTS_A_BATCH))
            .option("fetchOffset.retryIntervalMs", "200")
            .load()
        )
        self.query: StreamingQuery = (
            with_freshness(bronze_rows(events, self.topic_id))
            .writeStream.queryName("bronze")
            .foreachBatch(self._appender)
            .option("checkpointLocation", str(settings.checkpoints / "bronze" / self.topic_id))
            .trigger(processingTime=f"{int(settings.trigger_s * 1000)} milliseconds")
            .start()
        )

    def report(self) -> None:
        """Publishes how far bronze is. Offsets are read before the version, so the version holds at least what they cover."""
        progress = self.query.lastProgress
        if progress is None:
            return
        self._appender.rows_expected = progress["numInputRows"]
        offsets = _offsets(progress)
        if offsets is None:
            return
        if offsets != self._reported:
            self._version = max(self._version, delta.newest_append(self._table).version_with_files)
            self._reported = offsets
        if self._compaction.look(self._version):
            self._log.has_grown(self._version)
        self._log.look()
        document = BronzeProgress(pid=os.getpid(), topic_id=self.topic_id, offsets=offsets, version=self._version, beat=time.time())
        write_atomically(self._settings.progress / "bronze.json", document)


def _offsets(progress: object) -> dict[str, int] | None:
    sources = progress["sources"] if isinstance(progress, dict) else json.loads(progress.json)["sources"]  # type: ignore[attr-defined]
    end = sources[0]["endOffset"]
    end = json.loads(end) if isinstance(end, str) else end
    return None if not end else {str(part): int(offset) for part, offset in end[ACTIVITIES].items()}

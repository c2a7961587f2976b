"""Spark's StreamingQueryListener, for what each batch of a streaming query did."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession


class _Listener:
    """PySpark's own turns an event into objects with some hundred calls into the JVM; this asks for its JSON, once."""

    def __init__(self, progressed: Callable[[dict[str, Any]], None], idle: Callable[[str], None]) -> None:
        self._progressed, self._idle = progressed, idle

    def onQueryStarted(self, event: Any) -> None:
        """Nothing to say yet."""

    def onQueryProgress(self, event: Any) -> None:
        self._progressed(json.loads(event.progress().json()))

    def onQueryIdle(self, event: Any) -> None:
        self._idle(event.runId().toString())

    def onQueryTerminated(self, event: Any) -> None:
        """Whoever runs the queries ends the process (jobs/streams.py)."""

    class Java:
        implements = ("org.apache.spark.sql.streaming.PythonStreamingQueryListener",)


def listen(spark: SparkSession, progressed: Callable[[dict[str, Any]], None], idle: Callable[[str], None]) -> None:
    """`progressed` gets each StreamingQueryProgress as a document, `idle` the run id of a query that had nothing to do for ten seconds.

    Both are called from a thread of the JVM's; what they raise is in Spark's log.
    https://spark.apache.org/docs/latest/api/java/org/apache/spark/sql/streaming/StreamingQueryProgress.html
    """
    context = spark.sparkContext
    ensure_callback_server_started(context._gateway)
    wrapped = context._jvm.org.apache.spark.sql.streaming.PythonStreamingQueryListenerWrapper(_Listener(progressed, idle))
    spark._jsparkSession.streams().addListener(wrapped)

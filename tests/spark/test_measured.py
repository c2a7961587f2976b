"""What bronze and gold say about themselves is what Spark did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from sportdata.adapters.spark_events import listen
from sportdata.jobs.measured import PHASES, Queries, anomalies, served, with_freshness
from tests.waiting import until

QUERY = "measured"  # no stage of the project: other tests of this session leave its figures alone


def value(name: str, **labels: str) -> float | None:
    return served(gold=True).get_sample_value(name, labels)


def test_a_batch_is_counted_with_its_phases_and_the_age_of_its_oldest_event(spark: SparkSession, tmp_path: Path) -> None:
    written: list[int] = []

    def write(batch: DataFrame, _number: int) -> None:
        written.append(batch.count())

    folder = tmp_path / "in"
    folder.mkdir()
    rows = spark.readStream.schema("id long, source_ts timestamp").parquet(str(folder))
    stream = with_freshness(rows).writeStream.queryName(QUERY).foreachBatch(write)
    query = stream.option("checkpointLocation", str(tmp_path / "checkpoint")).trigger(processingTime="200 milliseconds").start()
    try:
        queries = Queries()
        queries.know(QUERY, query)
        assert value("sportdata_stream_rows_in_total", query=QUERY) == 0
        listen(spark, queries.progressed, queries.idle)
        now = datetime.now(UTC)
        times = [now - timedelta(seconds=age) for age in (90, 30, 10)]
        table = pa.table({"id": [1, 2, 3], "source_ts": pa.array(times, pa.timestamp("us", "UTC"))})
        pq.write_table(table, tmp_path / "rows.parquet")
        (tmp_path / "rows.parquet").rename(folder / "rows.parquet")
        until(lambda: value("sportdata_stream_rows_in_total", query=QUERY) == 3)
    finally:
        query.stop()
    assert written == [3]
    assert value("sportdata_stream_rows_out_total", query=QUERY) == 3
    assert value("sportdata_stream_batch_duration_seconds_count", query=QUERY) == 1
    phases = [value("sportdata_stream_batch_phase_seconds_total", query=QUERY, phase=phase) for phase in PHASES]
    lasted = value("sportdata_stream_batch_duration_seconds_sum", query=QUERY)
    assert lasted is not None
    assert 0 < sum(spent for spent in phases if spent is not None) <= lasted + 0.1
    late = value("sportdata_stream_freshness_seconds_sum", stage=QUERY)
    assert late is not None
    assert 90 <= late < 90 + 60
    newest = value("sportdata_stream_newest_event_timestamp_seconds", stage=QUERY)
    assert newest == times[2].timestamp()


def test_anomalies_are_those_of_now() -> None:
    anomalies([("activite", "date_future"), ("activite", "date_future"), ("evenement", "x")])
    assert value("sportdata_gold_anomalies", objet="activite", code="date_future") == 2
    anomalies([("evenement", "x")])
    assert value("sportdata_gold_anomalies", objet="activite", code="date_future") is None

"""A batch of bronze comes again after a crash, from the same checkpoint or from a new one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from sportdata.adapters import delta
from sportdata.contracts.tables import BRONZE
from sportdata.jobs.bronze import MOST_EVENTS_A_FILE, Appender
from sportdata.jobs.compaction import Compaction


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    delta.ensure(tmp_path, BRONZE)
    return tmp_path


def batch(spark: SparkSession, query: str, offsets: range) -> DataFrame:
    """A micro-batch as the stream with this checkpoint hands it over."""
    spark.sparkContext.setLocalProperty("sql.streaming.queryId", query)
    nothing = [f"CAST(NULL AS {column.type}) AS {column.name}" for column in BRONZE.columns if column.name != "offset"]
    return spark.range(offsets.start, offsets.stop).selectExpr("id AS offset", *nothing).select(*BRONZE.column_names)


def offsets(lake: Path) -> list[int]:
    return sorted(row["offset"] for row in delta.read(lake, BRONZE))


def test_a_batch_that_comes_again_is_written_once(spark: SparkSession, lake: Path) -> None:
    append = Appender(lake)
    append(batch(spark, "q", range(3)), 0)
    append(batch(spark, "q", range(3)), 0)
    append(batch(spark, "q", range(3, 5)), 1)
    assert offsets(lake) == [0, 1, 2, 3, 4]


def test_a_batch_that_was_written_just_before_the_process_died_is_not_written_by_the_next(spark: SparkSession, lake: Path) -> None:
    Appender(lake)(batch(spark, "q", range(3)), 7)
    table = delta.ensure(lake, BRONZE)
    delta.compact(table, 1_000_000)
    after = Appender(lake)
    after(batch(spark, "q", range(3)), 7)
    after(batch(spark, "q", range(3, 4)), 8)
    assert offsets(lake) == [0, 1, 2, 3]


def test_the_same_number_of_another_checkpoint_is_another_batch(spark: SparkSession, lake: Path) -> None:
    Appender(lake)(batch(spark, "q", range(3)), 0)
    Appender(lake)(batch(spark, "other", range(3, 6)), 0)
    assert offsets(lake) == [0, 1, 2, 3, 4, 5]


def test_a_batch_without_rows_counts_as_written(spark: SparkSession, lake: Path) -> None:
    append = Appender(lake)
    append(batch(spark, "q", range(3)), 0)
    append(batch(spark, "q", range(0)), 1)
    newest = delta.newest_append(delta.ensure(lake, BRONZE))
    assert newest.user_metadata == '{"query": "q", "batch": 1}'
    assert offsets(lake) == [0, 1, 2]


def test_neither_an_append_nor_a_compaction_commits_beside_the_other(spark: SparkSession, lake: Path) -> None:
    append, table = Appender(lake), delta.ensure(lake, BRONZE)
    compaction = Compaction(table, append.turns, -1)
    for number in range(2):
        append(batch(spark, "q", range(number, number + 1)), number)
    with ThreadPoolExecutor(2) as others:
        with append.turns:
            waiting = [others.submit(append, batch(spark, "q", range(2, 5)), 2), others.submit(compaction.quickly)]
            for one in waiting:
                with pytest.raises(TimeoutError):
                    one.result(1)
            assert offsets(lake) == [0, 1]
        for one in waiting:
            one.result(60)
    assert offsets(lake) == [0, 1, 2, 3, 4]
    assert [commit["operation"] for commit in table.history(2)] != ["WRITE", "WRITE"], "it has been compacted"


def test_no_file_holds_more_events_than_gold_takes_with_ease(spark: SparkSession, lake: Path) -> None:
    Appender(lake)(batch(spark, "q", range(2 * MOST_EVENTS_A_FILE + 1)), 0)
    files = [pq.read_metadata(file).num_rows for file in delta.path(lake, BRONZE).glob("*.parquet")]
    assert sum(files) == 2 * MOST_EVENTS_A_FILE + 1 and max(files) <= MOST_EVENTS_A_FILE

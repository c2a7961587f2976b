"""A batch of bronze comes again after a crash, from the same checkpoint or from a new one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest
from pyspark.sql import DataFrame, SparkSession

from sportdata.adapters import delta
from sportdata.contracts.tables import BRONZE
from sportdata.jobs.bronze import Appender


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
    delta.compact(table, 7)
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


def test_a_batch_waits_for_its_turn_where_compaction_may_not_commit_beside_it(spark: SparkSession, lake: Path) -> None:
    turns = Lock()
    append = Appender(lake, turns)
    with ThreadPoolExecutor(1) as other:
        with turns:
            writing = other.submit(append, batch(spark, "q", range(3)), 0)
            with pytest.raises(TimeoutError):
                writing.result(1)
            assert offsets(lake) == []
        writing.result(60)
    assert offsets(lake) == [0, 1, 2]

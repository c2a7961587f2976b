"""All of bronze in the order of the topic, for a gold that begins, or that has lost its place in the table's log.

Delta's own reading of a whole table goes by the age of its files, and compaction leaves the newest events in the oldest of them: the rows
of a snapshot would come after the changes that followed them, and undo these.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sportdata.adapters import delta
from sportdata.adapters.lake_files import written_at
from sportdata.contracts.lakeside import Lakeside
from sportdata.contracts.tables import BRONZE

SPAN = 1_000  # offsets of each partition that stay together
MOST_EVENTS = 50_000  # in one part, or a span more
MOST_TEXT = 64_000_000  # characters, likewise


class Span(NamedTuple):
    """`number`: the offsets from number x SPAN on."""

    number: int
    events: int
    text: int


def has_its_place(lake: Lakeside, checkpoint: Path) -> bool:
    """Whether a stream with this checkpoint can go on: it has committed, and the log still has the version that comes next."""
    following = _following(checkpoint)
    if following is None:
        return False
    behind = following <= delta.open_table(lake, BRONZE).version()
    return not behind or written_at(delta.path(lake, BRONZE), f"_delta_log/{following:020d}.json") is not None


def _following(checkpoint: Path) -> int | None:
    """The first version that is not wholly read; None when nothing is committed, or only a part of a table read as a whole."""
    done = [int(file.name) for file in (checkpoint / "commits").glob("*") if file.name.isdigit()]
    if not done:
        return None
    offset = json.loads((checkpoint / "offsets" / str(max(done))).read_text().splitlines()[-1])
    return None if offset["isStartingVersion"] else int(offset["reservoirVersion"])


def parts(spark: SparkSession, lake: Lakeside, opened: DeltaTable) -> Iterator[DataFrame]:
    """The rows of the version that is open, each topic after the other, by offsets."""
    bronze = spark.read.format("delta").option("versionAsOf", opened.version()).load(str(delta.path(lake, BRONZE)))
    number = F.floor(F.col("offset") / SPAN)
    text = F.sum(F.coalesce(F.length("value"), F.lit(0))).alias("text")
    sizes = (F.count("*").alias("events"), text, F.min("ingested_at").alias("since"))
    topics: dict[str, list[Span]] = {}
    found = bronze.groupBy("topic_id", number.alias("number")).agg(*sizes).collect()
    for row in sorted(found, key=lambda row: row["since"]):  # a topic made anew comes after the former one
        topics.setdefault(row["topic_id"], []).append(Span(row["number"], row["events"], row["text"]))
    for topic_id, spans in topics.items():
        for first, last in joined(sorted(spans)):
            yield bronze.where((F.col("topic_id") == topic_id) & F.col("offset").between(first * SPAN, (last + 1) * SPAN - 1))


def joined(spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """(first, last) numbers of neighbouring spans that are read at once."""
    first: int | None = None
    last = events = text = 0
    for span in spans:
        first, last = span.number if first is None else first, span.number
        events, text = events + span.events, text + span.text
        if events >= MOST_EVENTS or text >= MOST_TEXT:
            yield first, last
            first, events, text = None, 0, 0
    if first is not None:
        yield first, last

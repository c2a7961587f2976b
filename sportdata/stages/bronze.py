"""Topic → bronze: each event as it came, with what was understood of it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sportdata.contracts.tables import BRONZE
from sportdata.stages.envelope import decoded


def bronze_rows(events: DataFrame, topic_id: str) -> DataFrame:
    """Spark's Kafka rows (binary key and value) → the columns of `bronze.sport_activities`."""
    texts = events.select(
        "topic",
        F.lit(topic_id).alias("topic_id"),
        "partition",
        "offset",
        F.col("timestamp").alias("kafka_timestamp"),
        *_text_or_bytes("key"),
        *_text_or_bytes("value"),
    )
    not_text = F.when(F.col("value_binaire").isNotNull(), F.lit("value is not UTF-8"))
    judged = decoded(texts).withColumn("ingested_at", F.current_timestamp())
    return judged.withColumn("erreur", F.coalesce(not_text, F.col("motif"))).select(*BRONZE.column_names)


def _text_or_bytes(name: str) -> tuple[Column, Column]:
    raw = F.col(name)
    text = F.try_validate_utf8(raw.cast("string"))
    return text.alias(name), F.when(text.isNull() & raw.isNotNull(), raw).alias(f"{name}_binaire")

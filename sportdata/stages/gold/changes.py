"""Bronze → changes, as gold's memory takes them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sportdata.stages.envelope import decoded


def changes(bronze: DataFrame) -> DataFrame:
    """Part of the streaming query itself, so that it is planned once and not for each batch. Instants `_us` are microseconds."""
    events = bronze.select("topic", "topic_id", "partition", "offset", "kafka_timestamp", "value", "erreur")
    return decoded(events).select(
        "topic", "topic_id", "partition", "offset", "erreur", "op", "id", "ancien_id", "present", "lsn", "snapshot_key",
        F.col("snapshot").isin("last", "last_in_data_collection").alias("ends"),
        "employee_id", "date_debut", "type_activite", "distance_m", "duree_s", "commentaire",
        F.unix_micros("date_debut").alias("start_us"),
        F.unix_micros("source_ts").alias("since_us"),
        F.unix_micros("kafka_timestamp").alias("sent_us"),
    )  # fmt: skip

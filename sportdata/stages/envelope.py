"""Reads Debezium's change events, with and without the schema wrapper, into flat columns.

Shape of an event: https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sportdata.contracts.change import UNCHANGED_TOAST

_ROW = "STRUCT<id BIGINT, employee_id INT, date_debut STRING, type_activite STRING, distance_m DOUBLE, duree_s INT, commentaire STRING>"
_SOURCE = "STRUCT<lsn BIGINT, ts_ms BIGINT, ts_us BIGINT, txId BIGINT, snapshot STRING>"
_CHANGE = f"before {_ROW}, after {_ROW}, source {_SOURCE}, op STRING"
_SCHEMA = f"payload STRUCT<{_CHANGE}>, {_CHANGE}, mal_forme STRING"

# Times that every engine here can say, in microseconds since 1970: the years 1 to 9999. Elsewhere multiplying or converting would overflow.
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999

# PostgreSQL's infinities and years beyond what other engines read are kept as the ends of what a DATE can say
_FIRST, _LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"


def decoded(events: DataFrame) -> DataFrame:
    """Adds to rows with a STRING `value` the columns of the change:

    `op, lsn, source_ts, snapshot, snapshot_key, id, present, ancien_id, employee_id, date_debut, type_activite, distance_m, duree_s,
    commentaire, motif`. `motif` says why the event cannot be read, NULL when it can. A tombstone (no value) has no `op` and no `motif`.
    """
    parsed = events.withColumn("_json", F.from_json("value", _SCHEMA, {"columnNameOfCorruptRecord": "mal_forme"}))
    flat = parsed.select(
        *events.columns,
        F.col("_json.mal_forme").alias("_mal_forme"),
        *(
            F.coalesce(F.col(f"_json.payload.{name}"), F.col(f"_json.{name}")).alias(f"_{name}")
            for name in ("before", "after", "source", "op")
        ),
    )
    row = F.when(F.col("_op") == "d", F.col("_before")).otherwise(F.col("_after"))
    comment = F.when(F.col("_row.commentaire") == UNCHANGED_TOAST, F.col("_before.commentaire")).otherwise(F.col("_row.commentaire"))
    source_us = F.coalesce(F.col("_source.ts_us"), F.try_multiply(F.col("_source.ts_ms"), F.lit(1000)))
    shaped = flat.withColumn("_row", row).select(
        *events.columns,
        F.col("_op").alias("op"),
        F.col("_source.lsn").alias("lsn"),
        F.timestamp_micros(F.when(source_us.between(_FIRST_US, _LAST_US), source_us)).alias("source_ts"),
        F.col("_source.snapshot").alias("snapshot"),
        F.concat_ws("/", "_source.lsn", "_source.txId").alias("snapshot_key"),
        F.col("_row.id").alias("id"),
        (F.col("_op") != "d").alias("present"),
        F.when(F.col("_op") == "u", F.col("_before.id")).alias("ancien_id"),
        F.col("_row.employee_id").alias("employee_id"),
        F.col("_row.date_debut").alias("_date_texte"),
        _instant(F.col("_row.date_debut")).alias("date_debut"),
        F.col("_row.type_activite").alias("type_activite"),
        F.col("_row.distance_m").alias("distance_m"),
        F.col("_row.duree_s").alias("duree_s"),
        comment.alias("commentaire"),
        "_mal_forme",
    )
    return shaped.withColumn("motif", _motif()).drop("_mal_forme", "_date_texte")


def _instant(text: Column) -> Column:
    year = F.regexp_extract(text, r"^([+-]?\d+)-", 1)  # Java writes years beyond 9999 with a sign
    return (
        F.when(text.isin("infinity", "+infinity") | (year.startswith("+")), F.to_timestamp(F.lit(_LAST)))
        .when((text == "-infinity") | (year.startswith("-")) | (year == "0000"), F.to_timestamp(F.lit(_FIRST)))
        .otherwise(F.try_to_timestamp(text))
    )


def _motif() -> Column:
    value, op = F.col("value"), F.col("op")
    return (
        F.when(value.isNull(), F.lit(None))
        .when(F.col("_mal_forme").isNotNull(), F.concat(F.lit("not the JSON of a change event: "), F.left(value, F.lit(120))))
        .when(op.isNull(), F.lit("no field op"))
        .when(~op.isin("c", "u", "d", "r", "t"), F.concat(F.lit("unknown op "), F.left(op, F.lit(40))))
        .when(F.col("lsn").isNull(), F.lit("no field source.lsn"))
        .when(F.col("source_ts").isNull(), F.lit("source.ts_ms is not a time"))
        .when((op != "t") & F.col("id").isNull(), F.concat(F.lit("op "), op, F.lit(" without the row's id")))
        .when(
            F.col("_date_texte").isNotNull() & F.col("date_debut").isNull(),
            F.concat(F.lit("date_debut is not a timestamp: "), F.left("_date_texte", F.lit(40))),
        )
    )

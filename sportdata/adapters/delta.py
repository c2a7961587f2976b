"""Delta tables through delta-rs: the small tables commit in a hundredth of the time that Spark takes (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from deltalake import DeltaTable, Field, QueryBuilder, Schema, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.schema import PrimitiveType

from sportdata.contracts.lakeside import Lakeside, delta_options
from sportdata.contracts.tables import BRONZE, Table

_ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "binary": pa.binary(),
}
_DELTA = {"int": "integer", "bigint": "long"}
_KEPT = timedelta(hours=2)  # a query that started on an older version may still read it
# Spark lists the whole log each time it looks for a newer version, 20 to 40 µs an entry: those of a busy day would take seconds.
LOG_KEPT = timedelta(minutes=10)
_PROPERTIES = {"delta.checkpointInterval": "50", "delta.logRetentionDuration": f"interval {LOG_KEPT.seconds // 60} minutes"}
_OWN_PROPERTIES = {BRONZE: {"delta.enableExpiredLogCleanup": "false"}}  # gold reads this log: jobs/bronze_log.py
TIDY_EVERY = 200


def arrow_type(sql_type: str) -> pa.DataType:
    if sql_type.startswith("decimal("):
        precision, scale = sql_type.removeprefix("decimal(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return _ARROW[sql_type]


def arrow_schema(table: Table) -> pa.Schema:
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in table.columns])


def arrow_schema_of(table: Table, *names: str) -> pa.Schema:
    """Some columns of a table, in the order asked for."""
    return pa.schema([arrow_schema(table).field(name) for name in names])


def path(lake: Lakeside, table: Table) -> Lakeside:
    return lake / table.schema / table.name


def open_table(lake: Lakeside, table: Table) -> DeltaTable:
    """Raises TableNotFoundError when it is not there."""
    return DeltaTable(str(path(lake, table)), storage_options=delta_options(lake))


def ensure(lake: Lakeside, table: Table) -> DeltaTable:
    """Opens the table, made empty with its commented columns when it is not there yet.

    One of an earlier version gains the columns and properties that it lacks, and is written anew once where its decimals have become wider.
    """
    fields = [
        Field(column.name, PrimitiveType(_DELTA.get(column.type, column.type)), metadata={"comment": column.comment})
        for column in table.columns
    ]
    try:
        opened = open_table(lake, table)
    except TableNotFoundError:
        return _create(lake, table, fields)
    known = {field.name: field.type for field in opened.schema().fields}
    if lacking := [field for field in fields if field.name not in known]:
        opened.alter.add_columns(lacking)
    if not _properties(table).items() <= opened.metadata().configuration.items():
        opened.alter.set_table_properties(_properties(table))
    decimals = {column.name for column in table.columns if column.type.startswith("decimal(")}
    if any(field.name in decimals and known.get(field.name, field.type) != field.type for field in fields):
        _widen(opened, table)
    return opened


def _properties(table: Table) -> dict[str, str]:
    return _PROPERTIES | _OWN_PROPERTIES.get(table, {})


def _create(lake: Lakeside, table: Table, fields: list[Field]) -> DeltaTable:
    where = path(lake, table)
    if isinstance(where, Path):
        where.mkdir(parents=True, exist_ok=True)
    try:
        return DeltaTable.create(
            str(where),
            Schema(fields),
            mode="ignore",
            name=table.name,
            description=table.comment,
            configuration=_properties(table),
            storage_options=delta_options(lake),
        )
    except CommitFailedError:
        return open_table(lake, table)  # another process was faster


def _widen(opened: DeltaTable, table: Table) -> None:
    """The same rows with the contract's types, in one commit; a plain overwrite refuses other types, and would lose the comments."""
    rows = select(opened, table.column_names).read_all()
    fields = [pa.field(column.name, arrow_type(column.type), metadata={"comment": column.comment}) for column in table.columns]
    try:
        write_deltalake(opened, rows.cast(pa.schema(fields)), mode="overwrite", schema_mode="overwrite")
    except CommitFailedError:
        opened.update_incremental()  # another process was faster


def overwrite(opened: DeltaTable, rows: pa.Table | pa.RecordBatchReader) -> None:
    """Replaces the content in one commit: a reader sees the old table or the new one."""
    opened.update_incremental()
    write_deltalake(opened, rows, mode="overwrite")


def append(opened: DeltaTable, rows: pa.Table) -> None:
    opened.update_incremental()
    write_deltalake(opened, rows, mode="append")


def merge(opened: DeltaTable, key: str, rows: pa.Table) -> None:
    """Makes the rows named by `key` what `rows` say; a row with `present` false is removed."""
    opened.update_incremental()
    columns = {name: f"s.{name}" for name in rows.column_names if name != "present"}
    (
        opened.merge(rows, predicate=f"t.{key} = s.{key}", source_alias="s", target_alias="t")
        .when_matched_delete(predicate="s.present = false")
        .when_matched_update(columns)
        .when_not_matched_insert(columns, predicate="s.present = true")
        .execute()
    )


def tidy(opened: DeltaTable) -> None:
    """Removes what no reader can need any more: files and log entries of old versions."""
    opened.update_incremental()
    opened.create_checkpoint()
    opened.vacuum(retention_hours=int(_KEPT.total_seconds() // 3600), dry_run=False, enforce_retention_duration=False)
    opened.cleanup_metadata()


def compact(opened: DeltaTable, size: int) -> None:
    """Merges smaller files into ones of up to so many bytes; readers of the stream see no new rows."""
    opened.update_incremental()
    opened.optimize.compact(target_size=size)


def forget_log(opened: DeltaTable) -> None:
    """Removes the entries of the log that are older than the table's property says and than its last checkpoint."""
    opened.update_incremental()
    opened.cleanup_metadata()


def forget(opened: DeltaTable, keep_days: int) -> None:
    """Removes files that have been no part of the table for so many days."""
    opened.update_incremental()
    opened.vacuum(retention_hours=keep_days * 24, dry_run=False)


def select(opened: DeltaTable, columns: Sequence[str], where: str = "true", order: Sequence[str] = ()) -> pa.RecordBatchReader:
    """Rows of the version that is open, batch by batch; `where` in SQL. An order takes the rows into memory.

    Not through Arrow's reader: its threads, still in delta-rs's files, abort up to one process in four that ends then (apache/arrow#39862).
    """
    by = f" ORDER BY {', '.join(order)}" if order else ""
    query = f"SELECT {', '.join(columns)} FROM rows WHERE {where}{by}"
    return pa.RecordBatchReader.from_stream(QueryBuilder().register("rows", opened).execute(query))


def read(lake: Lakeside, table: Table) -> list[dict[str, Any]]:
    """Every row of a small table; none when the table does not exist yet."""
    try:
        opened = open_table(lake, table)
    except TableNotFoundError:
        return []
    return select(opened, ["*"]).read_all().to_pylist()


class NewestAppend(NamedTuple):
    version_with_files: int  # which a stream that reads the table reaches; -1: none
    user_metadata: str | None  # of the newest append, also of one without files


def newest_append(opened: DeltaTable) -> NewestAppend:
    """What the log says of the last rows appended by Spark; compaction appends none."""
    opened.update_incremental()
    appends = [commit for commit in opened.history(limit=40) if commit["operation"] == "WRITE"]
    with_files = (int(commit["version"]) for commit in appends if int(commit["operationMetrics"]["numFiles"]) > 0)
    return NewestAppend(next(with_files, -1), appends[0]["userMetadata"] if appends else None)

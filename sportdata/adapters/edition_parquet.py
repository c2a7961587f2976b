"""Parquet for other programs: gold's own columns, names and types (decimals, UTC timestamps), with what each means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sportdata.adapters import delta
from sportdata.adapters.edition_values import Edited, Progress
from sportdata.contracts.editions import NAMES


def write_parquet(file: Path, edited: Edited, rows: int, batches: Iterable[pa.RecordBatch], progress: Progress) -> None:
    table = edited.sheet.table
    gold = {column.name: column for column in table.columns}
    fields = [
        pa.field(column.name, pa.string())
        if column in NAMES
        else pa.field(column.name, delta.arrow_type(gold[column.name].type), metadata={"comment": gold[column.name].comment})
        for column in edited.columns
    ]
    schema = pa.schema(fields, {"table": table.full_name, "comment": table.comment})
    done = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as out:
        for batch in batches:
            out.write_batch(pa.RecordBatch.from_arrays(edited.arrays(batch), schema=schema))
            done += batch.num_rows
            progress(edited.sheet.title, done, rows)

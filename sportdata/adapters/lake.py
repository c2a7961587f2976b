"""What the log of a Delta table says of it, and nothing of its rows. Without pyarrow: the exporter stays small."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.Thrift import TType
from thrift.transport.TTransport import TMemoryBuffer

from sportdata.adapters.lake_files import in_short, open_file
from sportdata.contracts.lakeside import Lakeside, delta_options
from sportdata.contracts.tables import Table
from sportdata.errors import BrokenWorld

NUM_ROWS = 3  # its place in FileMetaData, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift


class TableState(NamedTuple):
    rows: int
    files: int
    bytes: int
    version: int
    committed_at: float


class Lake:
    """Keeps each table open, so that a look reads only what has been committed since the last one."""

    def __init__(self, where: Lakeside) -> None:
        self._where = where
        self._opened: dict[Table, DeltaTable] = {}
        self._rows: dict[Table, dict[str, int]] = {}

    def look(self, table: Table) -> TableState | None:
        """The newest version; None when there is no such table yet. Raises BrokenWorld when its log cannot be read."""
        where = self._where / table.schema / table.name
        try:
            opened = self._opened.get(table) or DeltaTable(str(where), storage_options=delta_options(self._where))
            opened.update_incremental()
            actions = opened.get_add_actions()
            commit = opened.history(1)[0]
        except TableNotFoundError:
            self._opened.pop(table, None)
            return None
        except (DeltaError, OSError) as error:  # a store that does not answer is an OSError
            self._opened.pop(table, None)
            raise BrokenWorld(f"the log of {table.full_name} below {where} cannot be read: {in_short(error)}") from error
        self._opened[table] = opened
        said = zip(actions.column("path").to_pylist(), actions.column("num_records").to_pylist(), strict=True)
        known, before = {}, self._rows.get(table, {})
        for path, rows in said:
            known[path] = rows if rows is not None else before[path] if path in before else rows_of(where, unquote(path))
        self._rows[table] = known
        size = sum(actions.column("size_bytes").to_pylist())
        return TableState(sum(known.values()), len(known), size, int(opened.version()), commit["timestamp"] / 1000)


def rows_of(table: Lakeside, name: str) -> int:
    """How many rows a Parquet file has, by its footer: bronze writes no statistics into the log (jobs/streams.py)."""
    try:
        with open_file(table, name) as data:
            footer = _footer(data)
    except OSError as error:
        raise BrokenWorld(f"{table}/{name} is in the table's log and cannot be read: {error.strerror or error}") from error
    footer.readStructBegin()
    while True:
        _, kind, number = footer.readFieldBegin()
        if kind == TType.STOP:
            raise BrokenWorld(f"{table}/{name} has no number of rows in its footer: it is no Parquet file")
        if number == NUM_ROWS:
            return int(footer.readI64())
        footer.skip(kind)
        footer.readFieldEnd()


def _footer(data: BinaryIO) -> TCompactProtocol:
    data.seek(-8, 2)
    length = int.from_bytes(data.read(4), "little")
    data.seek(-8 - length, 2)
    return TCompactProtocol(TMemoryBuffer(data.read(length)))

"""What a table is made of."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """`type` is the SQL type as `DESCRIBE` shows it; `tells_salary`: an amount of one person or of a few, which a rate makes a salary."""

    name: str
    type: str
    comment: str
    tells_salary: bool = False


class Table(NamedTuple):
    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


BATCH = Column("batch_id", "bigint", "Number of the gold batch that wrote this row; it only grows")

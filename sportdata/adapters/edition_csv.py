"""CSV as Excel opens it in French: UTF-8 with its mark, semicolons, decimal commas, VRAI and FAUX. Texts pass through `csv_text`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sportdata.adapters.edition_values import Edited, Progress, single, values
from sportdata.contracts.editions import Kind
from sportdata.rules.spreadsheet import csv_text

_FLAGS = {True: "VRAI", False: "FAUX", None: ""}


def write_csv(file: Path, edited: Edited, rows: int, batches: Iterable[pa.RecordBatch], progress: Progress) -> None:
    done = 0
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([column.header for column in edited.columns])
        for batch in batches:
            arrays = edited.arrays(batch)
            texts = [_texts(column.kind, values(column, array)) for column, array in zip(edited.columns, arrays, strict=True)]
            writer.writerows(zip(*texts, strict=True))
            done += batch.num_rows
            progress(edited.sheet.title, done, rows)


def write_cover(file: Path, lines: Iterable[tuple[str, str, Any, Kind]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(["Rubrique", "Libellé", "Valeur"])
        for section, label, value, kind in lines:
            writer.writerow([section, label, *_texts(kind, [single(value, kind)])])


def _texts(kind: Kind, found: Sequence[Any]) -> Sequence[str]:
    if kind == "text":
        return ["" if one is None else csv_text(one) for one in found]
    if kind == "flag":
        return [_FLAGS[one] for one in found]
    if kind in ("date", "month", "instant"):
        return ["" if one is None else _time(one) for one in found]
    if kind == "share":
        return ["" if one is None else f"{one.normalize():f}".replace(".", ",") for one in found]
    return ["" if one is None else f"{one}".replace(".", ",") for one in found]


def _time(value: Any) -> str:
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)

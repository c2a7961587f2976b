"""Reading Delta tables without Spark."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from sportdata.adapters import delta
from sportdata.contracts.tables import ACTIVITES, KPIS_HISTORIQUE
from tests.unit import lake

READS_AND_ENDS = """
import sys
from pathlib import Path
from sportdata.adapters import delta
from sportdata.contracts.tables import GOLD
for table in GOLD:
    delta.read(Path(sys.argv[1]), table)
"""


def test_what_is_selected_has_the_contracts_types_once_cast(tmp_path: Path) -> None:
    lake.write(tmp_path, lake.clean(date(2026, 11, 20)))
    opened = delta.open_table(tmp_path, ACTIVITES)
    found = delta.select(opened, ["id", "distance_m"], "employee_id = 2 AND compte", ["id"]).read_all()
    assert found.cast(delta.arrow_schema_of(ACTIVITES, "id", "distance_m")).to_pylist() == [
        {"id": number, "distance_m": None} for number in range(2, 106, 3)
    ]


def test_a_table_whose_amounts_have_become_too_small_is_widened_once_and_keeps_its_rows_and_comments(tmp_path: Path) -> None:
    narrow = [column._replace(type="decimal(14,2)") if column.type == "decimal(18,2)" else column for column in KPIS_HISTORIQUE.columns]
    assert tuple(narrow) != KPIS_HISTORIQUE.columns
    former = KPIS_HISTORIQUE._replace(columns=tuple(narrow[:-1]))  # and without a column that came later
    row = {"run": 3, "jour": date(2026, 3, 1), "bu": None, "employees": 7, "prime_total_eur": Decimal("12.34")}
    delta.append(delta.ensure(tmp_path, former), pa.Table.from_pylist([row], delta.arrow_schema(former)))

    opened = delta.ensure(tmp_path, KPIS_HISTORIQUE)
    version = opened.version()
    assert {field.name: field.metadata["comment"] for field in opened.schema().fields} == {
        column.name: column.comment for column in KPIS_HISTORIQUE.columns
    }
    much = {**row, "run": 4, "prime_total_eur": Decimal("1000000000000.00")}
    delta.append(opened, pa.Table.from_pylist([much], delta.arrow_schema(KPIS_HISTORIQUE)))
    rows = sorted(delta.read(tmp_path, KPIS_HISTORIQUE), key=lambda found: found["run"])
    assert [{name: found[name] for name in row} for found in rows] == [row, much]
    assert delta.ensure(tmp_path, KPIS_HISTORIQUE).version() == version + 1, "a second opening rewrites nothing"


def test_a_process_that_has_read_gold_ends_with_0_each_time(tmp_path: Path) -> None:
    """Arrow's reader over delta-rs's files made one in four of them abort at the end."""
    lake.write(tmp_path, lake.clean(date(2026, 11, 20)))
    command = [sys.executable, "-c", READS_AND_ENDS, str(tmp_path)]
    for _ in range(8):
        pair = [subprocess.Popen(command) for _ in range(2)]
        assert [process.wait() for process in pair] == [0, 0]

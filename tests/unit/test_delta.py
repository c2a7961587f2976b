"""Reading Delta tables without Spark."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from sportdata.adapters import delta
from sportdata.contracts.tables import ACTIVITES
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


def test_a_process_that_has_read_gold_ends_with_0_each_time(tmp_path: Path) -> None:
    """Arrow's reader over delta-rs's files made one in four of them abort at the end."""
    lake.write(tmp_path, lake.clean(date(2026, 11, 20)))
    command = [sys.executable, "-c", READS_AND_ENDS, str(tmp_path)]
    for _ in range(8):
        pair = [subprocess.Popen(command) for _ in range(2)]
        assert [process.wait() for process in pair] == [0, 0]

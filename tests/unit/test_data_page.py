"""docs/data.md says of each table what the tables themselves say."""

from __future__ import annotations

import pytest

from sportdata.contracts.tables import PUBLIC, Table
from sportdata.settings import ROOT


@pytest.mark.parametrize("table", PUBLIC, ids=[table.full_name for table in PUBLIC])
def test_every_column_stands_in_the_page_as_the_contract_has_it(table: Table) -> None:
    page = (ROOT / "docs" / "data.md").read_text()
    section = page.split(f"### `{table.full_name}`\n")[1].split("\n### ")[0].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    assert lines == [f"| `{column.name}` | {column.type} | {column.comment} |" for column in table.columns]

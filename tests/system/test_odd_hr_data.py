"""What PostgreSQL's types allow and nobody means: each such value of hr.* passes, and stops neither gold nor a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from sportdata.adapters import delta
from sportdata.adapters.hr_reader import HrReader, HrRow
from sportdata.adapters.hr_versions import HrVersions
from sportdata.contracts.tables import DECLARATIONS, RH_VERSIONS
from sportdata.jobs import history_rows
from sportdata.jobs.known import person_of
from sportdata.rules.calendar import EARLIEST, LATEST
from sportdata.rules.parameters import Parameters
from sportdata.stages.history.what_if import Somebody
from tests.system.company import company
from tests.system.conftest import OFFSET, Stack

RULES = Parameters(Decimal("0.05"), 15, 365, 5, Decimal(15), Decimal(25), "", None)
NOW = datetime(2026, 6, 15, tzinfo=UTC)
ODD = """
  UPDATE hr.employes SET salaire_brut = 'NaN', moyen_deplacement = 'Marche/running' WHERE employee_id = {0};
  UPDATE hr.employes SET date_embauche = 'infinity', date_naissance = '-infinity' WHERE employee_id = {1};
  UPDATE hr.employes SET date_embauche = '0044-03-15 BC', modifie_le = 'infinity' WHERE employee_id = {2};
  UPDATE hr.employes SET date_embauche = '10000-01-01', modifie_le = '0044-03-15 BC' WHERE employee_id = {3};
  UPDATE hr.employes SET date_embauche = NULL WHERE employee_id = {4};
  INSERT INTO hr.distances (employee_id, mode, distance_m, incertitude_m, fournisseur, empreinte_adresse, calcule_le) VALUES
    ({0}, 'x', -2147483648, 2147483647, 'estimate', 'other', 'infinity'), ({1}, 'x', 2147483647, -2147483648, NULL, NULL, '-infinity')
"""


@pytest.fixture(scope="module")
def hr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, list[int]]]:
    """A company, and the five employees with odd values."""
    with company(tmp_path_factory.mktemp("odd"), OFFSET + 900) as running, psycopg.connect(running.settings.dsn("postgres")) as connection:
        people = [row[0] for row in connection.execute("SELECT employee_id FROM hr.employes ORDER BY employee_id LIMIT 5")]
        connection.execute(ODD.format(*people).encode())
        connection.commit()
        yield running, people


def read(stack: Stack) -> dict[int, HrRow]:
    reader = HrReader(stack.settings)
    try:
        _, rows = reader.look("")
    finally:
        reader.close()
    assert rows is not None
    return {row.employee_id: row for row in rows}


def test_gold_reads_every_row_and_holds_what_lies_outside_the_calendar_at_its_edge(hr: tuple[Stack, list[int]]) -> None:
    stack, people = hr
    rows = read(stack)
    assert len(rows) == 161
    found: list[Any] = [(rows[who].salaire_brut, rows[who].date_embauche, rows[who].modifie_le, rows[who].calcule_le) for who in people]
    first, last = date(1, 1, 2), date(9999, 12, 30)
    assert found[0] == (None, found[0][1], found[0][2], LATEST)
    assert found[1] == (found[1][0], last, found[1][2], EARLIEST)
    assert found[2][1:3] == (first, LATEST)
    assert found[3][1:3] == (last, EARLIEST)
    assert found[4][1] is None


def test_the_tables_made_of_them_hold_what_was_read(hr: tuple[Stack, list[int]], tmp_path: Path) -> None:
    stack, _ = hr
    versions = HrVersions(tmp_path)
    versions.remember(list(read(stack).values()), NOW, NOW.date())
    assert HrVersions(tmp_path).rows == versions.rows
    people = {who: Somebody(person, 0) for who, row in versions.rows.items() if (person := person_of(row))}
    for table, rows in (
        (RH_VERSIONS, history_rows.rh_versions(versions.all)),
        (DECLARATIONS, history_rows.declarations(people, RULES)),
    ):
        assert len(pa.Table.from_pylist([{**row, "batch_id": 1} for row in rows], delta.arrow_schema(table))) == 161


def test_a_new_connection_reads_the_rows_though_an_older_snapshot_was_of_greater_transactions(hr: tuple[Stack, list[int]]) -> None:
    """As after a restore of PostgreSQL alone."""
    reader = HrReader(hr[0].settings)
    try:
        snapshot, rows = reader.look("999999999:999999999:")
        assert rows is not None and len(rows) == 161
        assert reader.look(snapshot)[1] is None
    finally:
        reader.close()


def test_the_scripts_that_read_them_go_on(hr: tuple[Stack, list[int]]) -> None:
    stack, _ = hr
    stack.run("maps.py", "--provider", "estimate")
    stack.run("strava_generator.py", "--days", "3", "--activities", "50")
    data = stack.settings.home.parent / "data"
    stack.run("load-hr", "--rh", str(data / "donnees_rh.xlsx"), "--sport", str(data / "donnees_sportives.xlsx"))
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        left = connection.execute(
            "SELECT count(*) FROM hr.employes WHERE salaire_brut = 'NaN' OR NOT isfinite(date_embauche) OR date_embauche IS NULL"
        ).fetchone()
    assert left == (0,)

"""What takes longer than SPORTDATA_THRIFT_QUERY_LIMIT_S is cancelled, whether the statement or its fetch; a join has a limit of its own."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.system.thrift_server import SLOW, THRICE, Server, running
from tests.waiting import until

LIMIT_S, LIMIT_ROWS = 5, 1_000_000  # slow rows: so many take longer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("thrift") / "home", thrift_query_limit_s=LIMIT_S, thrift_task_rows=LIMIT_ROWS) as one:
        yield one


def test_a_long_statement_is_cancelled_and_says_by_what(server: Server) -> None:
    said = server.refusal("bi", f"SELECT max({SLOW}) FROM {THRICE}")
    assert "TIMEDOUT" in said or "SPORTDATA_THRIFT_QUERY_LIMIT_S" in said, said
    assert server.ask("bi", "SELECT 1 FROM gold.kpis") == [(1,)]


def test_a_long_fetch_is_cancelled_and_says_by_what(server: Server) -> None:
    """Its rows are looked for while the client fetches, when the statement itself has ended."""
    said = server.refusal("bi", f"SELECT a.id FROM {THRICE} WHERE {SLOW} = 'x'")
    assert "SPORTDATA_THRIFT_QUERY_LIMIT_S" in said, said
    assert server.ask("bi", "SELECT 1 FROM gold.kpis") == [(1,)]


def test_a_join_that_makes_more_rows_than_the_setting_says_is_refused_by_its_name(server: Server) -> None:
    said = server.refusal("bi", f"SELECT count(*) FROM {THRICE} CROSS JOIN gold.activites d")
    assert f"more than {LIMIT_ROWS} rows in one task (SPORTDATA_THRIFT_TASK_ROWS)" in said
    assert server.ask("bi", "SELECT 1 FROM gold.kpis") == [(1,)]


def test_a_jvm_that_ends_takes_the_process_with_it_so_that_it_is_started_anew(server: Server) -> None:
    """The last test of this file."""
    process = psutil.Process(server.pid)
    [jvm] = [child for child in process.children(recursive=True) if child.name() == "java"]
    jvm.kill()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert "Spark's JVM has ended" in (server.settings.logs / "thrift.log").read_text()

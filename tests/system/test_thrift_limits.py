"""What takes longer than SPORTDATA_THRIFT_QUERY_LIMIT_S is cancelled, whether the statement or its fetch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.thrift_server import SLOW, THRICE, Server, running

LIMIT_S = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("thrift") / "home", thrift_query_limit_s=LIMIT_S) as one:
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

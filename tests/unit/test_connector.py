"""What the keeper of the connector quotes, and what the connector is asked for."""

from __future__ import annotations

from sportdata.local.connector import cause_of, configuration
from sportdata.settings import Settings


def test_the_reason_is_quoted_and_not_the_objects_before_it() -> None:
    context = "PostgresOffsetContext [schema=Schema{x:STRUCT}, info=source_info[lsn=LSN{0/4}, tables=[], x=" + "y" * 500 + "]]"
    trace = f"io.debezium.DebeziumException: stream starting at {context}, but this is no longer available on the server.\n\tat x.Y(Z)"
    assert cause_of(trace) == (
        "io.debezium.DebeziumException: stream starting at PostgresOffsetContext, but this is no longer available on the server."
    )


def test_the_innermost_cause_is_quoted() -> None:
    trace = 'A: outer\n\tat a\nCaused by: B: middle\n\tat b\nCaused by: C: role "user" is not permitted to log in\n\tat c'
    assert cause_of(trace) == 'Caused by: C: role "user" is not permitted to log in'


def test_a_heartbeat_is_a_transaction() -> None:
    """Outside of one it carries the time of the commit before it: on an idle stack Debezium would seem later and later."""
    assert "pg_logical_emit_message(true," in configuration(Settings())["heartbeat.action.query"]

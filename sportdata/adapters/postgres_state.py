"""PostgreSQL's own statistics, as the role sportdata_exporter (pg_monitor, and no table)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

import psycopg

from sportdata.adapters.postgres import Connection, connect
from sportdata.errors import BrokenWorld
from sportdata.settings import Settings

SLOTS = """
SELECT slot_name, active, pg_current_wal_lsn() - restart_lsn, pg_current_wal_lsn() - confirmed_flush_lsn
FROM pg_replication_slots WHERE restart_lsn IS NOT NULL AND confirmed_flush_lsn IS NOT NULL
"""
CONNECTIONS = """
SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender') GROUP BY 1
"""
CHANGES = """
SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = 'sport_activities'
"""


class Slot(NamedTuple):
    name: str
    active: bool
    wal_bytes: float
    unconfirmed_bytes: float


class PostgresState(NamedTuple):
    slots: list[Slot]
    connections: dict[str, int]
    max_connections: int
    changes: int


class Statistics:
    """One connection, made at the first look and made anew after an error."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._connection: Connection | None = None

    def look(self) -> PostgresState:
        """Raises BrokenWorld when PostgreSQL does not answer."""
        try:
            if self._connection is None:
                self._connection = self._open.enter_context(connect(self._settings, "sportdata_exporter", autocommit=True))
                self._connection.execute("SET statement_timeout = '5s'")
            return _read(self._connection)
        except psycopg.Error as error:
            self._open.close()
            self._connection = None
            raise BrokenWorld(f"postgres does not answer the exporter: {str(error).strip()}") from error


def _read(connection: Connection) -> PostgresState:
    slots = [Slot(name, active, float(kept), float(behind)) for name, active, kept, behind in connection.execute(SLOTS)]
    most = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    changes = connection.execute(CHANGES).fetchone()
    states = {str(state): int(count) for state, count in connection.execute(CONNECTIONS)}
    return PostgresState(slots, states, most[0] if most else 0, int(changes[0]) if changes else 0)

"""SQL for dates as Python can hold them: PostgreSQL's reach from 4713 BC to infinity, and are held at the edges of rules.calendar."""

from __future__ import annotations

from sportdata.rules.calendar import EARLIEST, LATEST


def held_date(column: str) -> str:
    return _held(column, f"DATE '{EARLIEST.date()}'", f"DATE '{LATEST.date()}'")


def held_instant(column: str) -> str:
    """Of a TIMESTAMPTZ."""
    return _held(column, f"TIMESTAMPTZ '{EARLIEST.date()} UTC'", f"TIMESTAMPTZ '{LATEST.date()} UTC'")


def _held(column: str, earliest: str, latest: str) -> str:
    return f"CASE WHEN {column} IS NOT NULL THEN LEAST(GREATEST({column}, {earliest}), {latest}) END"  # alone they would skip a NULL

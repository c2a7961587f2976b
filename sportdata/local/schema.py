"""PostgreSQL's roles, tables, rights and passwords, in containers: what the embedded stack does at each of its starts.

Run as `python -m sportdata.local.schema`; harmless to repeat.
"""

from __future__ import annotations

from sportdata.local.postgres import create_schema
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: create_schema(Settings()))

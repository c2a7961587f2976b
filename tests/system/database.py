"""A PostgreSQL alone, with our roles and tables, for what needs nothing else of a stack."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sportdata.local import postgres
from sportdata.settings import Settings, make_secrets
from tests.waiting import until


@contextmanager
def database(home: Path, offset: int) -> Iterator[Settings]:
    """Its settings while it runs."""
    made = Settings(home=home, port_offset=offset)
    for folder in (made.run, made.logs, made.progress):
        folder.mkdir()
    make_secrets(made.home)
    component = postgres.component(made)
    assert component.prepare
    component.prepare()
    server = subprocess.Popen(component.command(), env=os.environ | component.environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: component.answers(server.pid) is None)
        postgres.create_schema(made)
        yield made
    finally:
        server.send_signal(component.stop_signal)
        server.wait(60)

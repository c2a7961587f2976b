"""One component of a stack by itself, for what needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sportdata.local.component import Component
from sportdata.local.passwords import make_secrets
from sportdata.local.process import spawn, stop
from sportdata.settings import Settings
from tests.waiting import until


@contextmanager
def alone(part: Callable[[Settings], Component], home: Path, offset: int) -> Iterator[Settings]:
    """Its settings while it runs: `postgres.component` with our roles and tables, `kafka.component` with our topics."""
    settings = Settings(home=home, port_offset=offset)
    for folder in (settings.run, settings.logs, settings.progress):
        folder.mkdir(parents=True)
    make_secrets(settings.home)
    component = part(settings)
    assert component.prepare and component.after_ready
    component.prepare()
    process = spawn(component.command(), component.log, {**os.environ, **component.environment}, component.stop_signal)
    try:
        until(lambda: component.answers(process.pid) is None)
        component.after_ready()
        component.after_ready()  # a second start leaves everything as it is
        yield settings
    finally:
        stop(process, component.stop_signal, component.patience_s)

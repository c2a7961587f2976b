"""PostgreSQL alone, with a delivery loaded: what the scripts people run need, without the stream behind it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sportdata.local import postgres
from sportdata.local.passwords import make_secrets
from sportdata.local.process import spawn, stop
from sportdata.local.sample_delivery import write_sample
from tests.system.conftest import Stack
from tests.waiting import until


@contextmanager
def company(folder: Path, offset: int) -> Iterator[Stack]:
    """161 invented employees; ports moved by `offset`."""
    running = Stack(folder / "home", offset)
    running.settings.run.mkdir(parents=True)
    make_secrets(running.settings.home)
    component = postgres.component(running.settings)
    assert component.prepare and component.after_ready
    component.prepare()
    lock = (running.settings.run / "supervisor.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # as the supervisor does: this home's own PostgreSQL is up
    process = spawn(component.command(), component.log, {**os.environ, **component.environment}, component.stop_signal)
    try:
        until(lambda: component.answers(process.pid) is None)
        component.after_ready()
        write_sample(folder / "data", employees=161, seed=7)
        running.run("load-hr", "--rh", str(folder / "data" / "donnees_rh.xlsx"), "--sport", str(folder / "data" / "donnees_sportives.xlsx"))
        yield running
    finally:
        stop(process, component.stop_signal, component.patience_s)
        lock.close()

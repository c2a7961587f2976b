"""The Thrift server alone, over a small lake. No other component runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sportdata.adapters import delta
from sportdata.contracts.tables import BRONZE
from sportdata.local import jvm, process, thrift
from sportdata.local.passwords import make_secrets
from sportdata.settings import Settings
from tests.system.clients import Clients
from tests.system.conftest import OFFSET
from tests.unit import lake
from tests.waiting import until

TODAY = date(2026, 11, 20)
PORT_OFFSET = OFFSET + 600

# 105³ pairs, each with many hashes: minutes
SLOW = f"greatest({', '.join(f'sha2(concat(a.id, b.id, c.id, {number}), 512)' for number in range(200))})"
THRICE = "gold.activites a CROSS JOIN gold.activites b CROSS JOIN gold.activites c"


class Server(Clients):
    """What answers, and how to ask it."""

    def __init__(self, settings: Settings, pid: int) -> None:
        super().__init__(settings)
        self.pid = pid

    @property
    def lake(self) -> Path:
        return self.settings.lake


@contextmanager
def running(home: Path, **settings: Any) -> Iterator[Server]:
    """Started as the supervisor starts it; ended with the block."""
    home.mkdir(parents=True, exist_ok=True)
    one = Settings(home=home, port_offset=PORT_OFFSET, **settings)
    make_secrets(home)
    for folder in (one.logs, one.run, one.lake):
        folder.mkdir(exist_ok=True, mode=0o700)
    lake.write(one.lake, lake.clean(TODAY))
    delta.ensure(one.lake, BRONZE)
    component = thrift.component(one)
    assert component.prepare is not None
    component.prepare()
    given = {f"SPORTDATA_{name.upper()}": str(value) for name, value in settings.items()}
    given |= {"SPORTDATA_HOME": str(home), "SPORTDATA_PORT_OFFSET": str(PORT_OFFSET)}
    environment = {**jvm.environment(jvm.find_java(), one.jars), **component.environment, **given}
    server = process.spawn(component.command(), component.log, environment)
    try:

        def answers() -> bool:
            assert server.poll() is None, component.log.read_text()[-3000:]
            return component.answers(server.pid) is None

        until(answers, timeout=component.start_limit_s)
        yield Server(one, server.pid)
    finally:
        process.stop(server, component.stop_signal, component.patience_s)

"""The connector's registration in containers, where there is no supervisor: registers it and restarts it for as long as it runs.

Run as `python -m sportdata.local.keeper`. With SPORTDATA_CONNECTOR=manual it watches, and registers nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from sportdata.adapters.documents import write_atomically
from sportdata.local.connector import ConnectorKeeper
from sportdata.local.script import run
from sportdata.settings import Settings

LOOK_EVERY_S = 2.0


def keep(settings: Settings) -> None:
    """Blocks until told to stop; each change of the connector's state is a line of the log."""
    stop_asked = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop_asked.set())
    settings.run.mkdir(parents=True, exist_ok=True)
    (settings.run / "connector.pid").write_text(str(os.getpid()))
    keeper = ConnectorKeeper(settings)
    said = ""
    while not stop_asked.is_set():
        keeper.tick()
        document = {"pid": os.getpid(), "beat": time.time(), "state": keeper.state, "detail": keeper.detail}
        write_atomically(settings.progress / "connector.json", document)
        if said != (said := f"{keeper.state}: {keeper.detail}"):
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
        stop_asked.wait(LOOK_EVERY_S)


if __name__ == "__main__":
    run(lambda: keep(Settings()))

"""`sportdata rebuild`: forgets gold's memory and works everything out anew from bronze and the HR versions."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from sportdata.adapters.documents import write_atomically
from sportdata.contracts.tables import BRONZE
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import jvm, stack
from sportdata.local.process import last_lines
from sportdata.local.status import read_status, supervisor_alive
from sportdata.settings import ROOT, Settings

HOLD_LIMIT_S = 90.0
IN_CONTAINERS = "docker compose stop gold; docker compose run --rm --no-deps gold python spark/rebuild.py; docker compose start gold"


def rebuild_gold(settings: Settings, echo: Callable[[str], None]) -> None:
    """Holds bronze and gold down while a process of its own rebuilds; the tables keep their old content until the new one is complete.

    Raises WrongUse when there is no bronze, BrokenWorld when the work fails (the next start of gold then finishes it) and
    beside containers, whose lake and gold's memory are volumes that this machine does not see.
    """
    if settings.beside_containers:
        raise BrokenWorld(f"the stack runs in containers, whose lake `sportdata rebuild` cannot reach from here: {IN_CONTAINERS}")
    from sportdata.adapters.lake import Lake  # noqa: PLC0415 - delta-rs, for which every other command would wait

    if Lake(settings.lake).look(BRONZE) is None:
        raise WrongUse(f"there is no bronze below {settings.lake}: nothing to rebuild from")
    holder = next(component.name for component in stack.components(settings) if "gold" in component.names)
    hold = settings.run / f"hold-{holder}.json"
    running = supervisor_alive(settings)
    write_atomically(hold, {"pid": os.getpid()})
    try:
        if running:
            _await_held(settings)
        echo("rebuilding gold from bronze and the HR versions (PostgreSQL is not asked)")
        began = time.monotonic()
        log = settings.logs / "rebuild.log"
        with log.open("ab") as out:
            command = [sys.executable, str(ROOT / "spark" / "rebuild.py")]
            environment = {
                **jvm.environment(jvm.find_java(), settings.jars),
                "PYTHONPATH": str(ROOT),
                "SPORTDATA_HOME": str(settings.home.resolve()),
                "SPORTDATA_LAKE": str(settings.lake),
            }
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, env=environment, check=False)
        if done.returncode != 0:
            raise BrokenWorld(f"rebuild failed; its log: {log}", detail=last_lines(log))
        echo(f"gold is rebuilt ({time.monotonic() - began:.0f} s)")
    finally:
        hold.unlink(missing_ok=True)


def _await_held(settings: Settings) -> None:
    deadline = time.monotonic() + HOLD_LIMIT_S
    while read_status(settings)["components"]["gold"]["state"] != "held":
        if time.monotonic() > deadline:
            raise BrokenWorld(f"gold did not let go within {HOLD_LIMIT_S:.0f} s (`sportdata status`)")
        time.sleep(0.2)

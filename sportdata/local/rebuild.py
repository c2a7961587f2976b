"""`sportdata rebuild`: forgets gold's memory and works everything out anew from bronze and the HR versions."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sportdata.contracts.tables import BRONZE
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import jvm, stack
from sportdata.local.hold import held_down
from sportdata.local.process import die_with_parent, last_lines
from sportdata.local.status import read_status, supervisor_alive
from sportdata.settings import ROOT, Settings

HOLD_LIMIT_S = 90.0
IN_CONTAINERS = "docker compose stop gold; docker compose run --rm --no-deps gold python spark/rebuild.py; docker compose start gold"


def rebuild_gold(settings: Settings, echo: Callable[[str], None]) -> None:
    """Holds bronze and gold down while a process of its own rebuilds; the tables keep their old content until the new one is complete.

    Raises WrongUse when there is no bronze or another rebuild is at work, BrokenWorld when the work fails (the next start of gold then
    finishes it) and beside containers, whose lake and gold's memory are volumes that this machine does not see.
    """
    if settings.beside_containers:
        raise BrokenWorld(f"the stack runs in containers, whose lake `sportdata rebuild` cannot reach from here: {IN_CONTAINERS}")
    from sportdata.adapters.lake import Lake  # noqa: PLC0415 - delta-rs, for which every other command would wait

    if Lake(settings.lake).look(BRONZE) is None:
        raise WrongUse(f"there is no bronze below {settings.lake}: nothing to rebuild from")
    holder = next(component.name for component in stack.components(settings) if "gold" in component.names)
    with held_down(settings, holder) as hold:
        if supervisor_alive(settings):
            _await_held(settings)
        echo("rebuilding gold from bronze and the HR versions (PostgreSQL is not asked)")
        began = time.monotonic()
        log = settings.logs / "rebuild.log"
        if _work(settings, log, hold) != 0:
            raise BrokenWorld(f"rebuild failed; its log: {log}", detail=last_lines(log))
        echo(f"gold is rebuilt ({time.monotonic() - began:.0f} s)")


def _work(settings: Settings, log: Path, hold: int) -> int:
    """The worker ends with this command, however that ends, and inherits the hold: nobody else takes gold up while it still lives."""
    environment = {**jvm.environment(jvm.find_java(), settings.jars), **settings.paths, "PYTHONPATH": str(ROOT)}
    with log.open("ab") as out:
        return subprocess.run(
            [sys.executable, str(ROOT / "spark" / "rebuild.py")],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=(hold,),
            preexec_fn=die_with_parent(signal.SIGTERM),
            check=False,
        ).returncode


def _await_held(settings: Settings) -> None:
    deadline = time.monotonic() + HOLD_LIMIT_S
    while read_status(settings)["components"]["gold"]["state"] != "held":
        if time.monotonic() > deadline:
            raise BrokenWorld(f"gold did not let go within {HOLD_LIMIT_S:.0f} s (`sportdata status`)")
        time.sleep(0.2)

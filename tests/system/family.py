"""Every process of a stack, whoever started it."""

from __future__ import annotations

import psutil

from tests.system.conftest import Stack
from tests.waiting import until

LONGEST_STOP_S = 240  # what the supervisor grants its components, one after the other, is more than two minutes


def all_of_it_has_ended(stack: Stack) -> None:
    """Fails when processes of the stack are left."""
    until(lambda: not of_stack(stack), LONGEST_STOP_S, f"no process of {stack.settings.home} is left")


def of_stack(stack: Stack) -> list[psutil.Process]:
    """Whose command or environment names the stack's home."""
    home = str(stack.settings.home)
    found = []
    for process in psutil.process_iter():
        try:
            named = home in " ".join(process.cmdline()) or process.environ().get("SPORTDATA_HOME") == home
            if named and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found

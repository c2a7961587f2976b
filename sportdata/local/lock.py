"""Files that a process holds locked: the kernel lets go of them when it ends, however it ends (flock(2))."""

from __future__ import annotations

import fcntl
import time
from typing import IO

PATIENCE_S = 0.5
LOOK_EVERY_S = 0.02


def take(file: IO[str]) -> bool:
    """Locks an open file for as long as it is open, here or in a child that inherits it; False when another process holds it.

    Who only asks (`is_held`) is in the way for an instant, and does not count.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY_S)
        else:
            return True

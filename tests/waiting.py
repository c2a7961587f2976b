"""A condition that is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(true: Callable[[], bool], timeout: float = 60, what: str = "") -> float:
    """Seconds until the condition held; fails when it does not come."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > timeout:
            raise AssertionError(f"not so after {timeout} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began

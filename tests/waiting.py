"""A condition that is waited for."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable


def until(true: Callable[[], object], timeout: float = 180, what: str = "") -> float:
    """Seconds until the condition held; fails when it does not come.

    The limit is patience, no claim of speed. A condition that raises does not hold yet: what it asks may be starting, or restarting. One
    that asserts can tell that it never will.
    """
    began = time.monotonic()
    while True:
        cause: Exception | None = None
        try:
            if true():
                return time.monotonic() - began
        except AssertionError:
            raise
        except Exception as error:  # noqa: BLE001 - told when the time is over
            cause = error
        if time.monotonic() - began > timeout:
            raise AssertionError(f"not so after {timeout:g} s: {what or _source(true)}") from cause
        time.sleep(0.1)


def _source(true: Callable[[], object]) -> str:
    """The lines in which the condition is written."""
    try:
        return " ".join(inspect.getsource(true).split())
    except (OSError, TypeError):  # typed at a prompt, or no function
        return repr(true)

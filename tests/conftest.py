"""For every test, before anything of ours is imported."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import hypothesis
import pytest

from tests import groups

# A JVM of a test lives minutes: compiled by C1 alone a stack starts in two thirds of the time, for three fifths of the CPU seconds.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# PySpark takes a main module without a file, as a worker of pytest-xdist has it, for its doctests, and ends the process.
main = sys.modules["__main__"]
if not hasattr(main, "__file__"):
    main.__file__ = __file__

# A shell has what it starts in the background ignore SIGINT, and children inherit that; a handler they do not inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Time is no property of what is tested: on a busy machine any one example may be slow. And a failure must come again.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist
        items.sort(key=lambda item: groups.rank(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> groups.SharedStacks:
    return groups.SharedStacks(config, log)

"""For every test, before anything of ours is imported."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import hypothesis
import pytest

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

SYSTEM = Path(__file__).parent / "system"
ONE_STACK = "the shared stack"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist writes the groups into the names of the tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Between workers: the files on the shared stack stay together and in their order, so that there is one, and each other file is whole.

    They come first, since they take longest: while one worker is at them, the others go through the rest. A file on the shared stack that
    names a group of its own comes after the other system tests, for whoever is free then.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    asking = {item.path for item in items if item.path.parent == SYSTEM and _on_the_shared_stack(item)}
    apart = {item.path for item in items if item.get_closest_marker("xdist_group")}

    def rank(item: pytest.Item) -> int:
        if item.path.parent != SYSTEM:
            return 3
        return (2 if item.path in apart else 0) if item.path in asking else 1

    for item in items:
        if item.path not in apart:
            group = ONE_STACK if item.path in asking else f"{item.path.parent.name}/{item.path.stem}"
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=rank)


def _on_the_shared_stack(item: pytest.Item) -> bool:
    """Whether it asks for that one: some files have another `stack` of their own."""
    return isinstance(item, pytest.Function) and "stack" in item.fixturenames and not hasattr(item.module, "stack")

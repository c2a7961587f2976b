"""Which files of tests go to one worker together when several workers run, and which come first."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
SYSTEM, SPARK = TESTS / "system", TESTS / "spark"
SHARED = {"stack", "year"}  # fixtures of tests/system/conftest.py
LONGEST = ("test_history.py", "test_wait.py", "test_thrift_guard.py", "test_cluster_and_store.py")  # the last one waits for an S3 server
APART = {"test_monitoring.py"}  # on a shared stack of its own: a quarter of an hour where there is a Prometheus, mostly of waiting


class SharedStacks(LoadScopeScheduling):
    """Half of the files on the shared stack are one worker's, in their order: each finds what the one before has left."""

    def _split_scope(self, nodeid: str) -> str:
        return group(TESTS.parent / nodeid.partition("::")[0])


def group(file: Path) -> str:
    if file.parent == SPARK:
        return "one Spark session"
    if rank(file) != 0:
        return str(file)
    return "the first shared stack" if file in _shared()[: len(_shared()) // 2] else "the second shared stack"


def needs_the_shared_stack(file: Path) -> bool:
    return rank(file) in (0, 1)


@cache
def rank(file: Path) -> int:
    """What takes longest comes first: the shared stacks, monitoring, the longest on stacks of their own, Spark's, the others."""
    if file.parent == SPARK:
        return 6
    if file.parent != SYSTEM:
        return 8
    if file.name in APART:
        return 1
    if _asks_for_the_shared_stack(file):
        return 0
    return 2 + LONGEST.index(file.name) if file.name in LONGEST else 7


@cache
def _shared() -> list[Path]:
    return [file for file in sorted(SYSTEM.glob("test_*.py")) if rank(file) == 0]


def _asks_for_the_shared_stack(file: Path) -> bool:
    """Read, not imported: it is asked where nothing is collected. Some files have another `stack` of their own."""
    functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
    asked_by_pytest = [one for one in functions if one.name.startswith("test_") or "fixture" in map(_word, one.decorator_list)]
    asked_for = {argument.arg for one in asked_by_pytest for argument in one.args.args}
    return bool(asked_for & SHARED) and not any(one.name in SHARED for one in functions)


def _word(decorator: ast.expr) -> str:
    """`fixture` of `@pytest.fixture(scope="module")`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else ""

"""What shares a worker when several run at once."""

from __future__ import annotations

from pathlib import Path

from tests.groups import SYSTEM, TESTS, group, needs_the_shared_stack, rank


def test_files_on_the_shared_stack_are_two_groups_that_come_first() -> None:
    first = [SYSTEM / f"test_{name}.py" for name in ("clients", "commands", "configuration")]
    second = [SYSTEM / f"test_{name}.py" for name in ("slack", "storm", "validation")]
    assert {(group(file), rank(file)) for file in first} == {("the first shared stack", 0)}
    assert {(group(file), rank(file)) for file in second} == {("the second shared stack", 0)}
    assert all(map(needs_the_shared_stack, [*first, *second]))


def test_a_file_with_a_stack_of_its_own_is_a_group_of_its_own_and_the_longest_begin_early() -> None:
    longest = [SYSTEM / f"test_{name}.py" for name in ("history", "wait", "thrift_guard", "cluster_and_store")]
    shorter = [SYSTEM / f"test_{name}.py" for name in ("generator", "thrift_transport", "topic")]
    assert [(group(file), rank(file)) for file in longest] == [(str(file), 2 + place) for place, file in enumerate(longest)]
    assert [(group(file), rank(file)) for file in shorter] == [(str(file), 7) for file in shorter]
    assert all(file.exists() for file in (*longest, *shorter))
    assert not any(map(needs_the_shared_stack, (*longest, *shorter)))


def test_the_files_on_one_spark_session_are_one_group() -> None:
    assert {(group(file), rank(file)) for file in (TESTS / "spark").glob("test_*.py")} == {("one Spark session", 6)}


def test_monitoring_is_for_another_worker_from_the_beginning_and_what_needs_no_stack_comes_last() -> None:
    assert rank(SYSTEM / "test_monitoring.py") == 1
    assert group(SYSTEM / "test_monitoring.py") == str(SYSTEM / "test_monitoring.py")
    assert needs_the_shared_stack(SYSTEM / "test_monitoring.py")
    assert rank(Path(__file__)) == rank(TESTS / "compose" / "test_stack.py") == 8

"""How tests wait: for as long as it takes, and a failure says for what and why it did not come."""

from __future__ import annotations

import pytest

from tests.waiting import until


def test_a_condition_that_raises_is_asked_again() -> None:
    answers: list[dict[str, str]] = [{"message": "rebalancing"}, {"state": "STOPPED"}]
    until(lambda: answers.pop(0)["state"] == "STOPPED")
    assert answers == []


def test_what_never_comes_is_named_by_its_source_and_its_last_error() -> None:
    with pytest.raises(AssertionError, match=r'not so after 0 s: until\(lambda: len\(\{\}\["state"\]\) == 7') as failure:
        until(lambda: len({}["state"]) == 7, timeout=0)
    assert isinstance(failure.value.__cause__, KeyError)


def test_what_came_too_late_to_raise_blames_no_earlier_error() -> None:
    errors = [OSError("starting")]

    def never() -> bool:
        if errors:
            raise errors.pop()
        return False

    with pytest.raises(AssertionError, match="the page") as failure:
        until(never, timeout=0.15, what="the page")
    assert failure.value.__cause__ is None


def test_a_condition_that_asserts_ends_the_waiting() -> None:
    asked = []

    def ended() -> bool:
        asked.append(1)
        raise AssertionError("the server has ended")

    with pytest.raises(AssertionError, match="the server has ended"):
        until(ended)
    assert asked == [1]

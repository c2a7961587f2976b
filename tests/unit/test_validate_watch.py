"""A validation that watches ends when it is asked to, whatever it is doing at that moment."""

from __future__ import annotations

import io
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from sportdata.local import validate_watch
from sportdata.local.validate import Report, Wish
from sportdata.settings import PORTS_ASIDE, Settings


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put back: they are the process's."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setitem(PORTS_ASIDE, "validation", free.getsockname()[1])
    return Settings(home=tmp_path)


class Doomed:
    """Asks for the end while it is destroyed: an exception from the handler would be printed there, and lost."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_an_object_is_destroyed_is_heard(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    runs = []

    def once(_settings: Settings, _wish: Wish, _out: Console, before: Report | None) -> Report | None:
        runs.append(1)
        if len(runs) == 1:
            Doomed(number)
        assert len(runs) < 3, "it was not heard"
        return before

    monkeypatch.setattr(validate_watch, "_once", once)
    out = Console(file=io.StringIO())
    assert validate_watch.watch(settings, Wish(), 0.01, out) == 0
    assert len(runs) == 1


def test_the_second_signal_does_not_wait_for_the_run_to_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()

    def once(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the run went on to its end")

    monkeypatch.setattr(validate_watch, "_once", once)
    assert validate_watch.watch(settings, Wish(), 60, Console(file=said)) == 0
    assert said.getvalue().endswith("stopped\n")

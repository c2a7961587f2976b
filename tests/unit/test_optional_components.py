"""What watches the stack may be missing or broken: the start goes on, and `status` says so apart from the components."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from sportdata.adapters.documents import read_document
from sportdata.errors import BrokenWorld
from sportdata.local.status import COMPONENTS
from sportdata.local.supervisor import Child, Supervisor
from sportdata.settings import Settings


def supervisor(home: Path, prometheus: str) -> Supervisor:
    settings = Settings(home=home, port_offset=22000, prometheus=prometheus)
    settings.run.mkdir(parents=True)
    return Supervisor(settings)


def look_after(one: Supervisor, child: Child) -> None:
    """What the supervisor does with one of its children in a tick."""
    try:
        one._look_after(child)
    except BrokenWorld as error:
        one._fails(child, str(error))


def test_a_program_that_is_not_there_fails_alone_and_is_tried_again_later(tmp_path: Path) -> None:
    one = supervisor(tmp_path, "/nowhere/prometheus")
    child = one.children["prometheus"]
    look_after(one, child)
    assert (child.state, one.failure) == ("failed", None)
    assert "SPORTDATA_PROMETHEUS: /nowhere/prometheus is not a program" in child.detail
    assert child.restart_at > time.monotonic()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    one = supervisor(tmp_path, "/bin/true")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", one.settings.port("prometheus")))
        taken.listen()
        look_after(one, one.children["prometheus"])
    assert f"port {one.settings.port('prometheus')} is taken" in one.children["prometheus"].detail
    assert one.failure is None


@pytest.mark.parametrize("state", ["failed", "ready"])
def test_status_shows_them_apart_and_ready_does_not_ask_for_them(tmp_path: Path, state: str) -> None:
    one = supervisor(tmp_path, "/bin/true")
    for child in one.children.values():
        child.state = "ready"
    one.children["prometheus"].state = one.children["exporter"].state = state
    one.keeper.state = "ready"
    one._publish()
    document = read_document(one.settings.run / "status.json")
    assert document is not None
    assert document["ready"] is True
    assert list(document["components"]) == list(COMPONENTS)
    assert {name: shown["state"] for name, shown in document["monitoring"].items()} == {"exporter": state, "prometheus": state}


def test_a_component_of_the_stream_still_ends_the_start(tmp_path: Path) -> None:
    one = supervisor(tmp_path, "off")
    one._fails(one.children["thrift"], "ended with code 1 while starting")
    assert one.failure is not None
    assert one.failure.startswith("thrift ended with code 1")

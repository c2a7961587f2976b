"""What the supervisor survives, what it leaves behind of a start that failed, and whom it lets hold a component down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sportdata.adapters.documents import read_document
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import commands
from sportdata.local.hold import held_down, is_held_down
from sportdata.local.status import read_status
from sportdata.local.supervisor import Supervisor
from sportdata.local.wait import wait
from sportdata.settings import ROOT, Settings
from tests.waiting import until


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor whose children are never started; its handlers of signals go with it."""
    settings = Settings(home=tmp_path, prometheus="off", port_offset=22000)
    settings.run.mkdir(parents=True)
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    made = Supervisor(settings)
    made.tied = False
    yield made
    for name, handler in before.items():
        signal.signal(name, handler)


def test_a_full_disk_ends_neither_the_supervisor_nor_the_stack_and_is_said_once(
    one: Supervisor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    scratch = one.settings.run / f".status.json.{os.getpid()}"
    scratch.symlink_to("/dev/full")  # whoever writes there finds no space left on the device
    ticks = []

    def tick() -> None:
        ticks.append(one)
        one.stopping = len(ticks) == 3

    monkeypatch.setattr(one, "_tick", tick)
    assert one.run() == 0
    assert len(ticks) == 3
    assert capfd.readouterr().err.count("No space left on device") == 1
    scratch.unlink()
    one._publish_if_there_is_room()
    assert read_document(one.settings.run / "status.json") is not None


def test_the_reason_of_a_failed_start_is_told_until_the_next_one(one: Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    log = one.children["thrift"].component.log
    log.parent.mkdir()
    log.write_text("the very [last] line\n")
    one._fails(one.children["thrift"], "ended with code 1 while starting")
    one._stop_all()
    one._publish()

    told = read_status(one.settings)
    assert not told["ready"] and {shown["state"] for shown in told["components"].values()} == {"stopped"}
    assert told["failure"] == f"thrift ended with code 1 while starting (log: {log})\nthe very [last] line"
    assert commands.status(one.settings, as_json=False) == 1
    assert "failure: thrift ended with code 1 while starting" in (shown := capsys.readouterr().out) and "the very [last] line" in shown
    with pytest.raises(BrokenWorld, match=r"the stack is down .*thrift ended with code 1.*sportdata up") as refused:
        wait(one.settings, 1)
    assert refused.value.detail == "the very [last] line" and "\n" not in str(refused.value)


# -- holding a component down --------------------------------------------------------------------------------------------------------------


def test_a_command_that_holds_a_component_keeps_out_a_second_one_and_lets_go_at_its_end(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with held_down(settings, "streams"):
        assert is_held_down(settings, "streams") and not is_held_down(settings, "slack")
        with pytest.raises(WrongUse, match="another command holds streams"), held_down(settings, "streams"):
            pass
        assert is_held_down(settings, "streams")
    assert not is_held_down(settings, "streams")


def test_what_a_power_cut_left_of_a_hold_holds_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.run.mkdir()
    (settings.run / "hold-streams.json").write_text(f'{{"pid": {os.getpid()}}}')
    (settings.run / "hold-streams.lock").write_text("")
    assert not is_held_down(settings, "streams")


HOLDER = """
import sys
from pathlib import Path
from sportdata.local import rebuild
from sportdata.local.hold import held_down
from sportdata.settings import Settings

settings = Settings()
rebuild.ROOT = Path(sys.argv[1])  # where spark/rebuild.py is a worker that only says it is there
with held_down(settings, "streams") as hold:
    rebuild._work(settings, settings.home / "log", hold)
"""
WORKER = """
import os, signal, sys, time
def ask(*_):
    time.sleep(1)
    sys.exit()
signal.signal(signal.SIGTERM, ask)
print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_rebuild_that_is_killed_takes_its_worker_along_and_holds_gold_down_until_that_has_ended(
    tmp_path: Path, how: signal.Signals
) -> None:
    (tmp_path / "root" / "spark").mkdir(parents=True)
    (tmp_path / "root" / "spark" / "rebuild.py").write_text(WORKER)
    settings, log = Settings(home=tmp_path), tmp_path / "log"
    environment = {**os.environ, "SPORTDATA_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "root")], env=environment, cwd=ROOT) as command:
        until(lambda: log.exists() and log.read_text().endswith("\n"), 30)
        command.send_signal(how)
    worker = int(log.read_text())
    assert is_held_down(settings, "streams")
    until(lambda: not Path(f"/proc/{worker}").exists(), 30)
    assert not is_held_down(settings, "streams")

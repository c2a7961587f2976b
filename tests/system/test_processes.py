"""No orphan, whatever is killed: the terminal in mid-start, or the supervisor itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import psycopg
import pytest

from sportdata.rules.calendar import today_in_paris
from sportdata.settings import ROOT
from tests.system.conftest import OFFSET, Stack
from tests.waiting import until

LONGEST_STOP_S = 240  # what the supervisor grants its components, one after the other, is more than two minutes


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its home has a blank and an accent in its path."""
    running = Stack(tmp_path_factory.mktemp("processes") / "à la maison", OFFSET + 700)
    yield running
    running.run("reset", expect=None)


def of_stack(stack: Stack) -> list[psutil.Process]:
    """Every process whose command or environment names the stack's home."""
    home = str(stack.settings.home)
    found = []
    for process in psutil.process_iter():
        try:
            named = home in " ".join(process.cmdline()) or process.environ().get("SPORTDATA_HOME") == home
            if named and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def test_nothing_survives_the_terminal_in_mid_start_nor_the_supervisor_and_no_data_is_lost(own: Stack) -> None:
    own.configure(date_reference=today_in_paris(datetime.now(UTC)))  # what is compared below does not change at midnight
    command = [sys.executable, "-m", "sportdata", "up", "--wait"]
    terminal = subprocess.Popen(command, env=own.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: own.status()["components"]["postgres"]["state"] == "ready")
    terminal.send_signal(signal.SIGKILL)
    terminal.wait()
    until(lambda: not of_stack(own), LONGEST_STOP_S)

    own.run("up", "--wait")
    own.run("load-hr")
    own.run("strava_generator.py", "--activities", "300")
    own.wait()
    before = own.kpis()
    supervisor = own.status()["supervisor"]
    assert supervisor
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not of_stack(own), LONGEST_STOP_S)
    assert own.run("wait", expect=2).stderr.count("down") == 1

    own.run("up", "--wait")
    own.wait()
    after = own.kpis()
    assert {**after, "batch_id": 0} == {**before, "batch_id": 0} and after["activities"] == 300
    with psycopg.connect(own.settings.dsn("sportdata_hr")) as connection:
        assert connection.execute("SELECT count(*) FROM hr.employes").fetchone() == (161,)

    own.run("down")
    until(lambda: not of_stack(own), LONGEST_STOP_S)
    assert own.run("down").stdout.strip() == "nothing was running"

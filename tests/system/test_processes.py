"""No orphan when the terminal is killed in mid-start. That of the supervisor is in test_storm, a clean stop in test_history."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sportdata.settings import ROOT
from tests.system.conftest import OFFSET, Stack
from tests.system.family import all_of_it_has_ended
from tests.waiting import until


def test_nothing_survives_the_terminal_in_mid_start(tmp_path: Path) -> None:
    own = Stack(tmp_path / "home", OFFSET + 700)
    command = [sys.executable, "-m", "sportdata", "up", "--wait"]
    terminal = subprocess.Popen(command, env=own.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: own.status()["components"]["postgres"]["state"] == "ready")
        terminal.kill()
        terminal.wait()
        all_of_it_has_ended(own)
    finally:
        own.run("reset", expect=None)

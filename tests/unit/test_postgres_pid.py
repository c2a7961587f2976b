"""The embedded PostgreSQL starts again after a power cut, whoever has its old pid now."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sportdata.local.postgres import _forget_reused_pid


@pytest.mark.parametrize("content", ["{pid}\n/some/data\n", "", "\n"])
def test_a_pid_that_is_another_programs_now_or_was_never_written_is_forgotten(tmp_path: Path, content: str) -> None:
    (tmp_path / "postmaster.pid").write_text(content.format(pid=os.getpid()))
    _forget_reused_pid(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()


def test_the_pid_of_a_server_of_this_folder_is_left_to_postgresql(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "input()", "-D", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
        (tmp_path / "postmaster.pid").write_text(f"{server.pid}\n{tmp_path}\n")
        _forget_reused_pid(tmp_path)
        assert (tmp_path / "postmaster.pid").exists()
        server.communicate(b"\n")
    _forget_reused_pid(tmp_path)  # it has ended: PostgreSQL sees that by itself, and looks for what it left in shared memory
    assert (tmp_path / "postmaster.pid").exists()


def test_a_folder_without_a_pid_is_fine(tmp_path: Path) -> None:
    _forget_reused_pid(tmp_path)

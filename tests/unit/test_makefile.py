"""What `make` promises of a machine that has changed since the last time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sportdata.settings import ROOT


def test_setup_looks_for_a_java_each_time_and_not_only_when_it_makes_the_environment() -> None:
    command = ["make", "--dry-run", "--old-file=.venv/.ready", "setup"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    java, jars = (done.stdout.find(part) for part in ("requirements-java.txt", "sportdata.local.jars"))
    assert "find_java" in done.stdout
    assert 0 < java < jars, done.stdout


INSTALLED = ["pip -r requirements-uv.txt", "uv -r lock.txt"]


@pytest.mark.parametrize(
    ("configured", "uv_ends_with", "wanted"),
    [
        ("global.timeout='60'", 0, INSTALLED),
        ("global.timeout='60'", 1, [*INSTALLED, "pip -r lock.txt"]),
        (":env:.index-url='https://mirror.example/simple'", 0, ["pip -r lock.txt"]),
    ],
)
def test_uv_installs_and_pip_does_where_it_knows_a_mirror_or_uv_cannot(
    tmp_path: Path, configured: str, uv_ends_with: int, wanted: list[str]
) -> None:
    """The environment's two programs write down what they are asked for."""
    (tmp_path / "bin").mkdir()
    for name, code in (("pip", 0), ("uv", uv_ends_with)):
        program = tmp_path / "bin" / name
        noted = f'for last; do before=$word word=$last; done; echo "{name} $before $word" >> "{tmp_path}/asked"; exit {code}'
        program.write_text(f'#!/bin/sh\n[ "$1" = config ] && echo "{configured}" && exit\n{noted}\n')
        program.chmod(0o755)
    (tmp_path / "Makefile").write_text(f"include {ROOT}/Makefile\nprobe:\n\t$(call install,{tmp_path},lock.txt)\n")
    done = subprocess.run(["make", "-f", str(tmp_path / "Makefile"), "probe"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text().splitlines() == wanted

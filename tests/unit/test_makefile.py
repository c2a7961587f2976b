"""What `make` promises of a machine that has changed since the last time."""

from __future__ import annotations

import subprocess

from sportdata.settings import ROOT


def test_setup_looks_for_a_java_each_time_and_not_only_when_it_makes_the_environment() -> None:
    command = ["make", "--dry-run", "--old-file=.venv/.ready", "setup"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    java, jars = (done.stdout.find(part) for part in ("requirements-java.txt", "sportdata.local.jars"))
    assert "find_java" in done.stdout
    assert 0 < java < jars, done.stdout

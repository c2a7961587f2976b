"""One real stack for all system tests: its own home, its own ports, its own configuration files. Everything of it ends with the tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from sportdata.contracts.lakeside import read_lakeside
from sportdata.local.sample_delivery import write_sample
from sportdata.local.status import StackStatus, read_status
from sportdata.local.wait import wait
from sportdata.settings import ROOT, Settings
from tests.groups import needs_the_shared_stack
from tests.system import estimates
from tests.waiting import until

# Every port stays below the range from which the kernel takes those of outgoing connections; each worker of pytest-xdist has its own.
OFFSET = int(os.environ.get("SPORTDATA_TEST_PORT_OFFSET", "11000")) - 5000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


class Stack:
    """A running stack as a person at the command line has it."""

    def __init__(self, home: Path, offset: int, **more: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        config = home.parent / f"{home.name}-config"
        self.environment = {
            **os.environ,
            "SPORTDATA_HOME": str(home),
            "SPORTDATA_PORT_OFFSET": str(offset),
            "SPORTDATA_CONFIG": str(config / "config.yml"),
            "SPORTDATA_SPORTS": str(config / "sports.yml"),
            **more,
        }
        self.settings = Settings(home=home, port_offset=offset, config=config / "config.yml", sports=config / "sports.yml")
        if "SPORTDATA_LAKE" in more:
            self.settings = self.settings.model_copy(update={"lake": read_lakeside(more["SPORTDATA_LAKE"])})
        self.configure_as_delivered()

    def configure_as_delivered(self) -> None:
        shutil.copytree(ROOT / "config", self.settings.config.parent, dirs_exist_ok=True)

    def run(self, *arguments: str, expect: int | None = 0, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """`sportdata …` (or `script.py …`), with the exit code that is expected."""
        first = [str(ROOT / arguments[0])] if arguments[0].endswith(".py") else ["-m", "sportdata", arguments[0]]
        command = [sys.executable, *first, *arguments[1:]]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{arguments} ended with {done.returncode}, not {expect}:\n{done.stdout}\n{done.stderr}")
        return done

    def status(self) -> StackStatus:
        """What `sportdata status --json` reads, but for memory and processor time; without a process for each look."""
        return read_status(self.settings)

    def pid_or_none(self, component: str) -> int | None:
        return self.status()["components"][component]["pid"]

    def pid(self, component: str) -> int:
        """Of a process that is there: it may be between two lives."""
        until(lambda: self.pid_or_none(component), what=f"a process of {component}")
        pid = self.pid_or_none(component)
        assert pid, f"{component} has ended again"  # to signal 0 is to signal the tests' own process group
        return pid

    def until_back(self, component: str, killed: int) -> None:
        """Another process of the component is ready."""

        def is_back() -> bool:
            now = self.status()["components"][component]
            return now["state"] == "ready" and now["pid"] != killed

        until(is_back, 300, f"{component} is back")

    def until_ready(self) -> None:
        """A check that was late on a busy machine makes a component unready for a moment."""
        until(lambda: self.status()["ready"], 300, "the stack is ready")

    def wait(self, timeout_s: float = 600) -> list[str]:
        """What `sportdata wait` does and the warnings it would print; without a process for each."""
        return wait(self.settings, timeout_s)

    def kpis(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.run("kpis", "--json").stdout)
        return values

    def configure(self, **changes: Any) -> None:
        """Edits config.yml as a person would: whole values, written in one go. `section__key=value` or `key=value`."""
        document = yaml.safe_load(self.settings.config.read_text())
        for path, value in changes.items():
            section, _, key = path.partition("__")
            if key:
                document[section][key] = value
            else:
                document[section] = value
        self.settings.config.write_text(yaml.safe_dump(document, allow_unicode=True))


_ends = ExitStack()  # of the shared stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("system")
    running = Stack(folder / "home", OFFSET)
    write_sample(folder / "data", employees=161, seed=7)
    with _ends:
        _ends.callback(running.run, "reset", expect=None)
        running.run("up", "--wait")
        running.run("load-hr", "--rh", str(folder / "data" / "donnees_rh.xlsx"), "--sport", str(folder / "data" / "donnees_sportives.xlsx"))
        running.run("maps.py")
        estimates.keep(running.settings)
        yield running


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Among several workers the shared stack ends with the last file that needs it: idle, it takes a seventh of a core from the others."""
    if hasattr(item.config, "workerinput") and nextitem and not needs_the_shared_stack(nextitem.path):
        _ends.close()


def as_delivered(stack: Stack) -> Path:
    """Whatever was done to it before: its workbooks, distances, a year of activities. Returns the folder of the workbooks."""
    stack.configure_as_delivered()
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        connection.execute("TRUNCATE public.sport_activities, hr.employes, hr.distances, hr.preferences")
    folder = stack.settings.home.parent / "data"
    stack.run("load-hr", "--rh", str(folder / "donnees_rh.xlsx"), "--sport", str(folder / "donnees_sportives.xlsx"), "--confirm")
    estimates.put_back(stack.settings)
    stack.run("strava_generator.py", "--seed", "3")
    stack.wait()
    return folder


@pytest.fixture(scope="module")
def year(stack: Stack) -> Stack:
    as_delivered(stack)
    return stack

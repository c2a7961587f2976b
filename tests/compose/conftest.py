"""The stack of docker-compose.yml on a real engine, unchanged; where no image registry is reached, with stand-ins for the vendors' images.

`make test-compose` runs these tests. They take the published ports, and remove the project's containers and volumes before and after.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sportdata.settings import DEMO_SECRETS, ROOT, Settings
from tests.compose.services import lasting, one_shots
from tests.waiting import until

STANDINS = Path(__file__).parent / "standins"
PROJECT = "sportdata"


def docker(*arguments: str, expect: int | None = 0, timeout: float = 900, **more: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", *arguments]
    environment = {**os.environ, **more}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    if expect is not None and done.returncode != expect:
        raise AssertionError(
            f"{' '.join(command)} ended with {done.returncode}, not {expect}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        )
    return done


def compose(*arguments: str, expect: int | None = 0, timeout: float = 900, **more: str) -> subprocess.CompletedProcess[str]:
    return docker("compose", *arguments, expect=expect, timeout=timeout, **more)


def config(*profiles: str) -> dict[str, Any]:
    chosen = [word for profile in profiles or ("*",) for word in ("--profile", profile)]
    read: dict[str, Any] = json.loads(compose(*chosen, "config", "--format", "json").stdout)
    return read


@pytest.fixture(scope="session")
def composed() -> dict[str, Any]:
    """docker-compose.yml as Compose understands it; needs the command line, no engine."""
    if shutil.which("docker") is None or docker("compose", "version", expect=None).returncode != 0:
        pytest.skip("no `docker compose` on the PATH: docker-compose.yml cannot be read as Compose reads it")
    return config()


class Stack:
    """The running containers, and this machine beside them."""

    def __init__(self, services: dict[str, Any]) -> None:
        self.services = services
        self.lasting = lasting({"services": services})
        self.one_shots = one_shots({"services": services})
        self.settings = Settings(secrets=DEMO_SECRETS, home=ROOT / ".sportdata-compose-test")
        self.times: dict[str, float] = {}
        self.containers: dict[str, str] = {}  # of services that have several
        self.restarts: dict[str, int] = {}  # those that a test has caused

    def up(self, *arguments: str, **more: str) -> float:
        """`docker compose up --wait`, as the runbooks say: 0 once all are healthy and all one-shots done. Returns how long it took."""
        began = time.monotonic()
        compose("up", "--detach", "--wait", *arguments, **more)
        assert {name: self.health(name) for name in self.lasting} == dict.fromkeys(self.lasting, "healthy")
        ended = {name: (self.state(name)["Status"], self.state(name)["ExitCode"]) for name in self.one_shots}
        assert ended == dict.fromkeys(self.one_shots, ("exited", 0))
        return time.monotonic() - began

    def container(self, service: str) -> str:
        return self.containers.get(service, f"{PROJECT}-{service}-1")

    def state(self, service: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(docker("inspect", self.container(service), "--format", "{{json .State}}").stdout)
        return state

    def health(self, service: str) -> str:
        return str(self.state(service).get("Health", {}).get("Status"))

    def healthy(self, *services: str, timeout: float = 240) -> None:
        for service in services:
            until(lambda service=service: self._is_healthy(service), timeout, f"{service} healthy")  # type: ignore[misc]

    def _is_healthy(self, service: str) -> bool:
        if self.health(service) == "healthy":
            return True
        restarts = int(docker("inspect", self.container(service), "--format", "{{.RestartCount}}").stdout)
        if restarts - self.restarts.get(service, 0) > 3:
            raise AssertionError(f"{service} ends again and again:\n{docker('logs', '--tail', '30', self.container(service)).stderr}")
        return False

    def execute(self, service: str, *command: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        return docker("exec", self.container(service), *command, expect=expect)

    def run(self, *arguments: str, expect: int | None = 0, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """`python SCRIPT …` or `sportdata …` on this machine, with nothing told: it finds the containers by itself."""
        first = [str(ROOT / arguments[0])] if arguments[0].endswith(".py") else ["-m", "sportdata", arguments[0]]
        environment = {**os.environ, "SPORTDATA_HOME": str(self.settings.home)}
        command = [sys.executable, *first, *arguments[1:]]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{arguments} ended with {done.returncode}, not {expect}:\n{done.stdout}\n{done.stderr}")
        return done

    def differences(self) -> list[str]:
        """Gold in the lake's volume against PostgreSQL's rows, by the oracle of the system tests, run beside both (compare.py)."""
        self.run("wait", "--timeout", "300")
        mounts = [f"{PROJECT}_lake:/var/lib/sportdata/lake:ro", f"{ROOT}/tests:/opt/sportdata/tests:ro", f"{DEMO_SECRETS}:/run/secrets:ro"]
        options = [word for mount in mounts for word in ("--volume", mount)]
        variables = [word for value in ("POSTGRES_HOST=postgres", "SECRETS=/run/secrets") for word in ("--env", f"SPORTDATA_{value}")]
        image = self.services["hr_load"]["image"]
        told = docker(
            "run", "--rm", "--network", f"{PROJECT}_db_admin", *options, *variables, image, "python", "-m", "tests.compose.compare"
        )
        found: list[str] = json.loads(told.stdout)
        return found


def build_standins(services: dict[str, Any]) -> list[str]:
    """Builds an image for each vendor's image that the engine does not hold; returns which."""
    compose("build", "--quiet", timeout=1800)
    built = []
    arguments = ["--build-arg", f"APP={services['guard']['image']}", "--build-arg", f"CONNECT={services['connect']['image']}"]
    for name, service in services.items():
        holds = docker("image", "inspect", service["image"], "--format", "{{json .Config.Labels}}", expect=None)
        of_vendor = holds.returncode == 0 and "sportdata.standin" not in holds.stdout
        if "build" in service or service["image"].startswith("sportdata/") or of_vendor:
            continue
        target = ["--target", name, "--label", "sportdata.standin=true", "--tag", service["image"]]
        docker("build", "--quiet", *target, *arguments, str(STANDINS), timeout=1800)
        built.append(service["image"])
    return built


@pytest.fixture(scope="session")
def stack(composed: dict[str, Any]) -> Iterator[Stack]:
    if not os.environ.get("SPORTDATA_TEST_COMPOSE"):
        pytest.skip("`make test-compose` starts the containers")
    if docker("version", expect=None).returncode != 0:
        pytest.skip("no Docker engine answers")
    running = Stack(composed["services"])
    print(f"stand-ins: {', '.join(build_standins(running.services)) or 'none'}")
    compose("--profile", "*", "down", "--volumes", "--remove-orphans")
    try:
        running.times["from nothing"] = running.up()
        yield running
    finally:
        logs = compose("logs", "--no-color", "--tail", "40", expect=None).stdout
        compose("--profile", "*", "down", "--volumes", "--remove-orphans", expect=None)
        kept = ROOT / ".pytest_cache" / "compose.log"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(logs)

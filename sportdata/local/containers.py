"""The stack in containers, seen from inside one of them (what is broken) and from the machine beside them (commands handed over)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Literal

from sportdata.adapters.documents import read_document
from sportdata.errors import BrokenWorld
from sportdata.settings import ROOT, Settings

VALIDATION = "validation"  # the host that prometheus.yml asks while `validate_strava.py --watch` runs
COMMANDS = "commands"  # the service of docker-compose.yml that runs one command and goes
GIVEN_UP_AFTER_S = 120.0  # a job that restarts is silent for a while, and not broken for that
REACHED: tuple[Literal["postgres", "broker", "connect"], ...] = ("postgres", "broker", "connect")


def broken(settings: Settings) -> str | None:
    """Which component is broken and how, or None: what `status` knows in the embedded way."""
    for name in REACHED:
        address = (settings.host_of(name), settings.port(name))
        try:
            socket.create_connection(address, timeout=2).close()
        except OSError as error:
            return f"{name} does not answer at {address[0]}:{address[1]}: {error} (docker compose ps; docker compose logs {name})"
    for job in ("bronze", "gold", "connector"):
        said = read_document(settings.progress / f"{job}.json")
        if said and (silence_s := time.time() - said["beat"]) > GIVEN_UP_AFTER_S:
            return f"{job} has been silent for {silence_s:.0f} s (docker compose ps; docker compose logs {job})"
        if said and said.get("state") == "failed":
            return f"connect is failed: {said['detail']} (docker compose logs connect)"
    return None


def hand_over(arguments: Sequence[str], name: str | None = None) -> int:
    """Runs a command where the lake and the progress files are, in a container of its own that ends with it; returns its exit code.

    Others find that container as `name`, and there is one of that name at most. Raises BrokenWorld when there is no Docker to ask.
    """
    name = name or f"sportdata-{os.getpid()}"
    options = ["--name", name, *([] if sys.stdin.isatty() else ["-T"])]
    return compose("run", "--rm", "--no-deps", *options, COMMANDS, *arguments, container=name)


def in_gold(arguments: Sequence[str], text: str | None = None) -> int:
    """Runs a command beside gold, where its memory is, with `text` as its input; returns its exit code. Raises as `hand_over`."""
    return compose("exec", "-T", "gold", *arguments, text=text)


def compose(*arguments: str, text: str | None = None, container: str | None = None) -> int:
    """`docker compose …`, or `docker-compose …`, on the project of this checkout, with `text` as its input; `container` is what it runs."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return _until_it_ends([*command, "--project-directory", str(ROOT), *arguments], text, container)
    raise BrokenWorld("the stack runs in containers, and there is neither `docker compose` nor `docker-compose` to reach into them")


def _until_it_ends(command: list[str], text: str | None, container: str | None) -> int:
    """Ctrl-C reaches the child by the terminal; SIGTERM is passed on, for its container would go on without us.

    To the container: `docker` ends at SIGTERM without a word to it, `docker-compose` passes it on.
    """
    with subprocess.Popen(command, stdin=None if text is None else subprocess.PIPE, text=True) as child:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            told = ["docker", "kill", "--signal", "TERM", container or ""]
            if container is None or command[0] != "docker" or subprocess.run(told, capture_output=True, check=False).returncode:
                child.terminate()

        before = signal.signal(signal.SIGTERM, stop)
        try:
            child.communicate(text)
        finally:
            signal.signal(signal.SIGTERM, before)
    return child.returncode

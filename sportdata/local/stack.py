"""The embedded stack as a whole: what it consists of, up, down, reset."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from sportdata.adapters.documents import read_document
from sportdata.contracts.lakeside import ObjectStore, read_lakeside
from sportdata.contracts.tables import BRONZE
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import cluster, connect, home, jars, jvm, kafka, monitoring, postgres, slack, streams, thrift
from sportdata.local.component import Component
from sportdata.local.passwords import make_secrets
from sportdata.local.process import last_lines
from sportdata.local.status import StackStatus, read_status, supervisor_alive, why_it_stopped
from sportdata.settings import ROOT, Settings

LEAST_FREE_BYTES = 2_000_000_000
START_LIMIT_S = 480.0  # of the whole stack, on a machine that has other work too; each component has its own
STOP_LIMIT_S = 90.0
PID_LIMIT_S = 5.0


def components(settings: Settings) -> list[Component]:
    """In the order of the data's way; stopped in the reverse order."""
    return [
        postgres.component(settings),
        kafka.component(settings),
        *cluster.components(settings),
        *streams.components(settings),
        connect.component(settings),
        thrift.component(settings),
        slack.component(settings),
        *monitoring.components(settings),
    ]


def up(settings: Settings, wait: bool, show: Callable[[StackStatus], None]) -> bool:
    """Starts what is not running. Returns False when it was up already.

    Raises BrokenWorld when a component does not start, with nothing left running of what this call started.
    """
    if supervisor_alive(settings):
        if wait:
            _await_ready(settings, None, show)
        return False
    home.require_home(settings)
    _check_machine(settings)
    _check_lake(settings)
    home.make(settings)
    make_secrets(settings.home)
    (settings.run / "status.json").unlink(missing_ok=True)
    with (settings.logs / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "sportdata.local.supervisor"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_environment(settings),
            cwd=ROOT,
        )
    if wait:
        _await_ready(settings, supervisor, show)
    assert supervisor.stdin is not None  # noqa: S101
    try:
        supervisor.stdin.write(b"detach")
        supervisor.stdin.close()
    except BrokenPipeError as error:
        if not _overtaken(settings, supervisor):
            raise _why_it_ended(settings) from error
    return not _overtaken(settings, supervisor)


def _environment(settings: Settings) -> dict[str, str]:
    """The supervisor runs in the checkout, so paths are given as they are meant here."""
    return {**jvm.environment(jvm.find_java(), settings.jars), **settings.paths, "SPORTDATA_WORKERS": str(settings.workers)}


def _overtaken(settings: Settings, supervisor: subprocess.Popen[bytes]) -> bool:
    """Whether another start was faster: then the supervisor of this one has ended, content."""
    return supervisor.poll() == 0 and supervisor_alive(settings)


def _await_ready(settings: Settings, supervisor: subprocess.Popen[bytes] | None, show: Callable[[StackStatus], None]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    status = read_status(settings)
    while time.monotonic() < deadline:
        if supervisor and _overtaken(settings, supervisor):
            supervisor = None
        ended = supervisor.poll() is not None if supervisor else not supervisor_alive(settings)
        status = read_status(settings)
        show(status)
        if status["ready"]:
            return
        if ended:
            raise _why_it_ended(settings)
        time.sleep(0.2)
    if supervisor:
        down(settings)
    laggards = [f"{name}: {one['state']} {one.get('detail', '')}" for name, one in status["components"].items() if one["state"] != "ready"]
    left = "stopped again" if supervisor else "left as it is, for it was up before"
    raise BrokenWorld(f"not ready after {START_LIMIT_S:.0f} s, {left}. {'; '.join(laggards)}. Logs: {settings.logs}")


def _why_it_ended(settings: Settings) -> BrokenWorld:
    if reason := why_it_stopped(settings):
        return BrokenWorld(f"{reason.said}. Everything that had been started is stopped", detail=reason.log)
    log = settings.logs / "supervisor.log"
    return BrokenWorld(f"the supervisor ended; its log: {log}", detail=last_lines(log))


def down(settings: Settings) -> bool:
    """Stops everything; False when nothing ran."""
    if not supervisor_alive(settings):
        return False
    deadline = time.monotonic() + STOP_LIMIT_S
    pid = _supervisor_pid(settings)
    with suppress(ProcessLookupError):  # it has ended by itself meanwhile
        os.kill(pid, signal.SIGTERM)
    while supervisor_alive(settings) or _still_runs(pid):  # it lets go of the lock a moment before it ends
        if time.monotonic() > deadline:
            raise BrokenWorld(f"the supervisor (pid {pid}) has not stopped after {STOP_LIMIT_S:.0f} s; see {settings.logs}")
        time.sleep(0.1)
    return True


def _still_runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE  # nobody may be there to reap it
    except psutil.NoSuchProcess:
        return False


def _supervisor_pid(settings: Settings) -> int:
    """It is written just after the lock is taken."""
    file = settings.run / "supervisor.lock"
    deadline = time.monotonic() + PID_LIMIT_S
    while not (pid := file.read_text()):
        if time.monotonic() > deadline:
            raise BrokenWorld(f"a process holds {file} and does not say which it is (`fuser {file}` does)")
        time.sleep(0.05)
    return int(pid)


def lake_elsewhere(settings: Settings) -> str | None:
    """Where the lake of this home is, when a reset leaves it in place: as of its last start, whatever the settings say now."""
    known = read_document(settings.lake_document)
    where = read_lakeside(known["where"]) if known else settings.lake
    return None if isinstance(where, Path) and where.is_relative_to(settings.home.resolve()) else str(where)


def reset(settings: Settings) -> bool:
    """Stops the stack and forgets everything it knew, but for a lake outside of the home; False when there was nothing to forget."""
    folder = settings.home.resolve()
    if not folder.exists():
        return False
    if not home.is_home(folder):
        raise WrongUse(f"{folder} is not the home of a stack (it has no {home.SECRETS}); nothing was removed")
    down(settings)
    home.remove(folder)
    return True


def _check_machine(settings: Settings) -> None:
    java = jvm.find_java()
    lacking = jars.missing(settings)
    if lacking:
        raise BrokenWorld(
            f"{len(lacking)} JVM parts are missing or damaged below {settings.jars} (first: {lacking[0].file}): run `make setup`"
        )
    ours = settings.home.resolve()
    existing = next(folder for folder in (ours, *ours.parents) if folder.exists())
    if (free := shutil.disk_usage(existing).free) < LEAST_FREE_BYTES:
        needed = f"at least {LEAST_FREE_BYTES / 1e9:.0f} GB are needed"
        raise BrokenWorld(f"{free / 1e9:.1f} GB free below {existing}, {needed}: make room or set SPORTDATA_HOME")
    for component in (one for one in components(settings) if not one.optional):
        for name, port in component.ports.items():
            _check_port(settings, component.name, name, port)
    if not java.exists():
        raise BrokenWorld(f"{java} does not exist")


def _check_lake(settings: Settings) -> None:
    """An object store must answer; a folder outside of the home must be as private as the home is made to be."""
    if isinstance(settings.lake, ObjectStore):
        from sportdata.adapters.lake import Lake  # noqa: PLC0415 - delta-rs, for which every other command would wait

        Lake(settings.lake).look(BRONZE)
    elif not settings.lake_is_ours and settings.lake.exists() and (mode := stat.S_IMODE(settings.lake.stat().st_mode)) & 0o077:
        raise BrokenWorld(
            f"{settings.lake} is open to others (mode {mode:o}) and will hold salaries: chmod 700 it, or change SPORTDATA_LAKE"
        )


def _check_port(settings: Settings, component: str, name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, port))
        except OSError as error:
            advice = "stop what uses it, or move all ports with SPORTDATA_PORT_OFFSET"
            raise BrokenWorld(f"port {port} ({component}: {name}) is taken ({error.strerror}): {advice}") from error

"""Starts and stops child processes so that none outlives the supervisor, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOG_LIMIT_BYTES = 20_000_000


def die_with_parent(with_signal: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the signal when the parent ends, even when it is killed with -9 (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, with_signal)

    return ask_kernel


def spawn(command: list[str], log: Path, environment: dict[str, str], stop_signal: int = signal.SIGTERM) -> subprocess.Popen[bytes]:
    """A child in its own session, its output appended to the log. Secrets never belong in `command`: process lists show it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            preexec_fn=die_with_parent(stop_signal),  # noqa: PLW1509 - the supervisor has one thread
        )


def stop(process: subprocess.Popen[bytes], stop_signal: int, patience_s: float) -> None:
    """Asks, waits, then kills the whole session."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)  # a stopped process cannot hear
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    kill_session(process.pid)
    process.wait(10)


def kill_session(leader: int) -> None:
    """Kills what is left of a child's session: a Spark driver's JVM is a grandchild."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])

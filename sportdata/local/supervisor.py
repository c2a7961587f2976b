"""The one process that owns the stack: starts it in the order of its needs, restarts what dies, stops it all.

Run as `python -m sportdata.local.supervisor`. A pipe on standard input ties a start to the command that asked for it:
if that command dies before the stack is ready, so does the stack. Once told "detach", it goes on alone.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from kafka.errors import KafkaError

from sportdata.adapters.documents import read_document, write_atomically
from sportdata.errors import SportdataError
from sportdata.local import process, stack
from sportdata.local.component import Component
from sportdata.local.connector import ConnectorKeeper
from sportdata.local.hold import is_held_down
from sportdata.local.lock import take
from sportdata.local.status import COMPONENTS, ComponentStatus, StackStatus
from sportdata.settings import Settings

TICK_S = 0.25
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0
HEALTH_EVERY_S = 2.0


@dataclass
class Child:
    """One component and the process that currently plays it."""

    component: Component
    handle: subprocess.Popen[bytes] | None = None
    state: str = "waiting"
    detail: str = ""
    started_at: float = 0.0
    checked_at: float = 0.0
    pause_s: float = 1.0
    restart_at: float = 0.0
    was_ready: bool = False

    @property
    def pid(self) -> int | None:
        return self.handle.pid if self.handle else None


class Supervisor:
    """Single-threaded on purpose: the kernel ties a child's life to the thread that made it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children = {component.name: Child(component) for component in stack.components(settings)}
        self.keeper = ConnectorKeeper(settings)
        self.failure: str | None = None
        self.stopping = False
        self.tied = not sys.stdin.isatty()
        self.kept_at = 0.0
        self.kept_once = False
        self.unpublished = False

    def run(self) -> int:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop_asked)
        try:
            while not self.stopping and self.failure is None:
                self._tick()
                self._publish_if_there_is_room()
                self._listen()
        finally:
            self._stop_all()
            self._publish_if_there_is_room()
        return 1 if self.failure else 0

    def _stop_asked(self, _signal: int, _frame: object) -> None:
        self.stopping = True

    def _listen(self) -> None:
        """Waits a tick; notices when the command that started us dies before it has detached."""
        if not self.tied:
            time.sleep(TICK_S)
            return
        readable, _, _ = select.select([sys.stdin], [], [], TICK_S)
        if readable:
            word = os.read(sys.stdin.fileno(), 64)
            self.tied = False
            if word.strip() != b"detach":
                self.stopping = True

    def _tick(self) -> None:
        for child in self.children.values():
            try:
                self._look_after(child)
            except (SportdataError, psycopg.Error, KafkaError, OSError) as error:
                self._fails(child, " ".join(str(error).split()))
        now = time.monotonic()
        if self._ready("connect") and self._ready("postgres") and now - self.kept_at > HEALTH_EVERY_S:
            self.kept_at = now
            self.keeper.tick()
            self.kept_once = self.kept_once or self.keeper.state == "ready"
            if self.keeper.state == "failed" and not self.kept_once:
                self._fails(self.children["connect"], self.keeper.detail, fatal=True)

    def _ready(self, name: str) -> bool:
        return self.children[name].state == "ready"

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if is_held_down(self.settings, child.component.name):
            if child.handle:
                process.stop(child.handle, child.component.stop_signal, child.component.patience_s)
                child.handle = None
            child.state, child.detail = "held", "held by a running command"
        elif child.handle is None:
            if child.state in {"held", "waiting"} or now >= child.restart_at:
                self._start(child)
        elif child.handle.poll() is not None:
            self._died(child)
        elif now - child.checked_at >= (TICK_S if child.state != "ready" else HEALTH_EVERY_S):
            self._check(child)

    def _start(self, child: Child) -> None:
        component = child.component
        lacking = [need for need in component.needs if not self._ready(need)]
        if lacking:
            child.state, child.detail = "waiting", f"for {', '.join(lacking)}"
            return
        if component.prepare:
            component.prepare()
        others = {name for other in self.children.values() for name in other.component.secrets} - set(component.secrets)
        environment = {name: value for name, value in os.environ.items() if name not in others} | component.environment
        child.handle = process.spawn(component.command(), component.log, environment, component.stop_signal)
        child.started_at = time.monotonic()
        child.state = "restarting" if child.was_ready else "starting"

    def _check(self, child: Child) -> None:
        assert child.handle is not None  # noqa: S101
        now = child.checked_at = time.monotonic()
        missing = child.component.answers(child.handle.pid)
        if missing is None:
            if child.state != "ready" and child.component.after_ready:
                child.component.after_ready()
            child.state, child.detail, child.was_ready = "ready", child.component.remark(child.handle.pid), True
            if now - child.started_at > HEALTHY_AFTER_S:
                child.pause_s = 1.0
            return
        child.detail = missing
        if child.state == "ready":
            child.state = "failed"
        elif not child.was_ready and now - child.started_at > child.component.start_limit_s:
            self._fails(child, f"not ready after {child.component.start_limit_s:.0f} s: {missing}")

    def _died(self, child: Child) -> None:
        assert child.handle is not None  # noqa: S101
        code = child.handle.poll()
        process.kill_session(child.handle.pid)
        child.handle = None
        if not child.was_ready and not child.component.optional:
            self._fails(child, f"ended with code {code} while starting")
            return
        child.state, child.detail = "restarting", f"ended with code {code}; restart in {child.pause_s:.0f} s"
        self._pause(child)

    def _pause(self, child: Child) -> None:
        child.restart_at = time.monotonic() + child.pause_s
        child.pause_s = min(child.pause_s * 2, LONGEST_PAUSE_S)

    def _fails(self, child: Child, reason: str, fatal: bool = False) -> None:
        """Before its first readiness a component's failure ends the start; later, or when it is optional, it is retried."""
        child.state, child.detail = "failed", reason
        if child.component.optional:
            self._pause(child)
        elif fatal or not child.was_ready:
            log = child.component.log
            self.failure = f"{child.component.name} {reason} (log: {log})\n{process.last_lines(log)}"

    def _publish_if_there_is_room(self) -> None:
        """On a full disk the stack goes on, and `status` shows what was the last to find room; said once, not every tick."""
        try:
            self._publish()
            self.unpublished = False
        except OSError as error:
            if not self.unpublished:
                self.unpublished = True
                with suppress(OSError):  # the log is on the same disk
                    os.write(2, f"the state of the components cannot be published: {error}\n".encode())

    def _publish(self) -> None:
        shown: dict[str, ComponentStatus] = {}
        for child in self.children.values():
            for name in child.component.names:
                shown[name] = {
                    "state": child.state,
                    "pid": child.pid,
                    "port": child.component.ports.get(name),
                    "detail": child.detail,
                    "log": str(child.component.log),
                }
        connect = shown["connect"]
        if connect["state"] == "ready":
            absent = self.keeper.state == "absent"  # in the manual way a worker without connector is as ready as it can be
            connect["state"], connect["detail"] = ("ready" if absent else self.keeper.state), self.keeper.detail
        cluster = {child.component.name for child in self.children.values() if not child.component.optional} & (
            shown.keys() - set(COMPONENTS)
        )
        ordered = {name: shown[name] for name in (*COMPONENTS, *sorted(cluster))}
        ready = all(status["state"] == "ready" for status in ordered.values())
        document: StackStatus = {"ready": ready, "supervisor": os.getpid(), "failure": self.failure, "components": ordered}
        document["monitoring"] = {name: one for name, one in shown.items() if name not in ordered}
        said = [read_document(self.settings.progress / name) or {} for name in ("gold.json", "slack.json")]
        document["warnings"] = list(dict.fromkeys(warning for one in said for warning in one.get("warnings", [])))
        write_atomically(self.settings.run / "status.json", document)

    def _stop_all(self) -> None:
        """Readers of the stream first, PostgreSQL last."""
        for child in reversed(list(self.children.values())):
            if child.handle:
                process.stop(child.handle, child.component.stop_signal, child.component.patience_s)
                child.handle = None
            child.state = "stopped"


def main() -> int:
    settings = Settings()
    settings.run.mkdir(parents=True, exist_ok=True)
    with (settings.run / "supervisor.lock").open("a") as lock:
        if not take(lock):
            return 0  # somebody was faster; one supervisor is enough
        lock.truncate(0)  # not before: it holds the pid of the one that lives
        lock.write(str(os.getpid()))
        lock.flush()
        return Supervisor(settings).run()


if __name__ == "__main__":
    sys.exit(main())

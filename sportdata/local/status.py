"""What the supervisor publishes about the stack, and what others read of it: `run/status.json`."""

from __future__ import annotations

import fcntl
from typing import TypedDict

from sportdata.adapters.documents import read_document
from sportdata.settings import Settings

COMPONENTS = ("postgres", "broker", "connect", "bronze", "gold", "thrift", "slack")


class ComponentStatus(TypedDict, total=False):
    """`state`: off, waiting, starting, ready, restarting, held, failed, stopped."""

    state: str
    pid: int | None
    port: int | None
    detail: str
    log: str
    rss_mb: int
    cpu_s: float


class StackStatus(TypedDict, total=False):
    ready: bool
    supervisor: int | None
    failure: str | None
    warnings: list[str]
    components: dict[str, ComponentStatus]


def supervisor_alive(settings: Settings) -> bool:
    """Whether a supervisor holds this home: it keeps a lock on its file for as long as it lives."""
    lock_file = settings.run / "supervisor.lock"
    if not lock_file.exists():
        return False
    with lock_file.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def read_status(settings: Settings) -> StackStatus:
    """The stack as it is now; everything `stopped` when no supervisor lives."""
    document = read_document(settings.run / "status.json")
    if document is None or not supervisor_alive(settings):
        stopped: ComponentStatus = {"state": "stopped", "pid": None, "port": None, "detail": ""}
        return {"ready": False, "supervisor": None, "failure": None, "warnings": [], "components": dict.fromkeys(COMPONENTS, stopped)}
    return StackStatus(**document)  # type: ignore[typeddict-item,no-any-return]

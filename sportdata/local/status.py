"""What the supervisor publishes about the stack, and what others read of it: `run/status.json`."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from sportdata.adapters.documents import read_document
from sportdata.settings import Settings

COMPONENTS = ("postgres", "broker", "connect", "bronze", "gold", "thrift", "slack")


class ComponentStatus(TypedDict, total=False):
    """`state`: waiting, starting, ready, restarting, held, failed, stopped."""

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
    monitoring: dict[str, ComponentStatus]  # what watches them; `ready` does not ask for it


def supervisor_alive(settings: Settings) -> bool:
    """Whether this home's own stack is up, or on its way up or down."""
    return settings.is_supervised


class Reason(NamedTuple):
    """Why a start came to nothing: in one line, and the last lines of the log that it names."""

    said: str
    log: str


def why_it_stopped(settings: Settings) -> Reason | None:
    """Of the last start, until the next one; None when that was stopped on demand, or was killed."""
    said = (read_document(settings.run / "status.json") or {}).get("failure")
    return Reason(*said.partition("\n")[::2]) if said else None


def read_status(settings: Settings) -> StackStatus:
    """The stack as it is now; everything `stopped` when no supervisor lives, with the failure that ended it."""
    document = read_document(settings.run / "status.json")
    if document is None or not supervisor_alive(settings):
        stopped: ComponentStatus = {"state": "stopped", "pid": None, "port": None, "detail": ""}
        failure = document["failure"] if document else None
        return {"ready": False, "supervisor": None, "failure": failure, "warnings": [], "components": dict.fromkeys(COMPONENTS, stopped)}
    return StackStatus(**document)  # type: ignore[typeddict-item,no-any-return]

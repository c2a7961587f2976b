"""What the supervisor publishes about the stack, and what others read of it: `run/status.json`."""

from __future__ import annotations

from typing import TypedDict

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


def read_status(settings: Settings) -> StackStatus:
    """The stack as it is now; everything `stopped` when no supervisor lives."""
    document = read_document(settings.run / "status.json")
    if document is None or not supervisor_alive(settings):
        stopped: ComponentStatus = {"state": "stopped", "pid": None, "port": None, "detail": ""}
        return {"ready": False, "supervisor": None, "failure": None, "warnings": [], "components": dict.fromkeys(COMPONENTS, stopped)}
    return StackStatus(**document)  # type: ignore[typeddict-item,no-any-return]

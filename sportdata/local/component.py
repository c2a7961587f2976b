"""What the supervisor needs to know of one process of the stack."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Component:
    """One process. `answers` says in words what is missing until it is ready, and None once it is; `remark` what to show of it then.

    `secrets` are the variables of the environment that it gets, and that no component gets which does not name them. An `optional` one
    keeps nobody waiting and ends no start.
    """

    name: str
    command: Callable[[], list[str]]
    answers: Callable[[int], str | None]
    log: Path
    ports: dict[str, int] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] | None = None
    after_ready: Callable[[], None] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: int = signal.SIGTERM
    patience_s: float = 20.0
    start_limit_s: float = 240.0
    shown_as: tuple[str, ...] = ()
    remark: Callable[[int], str] = lambda _pid: ""
    secrets: tuple[str, ...] = ()
    optional: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which `status` shows it: bronze and gold share one process."""
        return self.shown_as or (self.name,)

"""Shows a start as it goes: one line per component once it is ready, and what the others are doing."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

from sportdata.local.status import StackStatus


class Starting:
    """A spinner on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner: Status | None = None
        self._began = time.monotonic()
        self._ready: set[str] = set()

    def __enter__(self) -> Starting:
        if self._console.is_terminal:
            self._spinner = self._console.status("starting")
            self._spinner.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._spinner:
            self._spinner.stop()

    def show(self, status: StackStatus) -> None:
        for name, one in status["components"].items():
            if one["state"] == "ready" and name not in self._ready:
                self._ready.add(name)
                self._console.print(f"  {name} ready after {time.monotonic() - self._began:.0f} s")
        if self._spinner:
            rest = [f"{name} {one['state']}" for name, one in status["components"].items() if one["state"] != "ready"]
            self._spinner.update(f"waiting for {', '.join(rest)}" if rest else "ready")

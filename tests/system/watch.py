"""A real Prometheus with this project's rules, looking at a running stack: faster than usual, with the same expressions."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from sportdata.local.monitoring import RULES, configuration, found_at
from sportdata.settings import Settings
from tests import prometheus
from tests.waiting import until

EVERY_S = 2
EXPORTER_EVERY_S = 8  # a frozen source makes the exporter answer after six seconds


def program() -> str | None:
    """Prometheus, or None where it is not installed."""
    found = shutil.which("prometheus") or os.environ.get("SPORTDATA_PROMETHEUS", "")
    return None if found in {"", "off"} else found


def hurried(rules: Path, folder: Path) -> None:
    """The same rules; an alert fires once its expression has been true for two seconds. Nothing else differs."""
    folder.mkdir()
    for file in sorted(rules.glob("*.yml")):
        document = yaml.safe_load(file.read_text())
        for group in document["groups"]:
            group["interval"] = f"{EVERY_S}s"
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = "2s"
        (folder / file.name).write_text(yaml.safe_dump(document, sort_keys=False))


class Watch:
    """Knows nothing of what was before it: ranges of minutes begin with its start."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        with socket.socket() as free:  # beside the stack's own Prometheus, if it has one
            free.bind(("127.0.0.1", 0))
            self._address = f"127.0.0.1:{free.getsockname()[1]}"
        folder.mkdir()
        hurried(RULES, folder / "rules")
        values = configuration(settings, folder / "rules")
        values["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), f"{EVERY_S}s")
        for job in values["scrape_configs"]:
            if job["job_name"] == "exporter":
                job |= {"scrape_interval": f"{EXPORTER_EVERY_S}s", "scrape_timeout": f"{EXPORTER_EVERY_S - 1}s"}
            if job["job_name"] == "prometheus":
                job["static_configs"] = [{"targets": [self._address]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(values, sort_keys=False))
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Watch:
        prometheus_program = program()
        assert prometheus_program
        command = [prometheus_program, f"--config.file={self._folder}/prometheus.yml", f"--storage.tsdb.path={self._folder}/data"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen([*command, *found_at(self._address), "--log.level=warn"], stdout=log, stderr=subprocess.STDOUT)
        try:
            until(lambda: bool(self.query('up{job="exporter"}')))
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(20)

    def query(self, expression: str) -> list[dict[str, Any]]:
        return prometheus.query(self._address, expression)

    def value(self, expression: str) -> float:
        """Of the one series that it names; a source that was slow to answer has none for a moment."""
        found: list[dict[str, Any]] = []

        def is_known() -> bool:
            found[:] = self.query(expression)
            return len(found) == 1

        until(is_known, what=expression)
        return float(found[0]["value"][1])

    def pages(self) -> dict[str, str]:
        return prometheus.pages(self._address)

    def firing(self) -> set[str]:
        return {sample["metric"]["alertname"] for sample in self.query('ALERTS{alertstate="firing"}')}

    def until_firing(self, *alerts: str, timeout: float = 300) -> None:
        self._until(set(alerts), lambda now: set(alerts) <= now, timeout)

    def until_quiet(self, *alerts: str, timeout: float = 300) -> None:
        self._until(set(alerts), lambda now: not set(alerts) & now, timeout)

    def _until(self, alerts: set[str], fine: Any, timeout: float) -> None:
        try:
            until(lambda: fine(self.firing()), timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}: {sorted(alerts)} were waited for, firing are {sorted(self.firing())}") from error

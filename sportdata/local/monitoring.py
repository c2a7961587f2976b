"""What watches the embedded stack: the exporter, and a Prometheus if one is installed. The stack is ready, and stays up, without them."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from sportdata.contracts.lakeside import KEYS
from sportdata.errors import BrokenWorld
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings

CONFIGURATION = ROOT / "monitoring" / "prometheus" / "prometheus.yml"
RULES = ROOT / "monitoring" / "prometheus" / "rules"
ONLY_IN_CONTAINERS = frozenset({"postgres-exporter", "redpanda"})
PAGES = ROOT / "docs"  # Prometheus shows them at /user, and alerts lead there
KEPT = ("--storage.tsdb.retention.time=15d", "--storage.tsdb.retention.size=1GB")


def components(settings: Settings) -> list[Component]:
    program = find_prometheus(settings)
    return [_exporter(settings), *([_prometheus(settings, program)] if program else [])]


def find_prometheus(settings: Settings) -> str | None:
    """`SPORTDATA_PROMETHEUS`, else the one on the PATH; None when there is none, or when the setting says "off"."""
    if settings.prometheus == "off":
        return None
    return settings.prometheus or shutil.which("prometheus")


def configuration(settings: Settings, rules: Path = RULES) -> dict[str, Any]:
    """monitoring/prometheus/prometheus.yml with this stack's addresses."""
    values: dict[str, Any] = yaml.safe_load(CONFIGURATION.read_text())
    del values["alerting"]
    values["rule_files"] = [str(rules / "*.yml")]
    values["scrape_configs"] = [job for job in values["scrape_configs"] if job["job_name"] not in ONLY_IN_CONTAINERS]
    for job in values["scrape_configs"]:
        ports = [int(target.rpartition(":")[2]) for target in job["static_configs"][0]["targets"]]
        if job["job_name"] == "streams" and settings.streams == "together":
            ports = ports[:1]
        job["static_configs"] = [{"targets": [f"{settings.host}:{port + settings.port_offset}" for port in ports]}]
    return values


def found_at(address: str) -> list[str]:
    """The flags of a Prometheus that alerts need to lead to their runbooks."""
    return [f"--web.listen-address={address}", f"--web.external-url=http://{address}", f"--web.user-assets={PAGES}"]


def _exporter(settings: Settings) -> Component:
    return Component(
        name="exporter",
        command=lambda: [sys.executable, str(ROOT / "monitoring" / "exporter.py")],
        answers=lambda _pid: _listens(settings, "exporter"),
        log=settings.logs / "exporter.log",
        ports={"exporter": settings.port("exporter")},
        needs=("postgres", "broker"),
        prepare=lambda: _check_free(settings, "exporter"),
        secrets=KEYS,
        environment={"PYTHONPATH": os.fspath(ROOT)},
        optional=True,
    )


def _prometheus(settings: Settings, program: str) -> Component:
    home = settings.home.resolve() / "prometheus"
    address = f"{settings.host}:{settings.port('prometheus')}"

    def prepare() -> None:
        if shutil.which(program) is None:
            raise BrokenWorld(f"SPORTDATA_PROMETHEUS: {program} is not a program that can be run")
        _check_free(settings, "prometheus")
        home.mkdir(parents=True, exist_ok=True)
        (home / "prometheus.yml").write_text(yaml.safe_dump(configuration(settings), sort_keys=False))

    def answers(_pid: int) -> str | None:
        try:
            with urllib.request.urlopen(f"http://{address}/-/ready", timeout=2):
                return None
        except OSError as error:
            return f"http://{address}/-/ready: {error}"

    return Component(
        name="prometheus",
        command=lambda: [
            program,
            f"--config.file={home / 'prometheus.yml'}",
            f"--storage.tsdb.path={home / 'data'}",
            *found_at(address),
            "--log.level=warn",
            *KEPT,
        ],
        answers=answers,
        log=settings.logs / "prometheus.log",
        ports={"prometheus": settings.port("prometheus")},
        prepare=prepare,
        optional=True,
    )


def _listens(settings: Settings, name: str) -> str | None:
    """A connection, not a scrape: that would ask every source."""
    try:
        with socket.create_connection((settings.host, settings.port(name)), timeout=1):
            return None
    except OSError as error:
        return f"port {settings.port(name)}: {error}"


def _check_free(settings: Settings, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port(name)))
        except OSError as error:
            advice = "the stack runs without it; stop what uses the port, or set SPORTDATA_PORT_OFFSET"
            raise BrokenWorld(f"port {settings.port(name)} is taken ({error.strerror}): {advice}") from error

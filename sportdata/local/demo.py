"""The main job: from the workbooks to the indicators, every part real."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from sportdata.errors import AnswerIsNo, BrokenWorld
from sportdata.local import stack
from sportdata.local.distances import work_out
from sportdata.local.load_hr import load_hr
from sportdata.local.progress import Starting
from sportdata.local.status import read_status
from sportdata.local.wait import wait
from sportdata.settings import ROOT, Settings

WAIT_LIMIT_S = 300.0


def run_demo(settings: Settings, rh: Path | None, sport: Path | None, distances: Path | None, out: Console) -> None:
    """Leaves the stack running. If a step fails, what this call had started is stopped again."""
    began = time.monotonic()
    started = False

    def step(title: str, work: Callable[[], object]) -> None:
        out.print(title, style="bold")
        since = time.monotonic()
        work()
        out.print(f"  done in {time.monotonic() - since:.1f} s")

    def start() -> None:
        nonlocal started
        with Starting(out) as starting:
            started = stack.up(settings, True, starting.show)

    def say(text: str) -> None:
        out.print(f"  {text}", markup=False)

    try:
        step("1/5 the stack: PostgreSQL, broker, Connect with Debezium, Spark bronze and gold, Thrift server", start)
        workbooks = (rh or settings.data / "donnees_rh.xlsx", sport or settings.data / "donnees_sportives.xlsx")
        step("2/5 HR data from the two workbooks", lambda: load_hr(settings, *workbooks, False, say))
        if distances:
            step("3/5 home-office distances: recorded ones", lambda: work_out(settings, "recorded", distances, say))
        step("3/5 home-office distances: estimated where none is recorded", lambda: work_out(settings, "estimate", None, say))
        step("4/5 a year of activities", _generate)
        step("5/5 waiting until gold shows all of it", lambda: wait(settings, WAIT_LIMIT_S))
    except (Exception, KeyboardInterrupt) as error:
        if started:
            stack.down(settings)
            if isinstance(error, AnswerIsNo):
                raise BrokenWorld(f"{error}. The stack is stopped again; logs: {settings.logs}") from error
        raise
    _show(settings, out, time.monotonic() - began)


def _generate() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "strava_generator.py")], check=False)
    if done.returncode != 0:
        raise BrokenWorld(f"strava_generator.py ended with code {done.returncode}")


def _show(settings: Settings, out: Console, seconds: float) -> None:
    from sportdata.local.commands import read_kpis, show_kpis  # noqa: PLC0415 - commands knows this module

    out.print(f"\n[bold]The indicators[/bold] (everything in {seconds:.0f} s)", markup=True)
    show_kpis(read_kpis(settings))
    thrift = f"{settings.host}:{settings.port('thrift')}"
    python = Path(sys.executable).parent
    sportdata = python / "sportdata"
    shown = sportdata.relative_to(Path.cwd()) if sportdata.is_relative_to(Path.cwd()) else sportdata
    out.print("\nWhat to try next", style="bold")
    for line in (
        f"{shown} status                                  what runs, with memory and processor time",
        f'{shown} sql "SELECT * FROM gold.eligibilites LIMIT 5"',
        f"{shown.parent}/python strava_generator1.py                   one new activity; then: {shown} wait && {shown} kpis",
        f"what Slack shows: http://{settings.host}:{settings.port('slack')}/   (a preview, as long as there is no SPORTDATA_SLACK_TOKEN)",
        f"edit config/config.yml (percent: 0.06), then: {shown} wait && {shown} kpis",
        f"JDBC (Power BI, beeline): jdbc:hive2://{thrift}/gold   user and password: {shown} env",
        f"Connect: http://{settings.host}:{settings.port('connect')}/connectors   its metrics: http://{settings.host}:{settings.port('jmx')}/metrics",
        f"logs: {settings.logs}",
        "make down stops everything",
    ):
        out.print(f"  {line}", markup=False)
    for warning in read_status(settings).get("warnings", []):
        out.print(f"warning: {warning}", markup=False)

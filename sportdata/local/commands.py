"""What each command of `sportdata` prints and returns. The work is done elsewhere, and loaded only by the command that needs it."""

from __future__ import annotations

import csv
import json
import shlex
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table as Grid

from sportdata.contracts.editions import Format
from sportdata.contracts.tables import KPIS
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import containers, stack
from sportdata.local.process import last_lines
from sportdata.local.progress import Starting
from sportdata.local.status import StackStatus, read_status
from sportdata.settings import Settings

# In a file or a pipe a row of a table is a line, however wide. What a table holds is shown, not obeyed: no [markup], no :emoji:.
out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=None if sys.stdout.isatty() else 10_000)
CONTROLS = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160))}  # an end of line in a cell, a terminal's commands


def up(settings: Settings, wait: bool, workers: int | None) -> int:
    if workers is not None:
        running = sum(name.startswith("worker_") for name in read_status(settings)["components"])
        if settings.is_supervised and running != workers:
            raise WrongUse(f"--workers {workers}: the stack is up with {running}; `sportdata down` first, what it knows stays")
        settings = settings.model_copy(update={"workers": workers})
    with Starting(out) as starting:
        started = stack.up(settings, wait, starting.show)
    out.print("the stack is ready" if wait else "the stack is starting (`sportdata status`)" if started else "the stack is up already")
    return 0


def down(settings: Settings) -> int:
    out.print("the stack is stopped" if stack.down(settings) else "nothing was running")
    return 0


def reset(settings: Settings) -> int:
    left = stack.lake_elsewhere(settings)
    out.print("everything is stopped and forgotten" if stack.reset(settings) else "there was nothing to forget")
    if left:
        out.print(
            f"but the lake at {left}, salaries included: remove it yourself, or the next stack that names it begins with what it holds"
        )
    return 0


def status(settings: Settings, as_json: bool) -> int:
    """0 when ready, 1 when not."""
    if settings.beside_containers:
        return containers.compose("ps", *(["--format", "json"] if as_json else []))
    now = read_status(settings)
    for component in (*now["components"].values(), *now.get("monitoring", {}).values()):
        component.update(_usage(component.get("pid")))  # type: ignore[typeddict-item]
    if as_json:
        sys.stdout.write(json.dumps(now, indent=1) + "\n")
    else:
        _show_status(now)
    return 0 if now["ready"] else 1


def _show_status(now: StackStatus) -> None:
    grid = Grid(box=None, pad_edge=False)
    for title in ("component", "state", "pid", "port", "memory", "CPU", "detail"):
        grid.add_column(title, justify="right" if title in {"pid", "port", "memory", "CPU"} else "left", overflow="fold")
    for name, one in (*now["components"].items(), *now.get("monitoring", {}).items()):
        memory = f"{one['rss_mb']} MB" if "rss_mb" in one else ""
        cpu = f"{one['cpu_s']:.0f} s" if "cpu_s" in one else ""
        grid.add_row(name, one["state"], str(one.get("pid") or ""), str(one.get("port") or ""), memory, cpu, one.get("detail", ""))
    out.print(grid)
    for warning in now.get("warnings", []):
        out.print(f"warning: {warning}")
    if failure := now.get("failure"):
        out.print(f"failure: {failure}", markup=False)


def _usage(pid: int | None) -> dict[str, Any]:
    """Resident memory and processor seconds of a component with its children."""
    if pid is None:
        return {}
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        memory = sum(one.memory_info().rss for one in family)
        cpu = sum(sum(one.cpu_times()[:2]) for one in family)
    except psutil.NoSuchProcess:
        return {}
    return {"rss_mb": memory // 1_000_000, "cpu_s": round(cpu, 1)}


def logs(settings: Settings, component: str | None, lines: int) -> int:
    found = sorted(settings.logs.glob("*.log"))
    names = {file.stem: file for file in found}
    together = {"bronze": "streams", "gold": "streams"} if settings.streams == "together" else {}
    wanted = together.get(component or "", component)
    if wanted and wanted not in names:
        raise WrongUse(f"no log of {component!r} below {settings.logs}; there are: {', '.join(names) or 'none'}")
    for file in [names[wanted]] if wanted else found:
        out.print(f"==> {file}", markup=False)
        sys.stdout.write(last_lines(file, lines) + "\n")
    return 0


def environment(settings: Settings) -> dict[str, str]:
    return {
        "PGHOST": settings.host,
        "PGPORT": str(settings.port("postgres")),
        "PGDATABASE": settings.database,
        "PGUSER": "sportdata_writer",
        "PGPASSWORD": settings.password("sportdata_writer").get_secret_value(),
        "HR_PGUSER": "sportdata_hr",
        "HR_PGPASSWORD": settings.password("sportdata_hr").get_secret_value(),
        "KAFKA_BROKERS": f"{settings.host}:{settings.port('broker')}",
        "CONNECT_URL": f"http://{settings.host}:{settings.port('connect')}",
        "SLACK_PREVIEW_URL": f"http://{settings.host}:{settings.port('slack')}/",
        "THRIFT_HOST": settings.host,
        "THRIFT_PORT": str(settings.port("thrift")),
        "THRIFT_USER": settings.thrift_user,
        "THRIFT_PASSWORD": settings.password("thrift").get_secret_value(),
        "THRIFT_BI_USER": settings.thrift_bi_user,
        "THRIFT_BI_PASSWORD": settings.password("thrift_bi").get_secret_value(),
    }


def env(settings: Settings, as_json: bool) -> int:
    values = environment(settings)
    if as_json:
        sys.stdout.write(json.dumps(values, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
    return 0


def load(settings: Settings, rh: Path | None, sport: Path | None, confirm: bool) -> int:
    from sportdata.local.load_hr import load_hr

    load_hr(settings, rh or settings.data / "donnees_rh.xlsx", sport or settings.data / "donnees_sportives.xlsx", confirm, _plain)
    return 0


def _plain(text: str) -> None:
    out.print(text, markup=False)


def wait(settings: Settings, timeout_s: float) -> int:
    if settings.beside_containers:
        return containers.hand_over(["python", "-m", "sportdata", "wait", "--timeout", str(timeout_s)])
    from sportdata.local.wait import wait as prove

    for warning in prove(settings, timeout_s):
        sys.stderr.write(f"warning: {warning}\n")
    return 0


def read_kpis(settings: Settings) -> dict[str, Any]:
    """The one row of gold.kpis, as CONTRACT §6 writes it in JSON."""
    from sportdata.adapters import hive

    names, rows = hive.query(settings, f"SELECT {', '.join(KPIS.column_names)} FROM {KPIS.full_name}")
    if not rows:
        raise BrokenWorld("gold has not published anything yet (`sportdata wait`)")
    return {name: _json_value(value) for name, value in zip(names, rows[0], strict=True)}


def kpis(settings: Settings, as_json: bool) -> int:
    values = read_kpis(settings)
    if as_json:
        sys.stdout.write(json.dumps(values) + "\n")
    else:
        show_kpis(values)
    return 0


def show_kpis(values: dict[str, Any]) -> None:
    grid = Grid(box=None, pad_edge=False, show_header=False)
    grid.add_column(style="bold")
    grid.add_column(justify="right")
    for name, value in values.items():
        grid.add_row(name, "" if value is None else str(value))
    out.print(grid)


def sql(settings: Settings, statement: str, form: str) -> int:
    from sportdata.adapters import hive

    names, rows = hive.query(settings, statement)
    if form == "json":
        records = [{name: _json_value(value) for name, value in zip(names, row, strict=True)} for row in rows]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=1) + "\n")
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(rows)
    else:
        grid = Grid(*names, box=None, pad_edge=False)
        for row in rows:
            grid.add_row(*("" if value is None else str(value).translate(CONTROLS) for value in row))
        out.print(grid)
    return 0


def _json_value(value: Any) -> Any:
    """Money as a string with its decimals, times in UTC with a Z."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def rebuild(settings: Settings) -> int:
    from sportdata.local.rebuild import rebuild_gold

    rebuild_gold(settings, _plain)
    return 0


def replay(settings: Settings, since: str | None, config: Path | None, reason: str, who: str | None) -> int:
    from sportdata.local.history import Asked, run_replay

    return run_replay(settings, Asked(since, config, reason, who), out)


def simulate(settings: Settings, given: dict[str, str | None], as_json: bool) -> int:
    from sportdata.local.history import run_simulate

    return run_simulate(settings, given, as_json, out)


def export(settings: Settings, form: Format, folder: Path, is_hr: bool, with_activities: bool) -> int:
    from sportdata.local.export import Wanted, run_export

    return run_export(settings, Wanted(form, folder, is_hr, with_activities), out)


def report(settings: Settings, file: Path | None, is_hr: bool) -> int:
    from sportdata.local.report import run_report

    return run_report(settings, file, is_hr, out)


def slack_status(settings: Settings, as_json: bool) -> int:
    """0 when nobody needs to do anything, 1 when a message is uncertain or refused."""
    from sportdata.local.slack import read_ledger, shown_ledger

    ledger = read_ledger(settings)
    if as_json:
        sys.stdout.write(json.dumps(ledger, ensure_ascii=False, indent=1) + "\n")
    else:
        for line in shown_ledger(ledger):
            _plain(line)
    return 1 if ledger["aside"] else 0


def slack_settle(settings: Settings, activity_id: int, posted: bool) -> int:
    from sportdata.local.slack import settle

    _plain(settle(settings, activity_id, posted))
    return 0


def demo(settings: Settings, rh: Path | None, sport: Path | None, distances: Path | None) -> int:
    from sportdata.local.demo import run_demo

    run_demo(settings, rh, sport, distances, out)
    return 0

"""`validate_strava.py --watch`: checks again and again, and shows the metrics of it to Prometheus."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import FrameType

from prometheus_client import start_http_server
from rich.console import Console

from sportdata import metrics
from sportdata.errors import BrokenWorld, SportdataError
from sportdata.local.containers import VALIDATION
from sportdata.local.validate import Report, Wish, check
from sportdata.local.validate_report import show, summary
from sportdata.settings import Settings


def watch(settings: Settings, wish: Wish, every_s: float, out: Console) -> int:
    """Until Ctrl-C or SIGTERM, which end it with 0 once the run is over; the second one does not wait for that.

    A run that cannot check says so and is tried again. Raises BrokenWorld (the port).
    """
    port = settings.port("validation")
    try:
        server, thread = start_http_server(port, settings.listens_on, metrics.VALIDATION)
    except OSError as error:
        raise BrokenWorld(f"port {port} for the metrics is taken: {error}; SPORTDATA_PORT_OFFSET moves it") from error
    metrics.VALIDATION_PERIOD.set(every_s)
    asked = _hear()
    host = VALIDATION if settings.runtime == "containers" else settings.host
    out.print(f"checking every {every_s:g} s; metrics: http://{host}:{port}/metrics; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        shown: Report | None = None
        goes_on = True
        while goes_on:
            started = time.monotonic()
            shown = _once(settings, wish, out, shown)
            goes_on = not _comes(asked, max(0.0, every_s - (time.monotonic() - started)))
    server.shutdown()
    thread.join()
    out.print("stopped")
    return 0


def _hear() -> SimpleQueue[int]:
    """Where the signals that ask for an end arrive: an exception in their place would be lost if it came while an object is destroyed."""
    asked: SimpleQueue[int] = SimpleQueue()  # the one queue that a signal's handler may write to

    def put(number: int, _frame: FrameType | None) -> None:
        if not asked.empty():
            raise KeyboardInterrupt
        asked.put(number)
        os.write(2, b"ending once this run is over; once more ends it now\n")  # print is not to be interrupted by itself

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell has it for what runs in the background
            signal.signal(number, put)
    return asked


def _comes(asked: SimpleQueue[int], within_s: float) -> bool:
    try:
        asked.get(timeout=within_s)
    except Empty:
        return False
    return True


def _once(settings: Settings, wish: Wish, out: Console, before: Report | None) -> Report | None:
    """One run: its line, and the whole report when other expectations fail than before."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    started = time.monotonic()
    try:
        report = check(settings, wish, lambda _: None)
    except SportdataError as error:  # a suite or config.yml is being edited
        _record(None, time.monotonic() - started)
        out.print(f"{now} could not check: {error}", markup=False)
        return before
    _record(report, report.duration_s)
    out.print(f"{now} {summary(report)} ({report.duration_s:.1f} s)", markup=False)
    for reason in report.unchecked:
        out.print(f"{now} {reason}", markup=False)
    if _failing(report) and _failing(report) != _failing(before):
        show(report, out)
    return report


def _failing(report: Report | None) -> set[tuple[str, str]]:
    return {(verdict.table, outcome.code) for verdict in (report.verdicts if report else ()) for outcome in verdict.failed}


def _record(report: Report | None, duration_s: float) -> None:
    """What was not checked this time shows no figures of before."""
    metrics.VALIDATION_LAST_RUN.set_to_current_time()
    metrics.VALIDATION_DURATION.set(duration_s)
    code = 2 if report is None else report.exit_code
    metrics.VALIDATION_SUCCESS.set(code == 0)
    metrics.VALIDATION_RUNS.labels({0: "fine", 1: "failed", 2: "unchecked"}[code]).inc()
    metrics.VALIDATION_FAILED.clear()
    metrics.VALIDATION_UNEXPECTED.clear()
    for verdict in report.verdicts if report else ():
        for severity in ("critical", "warning", "info"):
            failed = sum(outcome.severity == severity for outcome in verdict.failed)
            metrics.VALIDATION_FAILED.labels(verdict.suite, verdict.table, severity).set(failed)
        for outcome in verdict.outcomes:
            number = (1 if outcome.unexpected is None else outcome.unexpected) if not outcome.success else 0
            metrics.VALIDATION_UNEXPECTED.labels(verdict.suite, verdict.table, outcome.code, outcome.severity).set(number)

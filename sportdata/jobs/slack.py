"""The Slack consumer: reads the stream into the ledger, and announces from the ledger what is new, once.

One process reads and posts at a time (a lock in PostgreSQL); another one stands by. Whatever breaks, broker or database, ends the session
and begins another from what was committed.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg

from sportdata.adapters.activity_stream import ANSWER_S, ActivityStream, activity_stream
from sportdata.adapters.documents import write_atomically
from sportdata.adapters.ledger import Ledger
from sportdata.adapters.page import serve
from sportdata.adapters.postgres import connect
from sportdata.contracts.announcements import Templates, read_templates
from sportdata.contracts.ledger import Tally
from sportdata.contracts.sports import read_sports
from sportdata.errors import BrokenWorld
from sportdata.jobs.slack_access import Access
from sportdata.jobs.slack_intake import take_in
from sportdata.jobs.slack_posting import Posting
from sportdata.jobs.watched import Watched
from sportdata.metrics import SLACK_BLOCKED, SLACK_OLDEST, SLACK_REFUSED, SLACK_UNCERTAIN, SLACK_WAITING
from sportdata.rules.sports import Catalogue
from sportdata.settings import Settings
from sportdata.stages.preview import POLICY, broken_page, page

IDLE_S = 1.0
STUCK_AFTER_S = 120.0
LOOK_AT_FILES_EVERY_S = 2.0
LOOK_AT_LEDGER_EVERY_S = 5.0
BEAT_EVERY_S = 10.0
FORGET_EVERY_S = 3600.0
LONGEST_PAUSE_S = 30.0
SHOWN_MESSAGES = 100


class SlackJob:
    """The whole consumer. `run` blocks until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._access = Access(settings)
        self._sports: Watched[Catalogue] = Watched(settings.sports, read_sports)
        self._templates: Watched[Templates] = Watched(settings.slack_templates, read_templates)
        self._stop = threading.Event()
        self._trouble: str | None = "starting"
        self._tally = Tally(0, None, 0, 0)
        self._reported: tuple[object, ...] = ()
        self._due: dict[str, float] = {}

    def run(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stop.set())
        SLACK_OLDEST.set_function(self._oldest_s)
        serve(self._settings.listens_on, self._settings.port("slack"), self._page)
        pause_s = 1.0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._session()
            except (BrokenWorld, psycopg.Error) as error:
                self._trouble = " ".join(str(error).split())
                log("slack_session_ended", why=self._trouble)
            pause_s = 1.0 if time.monotonic() - began > LONGEST_PAUSE_S else min(2 * pause_s, LONGEST_PAUSE_S)
            faulthandler.cancel_dump_traceback_later()
            self._report()
            self._stop.wait(pause_s)

    def _session(self) -> None:
        with connect(self._settings, "sportdata_slack", autocommit=True) as connection:
            ledger = Ledger(connection)
            if not ledger.take_over():
                self._trouble = "another consumer is at work; this one stands by"
                return
            with activity_stream(self._settings) as stream:
                posting = Posting(self._settings, ledger, self._access, log)
                self._trouble = None
                while not self._stop.is_set():
                    self._step(stream, ledger, posting)

    def _step(self, stream: ActivityStream, ledger: Ledger, posting: Posting) -> None:
        """Takes in what has come, and posts what is due once all that was there when it became due has been taken in."""
        faulthandler.dump_traceback_later(STUCK_AFTER_S, exit=True)  # a library that hangs ends the process: nothing is lost by that
        open_work = self._tally.waiting > 0 or posting.doubtful
        wait_s = min(IDLE_S, max(ANSWER_S, posting.ready_at - time.monotonic())) if open_work else IDLE_S
        records = stream.poll(wait_s)
        if records:
            longest_age = timedelta(hours=self._settings.slack_max_age_h)
            take_in(ledger, records, self._sports.value, longest_age)
            stream.commit()
            self._due["ledger"] = 0.0
        self._look_around(ledger, posting)
        if time.monotonic() < posting.ready_at or not (posting.doubtful or self._tally.waiting):
            stream.look_anew()
        elif posting.doubtful:
            posting.clear_doubt()
            stream.look_anew()
            self._due["ledger"] = 0.0
        elif stream.has_caught_up():
            posting.post_next(self._tally.waiting, self._templates.value, self._sports.value)
            stream.look_anew()
            self._due["ledger"] = 0.0
        self._trouble = posting.trouble

    def _look_around(self, ledger: Ledger, posting: Posting) -> None:
        if self._is_due("files", LOOK_AT_FILES_EVERY_S):
            self._sports.look()
            self._templates.look()
            if self._access.has_changed():
                posting.hurry()
        if self._is_due("ledger", LOOK_AT_LEDGER_EVERY_S):
            self._tally = ledger.tally()
        if self._is_due("forget", FORGET_EVERY_S):
            ledger.forget_texts(timedelta(days=self._settings.slack_keep_days))
        self._report()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_s
        return True

    def _oldest_s(self) -> float:
        oldest = self._tally.oldest
        return 0.0 if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())

    def _report(self) -> None:
        """Metrics, and the document that the supervisor reads: when something has changed, and now and then to show that we live."""
        tally, warnings = self._tally, self._warnings()
        now = (tally, self._trouble, *warnings)
        if now == self._reported and not self._is_due("beat", BEAT_EVERY_S):
            return
        self._reported = now
        SLACK_WAITING.set(tally.waiting)
        SLACK_UNCERTAIN.set(tally.uncertain)
        SLACK_REFUSED.set(tally.refused)
        SLACK_BLOCKED.set(self._trouble is not None)
        said = "preview" if self._access.is_preview else f"channel {self._settings.slack_channel}"
        detail = f"{said}; {tally.waiting} waiting" + (f"; {self._trouble}" if self._trouble else "")
        write_atomically(
            self._settings.progress / "slack.json", {"pid": os.getpid(), "beat": time.time(), "detail": detail, "warnings": warnings}
        )

    def _warnings(self) -> list[str]:
        settle = "`sportdata slack status` lists them, `sportdata slack settle` settles each"
        aside = [
            f"Slack: {count} activities {state}: {settle}"
            for state, count in (("uncertain", self._tally.uncertain), ("refused", self._tally.refused))
            if count
        ]
        return [*aside, *(text for text in (self._sports.warning, self._templates.warning) if text)]

    def _page(self) -> tuple[int, str, str]:
        """Read anew at each look, on a connection of its own: the page shows what the ledger holds."""
        try:
            with connect(self._settings, "sportdata_slack", autocommit=True) as connection:
                ledger = Ledger(connection)
                messages, tally = ledger.latest(SHOWN_MESSAGES), ledger.tally()
        except (BrokenWorld, psycopg.Error) as error:
            return 503, POLICY, broken_page(type(error).__name__)
        return 200, POLICY, page(messages, tally.waiting, self._trouble, self._access.is_preview)


def log(event: str, **fields: object) -> None:
    """One line of JSON."""
    line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **fields}
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def run(settings: Settings) -> None:
    SlackJob(settings).run()

"""`sportdata wait`: proves that everything committed before the call is visible in gold.

The proof goes the way of the data. A mark is sent through the write-ahead log (it is a message, no row of any table); once Connect has
committed an offset at or behind that mark, the broker has acknowledged every change that was committed before the call. The topic's end
at that moment, then bronze's, then gold's position finish the chain; hr.*, config.yml and the date are compared directly.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from psycopg import Error as PostgresError

from sportdata.adapters import connect as connect_api
from sportdata.adapters.documents import read_document
from sportdata.adapters.kafka import end_offsets
from sportdata.adapters.postgres import connect
from sportdata.contracts.parameters import read_parameters
from sportdata.contracts.progress import Face, covers
from sportdata.contracts.topics import ACTIVITIES, CONNECTOR, PUBLICATION
from sportdata.errors import AnswerIsNo, BrokenWorld, RefusedInput
from sportdata.jobs.clock import wall_clock
from sportdata.jobs.watched import fingerprint
from sportdata.local import containers
from sportdata.local.status import COMPONENTS, read_status, supervisor_alive, why_it_stopped
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings

LOOK_EVERY_S = 0.2
MARK_EVERY_S = 1.0
BROKEN_AFTER_S = 5.0


@dataclass
class Waiter:
    """One call of `wait`; `step` moves the proof on as far as it goes and says what is still missing."""

    settings: Settings
    hr_snapshot: str = ""
    first_mark: int = 0
    sent_at: float = 0.0
    goal: dict[int, int] | None = None
    goal_version: int | None = None

    def begin(self) -> None:
        with connect(self.settings, "sportdata_writer") as connection:
            row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
            self.hr_snapshot = row[0] if row else ""
            named = "SELECT 1 FROM pg_publication_tables WHERE (pubname, schemaname, tablename) = (%s, 'public', 'sport_activities')"
            if not connection.execute(named, [PUBLICATION]).fetchone():  # PostgreSQL 18 skips the changes, and nobody complains
                raise BrokenWorld(f"the publication {PUBLICATION} does not name public.sport_activities: its changes are not sent")

    def step(self) -> str | None:
        """What is still missing, or None once everything is there."""
        if self.goal is None:
            if missing := self._connect_has_passed():
                return missing
            self.goal = end_offsets(self.settings, ACTIVITIES)
        if self.goal_version is None and (missing := self._bronze_has_arrived(self.goal)):
            return missing
        return self._gold_shows()

    def _connect_has_passed(self) -> str | None:
        now = time.monotonic()
        if now - self.sent_at >= MARK_EVERY_S:
            self.sent_at = now
            with connect(self.settings, "sportdata_writer") as connection:
                row = connection.execute("SELECT pg_logical_emit_message(true, 'sportdata.wait', '') - '0/0'::pg_lsn").fetchone()
            self.first_mark = self.first_mark or int(row[0] if row else 0)
        status, answer = connect_api.call(self.settings, "GET", f"/connectors/{CONNECTOR}/offsets")
        if status == 404:
            raise BrokenWorld(f"connect: no connector named {CONNECTOR} is registered")
        if status != 200:
            return f"connect: offsets cannot be read now ({status})"
        return (
            None
            if any(self._passed(one["offset"]) for one in answer["offsets"])
            else "connect: changes are still on their way to the broker"
        )

    def _passed(self, offset: dict[str, Any] | None) -> bool:
        """While a snapshot runs its own LSN says nothing; a streamed offset at or behind the mark has everything before it."""
        if not offset or offset.get("snapshot") or offset.get("snapshot_completed") is False:
            return False
        return int(offset.get("lsn") or 0) >= self.first_mark

    def _bronze_has_arrived(self, goal: dict[int, int]) -> str | None:
        said = read_document(self.settings.progress / "bronze.json")
        if said is None or any(said["offsets"].get(str(part), 0) < offset for part, offset in goal.items()):
            return "bronze: still reading the topic"
        self.goal_version = int(said["version"])
        return None

    def _gold_shows(self) -> str | None:
        said = read_document(self.settings.progress / "gold.json")
        if said is None:
            return "gold: has not reported yet"
        for name in ("tables", "activites", "historique"):
            missing = self._lacks(said[name]) if said.get(name) else "nothing published yet"
            if missing:
                self._ask_for_the_history()
                return f"gold ({name}): {missing}"
        return None

    def _ask_for_the_history(self) -> None:
        """Otherwise it may take its time; where this process may not write, it does (a container that only reads)."""
        with suppress(OSError):
            (self.settings.progress / "wait").touch()

    def _lacks(self, face: Face) -> str | None:
        if face["version"] < (self.goal_version or 0) and (self.goal_version or -1) >= 0:
            return "still working on events"
        if not covers(face["hr_snapshot"], self.hr_snapshot):
            return "HR data not read yet"
        if face["config"] != fingerprint(self.settings.config) or face["sports"] != fingerprint(self.settings.sports):
            return "configuration not read yet"
        today = self._today()
        return None if today is None or face["date_reference"] == today else f"not yet at {today}"

    def _today(self) -> str | None:
        """The day gold must have reached; None while config.yml is refused, for then gold keeps the last good one."""
        try:
            frozen = read_parameters(self.settings.config.read_text(encoding="utf-8"), self.settings.config.name).date_reference
        except (RefusedInput, OSError, UnicodeDecodeError):
            return None
        return (frozen or today_in_paris(wall_clock(self.settings)())).isoformat()


def wait(settings: Settings, timeout_s: float) -> list[str]:
    """Returns gold's warnings once everything is visible.

    Raises AnswerIsNo on timeout, BrokenWorld naming the component that is broken (and stays so for a few seconds, or until the timeout).
    """
    deadline = time.monotonic() + timeout_s
    waiter = Waiter(settings)
    missing: str | None = None
    begun = False
    broken_since: float | None = None
    while True:
        broken = _broken(settings)
        now = time.monotonic()
        broken_since = None if broken is None else broken_since or now
        if broken and (now >= deadline or now - (broken_since or now) >= BROKEN_AFTER_S):
            raise BrokenWorld(broken)
        try:
            if not begun:
                waiter.begin()
                begun = True
            missing = waiter.step()
        except PostgresError as error:
            missing = f"postgres: {str(error).splitlines()[0]}"
        except BrokenWorld as error:
            if "no connector named" in str(error) and settings.connector == "manual":
                raise
            missing = str(error)
        if missing is None:
            return list((read_document(settings.progress / "gold.json") or {}).get("warnings", []))
        if now >= deadline and not broken:
            raise AnswerIsNo(f"not everything is in gold after {timeout_s:g} s: {missing}")
        time.sleep(LOOK_EVERY_S)


def _broken(settings: Settings) -> str | None:
    """Which component is broken and how, or None. Raises BrokenWorld at once when the whole stack is down."""
    if settings.runtime == "containers":
        return containers.broken(settings)
    if not supervisor_alive(settings):
        reason = why_it_stopped(settings)
        why = f"the last start failed, {reason.said}" if reason else "every component is stopped"
        raise BrokenWorld(f"the stack is down ({why}): start it with `sportdata up`", detail=reason.log if reason else "")
    components = read_status(settings)["components"]
    for name in COMPONENTS:  # a Spark worker may be missing while another does its work
        component = components[name]
        if component["state"] in {"failed", "held"}:
            return f"{name} is {component['state']}: {component.get('detail', '')} (log: {component.get('log')})"
    return None

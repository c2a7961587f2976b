"""Registers the connector and keeps it running: a FAILED task is restarted with capped backoff (CONTRACT §8)."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field

import psycopg

from sportdata.adapters.connect import call
from sportdata.adapters.postgres import connect
from sportdata.contracts.topics import ACTIVITIES, CONNECTOR
from sportdata.errors import BrokenWorld
from sportdata.settings import ROOT, Settings

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
HOPELESS_AFTER = 5


def configuration(settings: Settings) -> dict[str, str]:
    """`connect/connector.json` with what depends on where this stack runs."""
    values: dict[str, str] = json.loads((ROOT / "connect" / "connector.json").read_text())
    secret_file = settings.home.resolve() / "connect" / "secrets.properties"
    values["database.port"] = str(settings.port("postgres"))
    values["database.password"] = values["database.password"].replace("file:secrets:", f"file:{secret_file}:")
    if settings.exactly_once:
        values["exactly.once.support"] = "required"
    return values


def cause_of(trace: str) -> str:
    """The innermost cause of a Java trace, without the objects that Debezium prints in square brackets: its reason comes after them."""
    causes = [line.strip() for line in trace.splitlines() if line.startswith("Caused by")]
    cause, left = (causes[-1] if causes else trace.strip().splitlines()[0]), 1
    while left:
        cause, left = re.subn(r" ?\[[^\[\]]*\]", "", cause)
    return cause[:400]


@dataclass
class ConnectorKeeper:
    """Called again and again by the supervisor; `state` and `detail` are what `status` shows."""

    settings: Settings
    state: str = "starting"
    detail: str = "not registered yet"
    _pause_s: float = FIRST_PAUSE_S
    _restart_at: float = field(default=0.0)
    _restarts: int = 0
    _was_down: bool = True

    def tick(self) -> None:
        try:
            self._look()
        except (BrokenWorld, psycopg.Error) as error:
            self.state, self.detail = "starting", " ".join(str(error).split())

    def _look(self) -> None:
        if self.settings.connector == "auto" and not self._registered():
            return
        status, answer = call(self.settings, "GET", f"/connectors/{CONNECTOR}/status")
        if status == 404:
            self.state = "absent" if self.settings.connector == "manual" else "starting"
            self.detail = f"no connector named {CONNECTOR}: POST it to /connectors (SPORTDATA_CONNECTOR=manual)"
            return
        if status != 200:
            self.state, self.detail = "starting", f"status of {CONNECTOR}: {status} {answer}"
            return
        parts = [answer["connector"], *answer["tasks"]]
        failed = [part for part in parts if part["state"] == "FAILED"]
        running = len(parts) > 1 and all(part["state"] == "RUNNING" for part in parts)
        self._was_down = self._was_down or not running
        if running and self._was_down and self.settings.connector == "auto" and self.settings.runtime == "processes":
            self._tell_if_empty()
        if failed:
            self._restart(failed[0].get("trace", "no trace"))
        elif running:
            self.state, self.detail = "ready", "RUNNING"
            if time.monotonic() - self._restart_at > LONGEST_PAUSE_S:
                self._restarts, self._pause_s = 0, FIRST_PAUSE_S
        else:
            self.state, self.detail = "starting", ", ".join(part["state"] for part in parts)

    def _tell_if_empty(self) -> None:
        """After the connector was down: a new snapshot of an empty table says nothing, and nobody would hear that its rows have gone.

        A TRUNCATE of what is empty already, under a lock that keeps it so, says it on the ordinary way.
        """
        from sportdata.adapters.kafka import end_offsets

        if sum(end_offsets(self.settings, ACTIVITIES).values()) > 0:
            with connect(self.settings, "sportdata_writer") as connection:
                connection.execute("SET LOCAL lock_timeout = '1s'")
                connection.execute("LOCK TABLE public.sport_activities IN ACCESS EXCLUSIVE MODE")
                if connection.execute("SELECT 1 FROM public.sport_activities LIMIT 1").fetchone() is None:
                    connection.execute("TRUNCATE public.sport_activities")
        self._was_down = False

    def _registered(self) -> bool:
        wanted = configuration(self.settings)
        status, answer = call(self.settings, "GET", f"/connectors/{CONNECTOR}/config")
        if status == 200 and {key: value for key, value in answer.items() if key != "name"} == wanted:
            return True
        status, answer = call(self.settings, "PUT", f"/connectors/{CONNECTOR}/config", wanted)
        if status not in {200, 201}:
            state = "failed" if status == 400 else "starting"
            self.state, self.detail = state, f"connector refused ({status}): {str(answer.get('message'))[:400]}"
        return False

    def _restart(self, trace: str) -> None:
        cause = cause_of(trace)
        now = time.monotonic()
        hopeless = self._restarts >= HOPELESS_AFTER
        self.state = "failed" if hopeless else "restarting"
        advice = f"still failing after {self._restarts} restarts, see connect.log" if hopeless else f"restart {self._restarts + 1} follows"
        self.detail = f"task FAILED: {cause} ({advice})"
        if now >= self._restart_at:
            call(self.settings, "POST", f"/connectors/{CONNECTOR}/restart?includeTasks=true&onlyFailed=true")
            self._restarts += 1
            self._restart_at = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

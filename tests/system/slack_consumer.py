"""The Slack consumer of a stack in a test's hands: started again when it dies, watched, and held up in the middle of a transaction."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from sportdata.local.hold import held_down
from sportdata.local.status import read_status
from sportdata.settings import ROOT
from tests.system.bus import ends
from tests.system.conftest import Stack
from tests.system.slack_server import CHANNEL, TOKEN, SlackServer
from tests.waiting import until

INSERT = """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, distance_m, duree_s, commentaire)
            VALUES (%s, now() - interval '1 hour', %s, %s, 2760, %s) RETURNING id"""


class Consumer:
    """The consumer, in the place of the supervisor's own: started again whenever it dies, as the supervisor does, only faster."""

    def __init__(self, stack: Stack, slack: SlackServer, folder: Path) -> None:
        self.stack, self.slack = stack, slack
        self.token_file = folder / "token"
        self.token_file.write_text(TOKEN)
        self.hold = ExitStack()
        self.log = (folder / "consumer.log").open("ab")
        self.since = ends(stack.settings)
        self.environment = stack.environment | {
            "PYTHONPATH": str(ROOT), "SPORTDATA_SLACK_TOKEN_FILE": str(self.token_file), "SPORTDATA_SLACK_CHANNEL": CHANNEL,
            "SPORTDATA_SLACK_URL": slack.url, "SPORTDATA_SLACK_INTERVAL_S": "0.02", "SPORTDATA_SLACK_TIMEOUT_S": "1",
            "SPORTDATA_SLACK_VISIBILITY_S": "0.7", "SPORTDATA_SLACK_HISTORY_PATIENCE_S": "1.5", "SPORTDATA_SLACK_DIGEST_ABOVE": "20",
        }  # fmt: skip
        self.deaths = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._wanted = threading.Event()
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def take_over(self) -> None:
        """From the supervisor's own consumer, which is held down until `end`."""
        stack, slack = self.stack, self.slack
        slack.kill = self.kill
        self.hold.enter_context(held_down(stack.settings, "slack"))
        until(lambda: read_status(stack.settings)["components"]["slack"]["state"] == "held")
        self.start()

    def _keep(self) -> None:
        while not self._ending.wait(0.03):
            if self.process and self.process.poll() is not None:
                self.deaths += 1
                self.process = None
            if self._wanted.is_set() and self.process is None:
                self.process = subprocess.Popen(
                    [sys.executable, str(ROOT / "slack" / "consumer.py")], env=self.environment, cwd=ROOT, stdout=self.log, stderr=self.log
                )

    def start(self) -> None:
        self._wanted.set()

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    def stop(self) -> None:
        self._wanted.clear()
        if process := self.process:
            process.kill()
            until(lambda: self.process is None)

    def end(self) -> None:
        self.stop()
        self._ending.set()
        self._keeper.join()
        self.hold.close()
        self.log.close()

    # what is true of the ledger

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.stack.settings.dsn("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def write(self, count: int = 1, comment: str | None = None, sport: str = "Course à pied", metres: float | None = 10_800.0) -> list[int]:
        """Activities of now, each in a transaction of its own."""
        with psycopg.connect(self.stack.settings.dsn("sportdata_writer"), autocommit=True) as connection:
            owners = [row[0] for row in connection.execute("SELECT employee_id FROM hr.employes WHERE actif ORDER BY 1 LIMIT %s", [count])]
            done = []
            for number in range(count):
                row = connection.execute(INSERT, [owners[number % len(owners)], sport, metres, comment]).fetchone()
                assert row is not None
                done.append(int(row[0]))
            return done

    def states(self, ids: Sequence[int]) -> dict[int, str]:
        rows = self.query("SELECT id, concat_ws('/', etat, raison) FROM slack.annonces WHERE id = ANY(%s)", list(ids))
        return {int(str(row[0])): str(row[1]) for row in rows}

    def reach(self, ids: Sequence[int], *allowed: str, timeout: float = 180) -> None:
        def reached() -> bool:
            states = self.states(ids)
            return len(states) == len(ids) and set(states.values()) <= set(allowed)

        until(reached, timeout)

    def exactly_once(self, ids: Sequence[int]) -> None:
        self.reach(ids, "postee")
        counts = self.slack.counts()
        assert {number: counts[number] for number in ids} == dict.fromkeys(ids, 1)


GATE = 7_310_001  # an advisory lock


@contextmanager
def gate(consumer: Consumer, when: str) -> Iterator[Callable[[], None]]:
    """Every transaction that takes something in waits, while it writes (IMMEDIATE) or while it commits (DEFERRED), until what this
    yields is called."""
    with psycopg.connect(consumer.stack.settings.dsn("postgres"), autocommit=True) as keeper:
        keeper.execute("SELECT pg_advisory_lock(%s)", [GATE])
        consumer.query(
            f"""CREATE FUNCTION slack.wait() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END'"""
        )
        consumer.query(
            f"""CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON slack.annonces DEFERRABLE INITIALLY {when} FOR EACH ROW
                WHEN (NEW.etat = 'attente') EXECUTE FUNCTION slack.wait()"""
        )
        try:
            yield keeper.close  # a session's locks end with it
        finally:
            keeper.close()
            consumer.query("DROP TRIGGER wait ON slack.annonces")
            consumer.query("DROP FUNCTION slack.wait()")


def is_at_the_gate(consumer: Consumer) -> bool:
    return bool(consumer.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", GATE))

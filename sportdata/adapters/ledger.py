"""The ledger of announcements in PostgreSQL, as the role sportdata_slack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sportdata.adapters.postgres import Connection
from sportdata.contracts.change import Details
from sportdata.contracts.ledger import OPEN, SKIPPED, WAITING, Entry, Landmarks, OpenMessage, Person, State, Tally
from sportdata.rules.activities import Activity

CONSUMERS_LOCK = 7_310_366  # any number: held by the one consumer that reads and posts, for as long as its session lives
WRITERS_LOCK = 7_310_367  # any number: one transaction at a time, the consumer's or a `settle`'s

_FACTS = "employee_id, date_debut, type_activite, distance_m, duree_s, commentaire"
_LANDMARKS = "vide, premier_instantane, truncate_lsn, truncate_le, entendu_le"
_ENTRY = f"id, etat, raison, lsn, rang, commis_le, seule, devenue, {_FACTS}"


class Ledger:
    """On an autocommit connection; what belongs together goes into `transaction()`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_over(self) -> bool:
        """Whether this session is now the one consumer. It stays so until its connection ends, however that happens."""
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [CONSUMERS_LOCK]).fetchone()
        return bool(row and row[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [WRITERS_LOCK])
            yield

    # what the stream changes

    def entries(self, ids: Iterable[int], every_open: bool) -> dict[int, Entry]:
        """The entries of some ids that are known, and those whose row has come to one of them; with `every_open` also each one that has
        something left to say."""
        is_open = f"etat IN ({_listed(OPEN)})"
        also = f"OR {is_open}" if every_open else ""
        wanted = list(ids)
        rows = self._connection.execute(
            f"SELECT {_ENTRY} FROM slack.annonces WHERE id = ANY(%s) OR (devenue = ANY(%s) AND {is_open}) {also}", [wanted, wanted]
        )
        return {row[0]: _entry(row) for row in rows}

    def landmarks(self) -> Landmarks:
        row = self._connection.execute(f"SELECT {_LANDMARKS} FROM slack.reperes").fetchone()
        return Landmarks(*_one(row))

    def identity(self) -> str:
        """What tells this ledger's messages from another's in the same channel."""
        return str(_one(self._connection.execute("SELECT registre FROM slack.reperes").fetchone())[0])

    def next_rank(self) -> int:
        row = self._connection.execute(f"SELECT coalesce(max(rang), 0) + 1 FROM slack.annonces WHERE etat IN ({_listed(OPEN)})").fetchone()
        return int(_one(row)[0])

    def save(self, entries: Iterable[Entry], landmarks: Landmarks) -> None:
        brief: list[Entry] = []
        full: list[Entry] = []
        for entry in entries:
            (brief if entry.details is None and entry.state == SKIPPED else full).append(entry)
        columns = [[one.id for one in brief], [one.reason for one in brief], [one.lsn for one in brief]]
        self._connection.execute(
            f"""INSERT INTO slack.annonces (id, etat, raison, lsn)
                SELECT id, '{SKIPPED}', raison, lsn FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS seen (id, raison, lsn)
                ON CONFLICT (id) DO UPDATE
                SET etat = excluded.etat, raison = excluded.raison, lsn = excluded.lsn, rang = NULL, devenue = NULL, {_FORGET}""",
            columns,
        )
        if full:
            with self._connection.cursor() as cursor:
                cursor.executemany(_UPSERT, [_values(entry) for entry in full])
        self._connection.execute(f"UPDATE slack.reperes SET ({_LANDMARKS}) = (%s, %s, %s, %s, %s)", landmarks)

    def set_aside(self, unreadable: Sequence[tuple[str, int, int, str]]) -> int:
        """Keeps (topic, partition, offset, reason) of events that cannot be read; returns how many were not there yet."""
        if not unreadable:
            return 0
        return self._connection.execute(
            """INSERT INTO slack.illisibles (topic, partition, position, raison)
               SELECT * FROM unnest(%s::text[], %s::integer[], %s::bigint[], %s::text[]) ON CONFLICT DO NOTHING""",
            [list(column) for column in zip(*unreadable, strict=True)],
        ).rowcount

    def people(self, ids: Iterable[int]) -> dict[int, Person]:
        """Names and preferences of some employees; who has no preference agrees."""
        rows = self._connection.execute(
            """SELECT employee_id, prenom, nom, actif, coalesce(slack_ok, true)
               FROM hr.employes LEFT JOIN hr.preferences USING (employee_id) WHERE employee_id = ANY(%s)""",
            [list(ids)],
        )
        return {row[0]: Person(*row) for row in rows}

    # messages

    def waiting(self, most: int) -> list[Entry]:
        """The next entries to announce, in the order of the stream."""
        rows = self._connection.execute(f"SELECT {_ENTRY} FROM slack.annonces WHERE etat = '{WAITING}' ORDER BY rang, id LIMIT %s", [most])
        return [_entry(row) for row in rows]

    def open_message(self, ids: Sequence[int], channel: str | None, text: str) -> OpenMessage:
        """Notes, before anything is posted, that these ids are about to be."""
        row = self._connection.execute(
            """INSERT INTO slack.messages (etat, canal, texte, nombre) VALUES ('en_cours', %s, %s, %s) RETURNING numero, tente_le""",
            [channel, text, len(ids)],
        ).fetchone()
        number, tried_at = _one(row)
        self._connection.execute("UPDATE slack.annonces SET etat = 'en_cours', message = %s WHERE id = ANY(%s)", [number, list(ids)])
        return OpenMessage(number, channel, tuple(ids), text, tried_at)

    def unfinished(self) -> list[OpenMessage]:
        """Attempts of which a crash or a doubtful answer left it open whether they posted anything, the oldest first."""
        rows = self._connection.execute(
            """SELECT numero, canal, array_agg(id ORDER BY rang, id), coalesce(texte, ''), tente_le
               FROM slack.messages m JOIN slack.annonces a ON a.message = m.numero
               WHERE m.etat = 'en_cours' GROUP BY numero ORDER BY numero"""
        )
        return [OpenMessage(row[0], row[1], tuple(row[2]), *row[3:]) for row in rows]

    def is_open(self, number: int) -> bool:
        """Whether it is still open what became of an attempt; within a transaction nobody else settles it meanwhile."""
        row = self._connection.execute(
            "SELECT 1 FROM slack.messages WHERE numero = %s AND etat = 'en_cours' FOR UPDATE", [number]
        ).fetchone()
        return row is not None

    def last_refusal(self) -> str | None:
        """Why the latest message that Slack took or refused for good was refused; None when it was posted, or there is none."""
        row = self._connection.execute(
            """SELECT detail FROM slack.messages WHERE etat = 'refusee'
               AND numero = (SELECT max(numero) FROM slack.messages WHERE etat IN ('postee', 'refusee'))"""
        ).fetchone()
        return None if row is None else row[0]

    def posted(self, number: int, ts: str) -> None:
        self._close(number, "postee", ts=ts)
        self._connection.execute(
            f"UPDATE slack.annonces SET etat = 'postee', raison = NULL, rang = NULL, {_FORGET} WHERE message = %s", [number]
        )

    def not_posted(self, number: int, detail: str, alone: bool = False) -> None:
        """The ids wait again, each in its place, unless their row has been deleted meanwhile. `alone`: one message each from now on."""
        self._close(number, "abandonnee", detail=detail)
        self._connection.execute(
            f"UPDATE slack.annonces SET etat = '{SKIPPED}', rang = NULL, {_FORGET} WHERE message = %s AND raison IS NOT NULL", [number]
        )
        self._connection.execute(
            f"""UPDATE slack.annonces SET etat = '{WAITING}', message = NULL, seule = seule OR %s
                WHERE message = %s AND etat <> '{SKIPPED}'""",
            [alone, number],
        )

    def set_state(self, number: int, state: State, detail: str) -> None:
        """`refusee` or `incertaine`: nothing happens to it any more until `settle`."""
        self._close(number, state, detail=detail)
        self._connection.execute("UPDATE slack.annonces SET etat = %s WHERE message = %s", [state, number])

    def _close(self, number: int, state: str, ts: str | None = None, detail: str | None = None) -> None:
        at = "clock_timestamp()" if state == "postee" else "NULL"
        self._connection.execute(
            f"UPDATE slack.messages SET etat = %s, ts = %s, detail = %s, poste_le = {at} WHERE numero = %s", [state, ts, detail, number]
        )

    # what people look at

    def tally(self) -> Tally:
        row = self._connection.execute(
            f"""SELECT count(*) FILTER (WHERE waits), min(commis_le) FILTER (WHERE waits),
                       count(*) FILTER (WHERE etat = 'incertaine'), count(*) FILTER (WHERE etat = 'refusee')
                FROM (SELECT etat, commis_le, etat IN ('attente', 'en_cours') AS waits
                      FROM slack.annonces WHERE etat IN ({_listed(OPEN)})) AS open"""
        ).fetchone()
        return Tally(*_one(row))

    def latest(self, most: int) -> list[tuple[datetime, str, int]]:
        """The latest messages that were posted, the newest first: when, what, how many activities."""
        rows = self._connection.execute(
            """SELECT poste_le, texte, nombre FROM slack.messages WHERE etat = 'postee' AND texte IS NOT NULL
               ORDER BY poste_le DESC, numero DESC LIMIT %s""",
            [most],
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def aside(self) -> list[tuple[int, str, list[int], str | None, str | None, datetime]]:
        """Messages that somebody must settle: number, state, ids, text, detail, time of the attempt."""
        return self._connection.execute(
            """SELECT numero, m.etat, array_agg(id ORDER BY id), texte, detail, tente_le
               FROM slack.messages m JOIN slack.annonces a ON a.message = m.numero
               WHERE m.etat IN ('incertaine', 'refusee') GROUP BY numero ORDER BY numero"""
        ).fetchall()

    def counts(self) -> dict[str, int]:
        """Ids by state, those that are passed over by `ignoree/reason`."""
        rows = self._connection.execute("SELECT concat_ws('/', etat, raison), count(*) FROM slack.annonces GROUP BY 1 ORDER BY 1")
        return {row[0]: row[1] for row in rows}

    def message_of(self, activity_id: int) -> tuple[str, int | None, bool] | None:
        """The state of an activity, its message, and whether that has been on its way for longer than any attempt lasts."""
        row = self._connection.execute(
            """SELECT a.etat, m.numero, coalesce(m.tente_le < now() - INTERVAL '5 minutes', false)
               FROM slack.annonces a LEFT JOIN slack.messages m ON m.numero = a.message WHERE a.id = %s""",
            [activity_id],
        ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def forget_texts(self, older_than: timedelta) -> int:
        """Removes names and words from messages that were posted long ago; ids and times stay."""
        return self._connection.execute(
            "UPDATE slack.messages SET texte = NULL WHERE etat IN ('postee', 'abandonnee') AND texte IS NOT NULL AND tente_le < now() - %s",
            [older_than],
        ).rowcount


_FORGET = ", ".join(f"{name.strip()} = NULL" for name in _FACTS.split(","))
_UPSERT = f"""INSERT INTO slack.annonces ({_ENTRY}) VALUES ({", ".join(["%s"] * len(_ENTRY.split(",")))})
              ON CONFLICT (id) DO UPDATE SET ({_ENTRY.removeprefix("id, ")}) =
              ({", ".join(f"excluded.{name.strip()}" for name in _ENTRY.removeprefix("id, ").split(","))})"""


def _listed(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


def _one(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if row is None:
        raise LookupError("the ledger's single row is missing: slack.reperes holds one row")
    return row


def _entry(row: tuple[Any, ...]) -> Entry:
    number, state, reason, lsn, rank, committed_at, alone, moved_to, employee, started, label, metres, seconds, comment = row
    details = Details(Activity(employee, started, label, metres, seconds), comment) if state in OPEN else None
    return Entry(number, state, reason, lsn, rank, committed_at, details, alone, moved_to)


def _values(entry: Entry) -> tuple[Any, ...]:
    facts: tuple[Any, ...] = (None,) * 6
    if entry.details:
        one = entry.details.activity
        facts = (one.employee_id, one.date_debut, one.type_activite, one.distance_m, one.duree_s, entry.details.commentaire)
    return (entry.id, entry.state, entry.reason, entry.lsn, entry.rank, entry.committed_at, entry.alone, entry.moved_to, *facts)

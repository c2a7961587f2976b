"""The ledger's SQL on a PostgreSQL of its own: what a home of the version before becomes, and what a row's new key keeps open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sportdata.adapters.ledger import Ledger
from sportdata.adapters.postgres import Connection, connect
from sportdata.contracts.change import Change, Details
from sportdata.contracts.ledger import REFUSED, UNCERTAIN, WAITING, Entry
from sportdata.local import postgres
from sportdata.rules.activities import Activity
from sportdata.settings import ROOT, Settings
from sportdata.stages.intake import Intake
from tests.system.alone import alone
from tests.system.conftest import OFFSET

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
DETAILS = Details(Activity(7, NOW, "Judo", None, 60), None)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One whose schema `slack` is that of the first version."""
    with alone(postgres.component, tmp_path_factory.mktemp("ledger") / "home", OFFSET + 1500) as made:
        with psycopg.connect(made.dsn("postgres")) as connection:
            connection.execute("DROP SCHEMA slack CASCADE")
            first = re.sub(r"(?m)^ALTER TABLE slack.*$|^.*annonces_devenues.*$", "", (ROOT / "init" / "70_slack.sql").read_text())
            connection.execute(first.encode())
        yield made


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    with connect(settings, "sportdata_slack", autocommit=True) as opened:
        yield opened


def test_activities_whose_ids_must_be_moved_are_written_while_a_consumer_is_at_work(settings: Settings, connection: Connection) -> None:
    assert Ledger(connection).take_over()
    with connect(settings, "sportdata_writer", autocommit=True) as writer:
        writer.execute("SET statement_timeout = '20s'")
        writer.execute("INSERT INTO public.sport_activities (id) VALUES (1), (2), (3)")
        writer.execute("INSERT INTO public.sport_activities (id) VALUES (9)")
        assert writer.execute("INSERT INTO public.sport_activities (commentaire) VALUES ('next') RETURNING id").fetchone() == (10,)


def test_a_home_of_the_version_before_gets_its_columns_and_keeps_its_ledger(settings: Settings, connection: Connection) -> None:
    connection.execute("INSERT INTO slack.annonces (id, etat, lsn) VALUES (1, 'postee', 5)")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        Ledger(connection).identity()
    postgres.create_schema(settings)
    name = Ledger(connection).identity()
    postgres.create_schema(settings)
    assert Ledger(connection).identity() == name
    assert len(name) == 36
    assert connection.execute("SELECT id, etat, devenue FROM slack.annonces").fetchall() == [(1, "postee", None)]


def test_what_happens_to_a_row_under_its_new_key_reaches_its_open_message(connection: Connection) -> None:
    ledger = Ledger(connection)
    ledger.save([Entry(11, WAITING, None, 5, 1, NOW, DETAILS)], ledger.landmarks())
    message = ledger.open_message([11], "C1", "text")
    take(ledger, Change("c", 6, NOW, 12, DETAILS, moved_from=11))
    assert ledger.entries([12], every_open=False)[11].moved_to == 12
    ledger.set_state(message.number, UNCERTAIN, "why")
    take(ledger, Change("d", 7, NOW, 12, None))
    ledger.not_posted(message.number, "settled by hand")
    assert ledger.message_of(11) == ("ignoree", message.number, False)
    assert 11 not in ledger.entries([12], every_open=False)


def take(ledger: Ledger, change: Change) -> None:
    ids = {change.id, change.moved_from} - {None}
    known = ledger.entries([one for one in ids if one is not None], every_open=False)
    intake = Intake(known, ledger.landmarks(), ledger.next_rank(), timedelta(hours=24), lambda *_: None)
    intake.take(change)
    ledger.save([intake.entries[number] for number in intake.touched], intake.landmarks)


def test_the_last_refusal_counts_until_something_is_posted(connection: Connection) -> None:
    ledger = Ledger(connection)
    ledger.save([Entry(number, WAITING, None, 5, number, NOW, DETAILS) for number in (21, 22)], ledger.landmarks())
    first, second = (ledger.open_message([number], "C1", "text") for number in (21, 22))
    ledger.set_state(first.number, REFUSED, "something_new")
    assert ledger.last_refusal() == "something_new"
    assert ledger.unfinished() == [second]
    ledger.posted(second.number, "1.0")
    assert ledger.last_refusal() is None

"""Posting while the stream goes on: the real consumer's steps over a broker that is a list of records."""

from __future__ import annotations

import faulthandler
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kafka import TopicPartition
from pydantic import SecretStr

from sportdata.adapters.activity_stream import ActivityStream
from sportdata.contracts.ledger import POSTED, SKIPPED
from sportdata.contracts.topics import ACTIVITIES
from sportdata.jobs.slack import SlackJob, log
from sportdata.jobs.slack_access import Access
from sportdata.jobs.slack_posting import Posting
from sportdata.settings import Settings
from tests.system.slack_server import CHANNEL, TOKEN, SlackServer
from tests.unit.slack_ledger import MemoryLedger

COMMITTED_MS = 1_781_517_600_000


class Broker:
    """A topic of one partition as kafka-python shows it: `highwater` is the broker's end when it gave its latest answer. Before each
    poll `arriving` new events come; a poll returns `a_poll` of them at most. `in_flight`: an answer given before that poll."""

    def __init__(self, *values: bytes, arriving: int = 0, a_poll: int = 1) -> None:
        self.values, self.arriving, self.a_poll = list(values), arriving, a_poll
        self.in_flight: tuple[int, int] | None = None
        self.read, self.end = 0, None if not values else 0

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition(ACTIVITIES, 0)}

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        for _ in range(self.arriving):
            self.values.append(event("c", len(self.values) + 1))
        to, self.end = self.in_flight or (min(self.read + self.a_poll, len(self.values)), len(self.values))
        self.in_flight = None
        found = [SimpleNamespace(partition=0, offset=at, value=self.values[at], headers=()) for at in range(self.read, to)]
        self.read = to
        return {TopicPartition(ACTIVITIES, 0): found} if found else {}

    def commit(self, offsets: object) -> None:
        """Nothing is read twice here."""

    def position(self, _: TopicPartition) -> int:
        return self.read

    def highwater(self, _: TopicPartition) -> int | None:
        return self.end


def event(op: str, number: int) -> bytes:
    row = {"id": number, "employee_id": 7, "date_debut": "2026-06-15T09:00:00Z", "type_activite": "Judo", "distance_m": None, "duree_s": 60}
    source = {"lsn": 100 + number + 10_000 * (op == "d"), "ts_ms": COMMITTED_MS, "txId": 9}
    return json.dumps({"op": op, "source": source, "before" if op == "d" else "after": row}).encode()


class Consumer:
    def __init__(self, home: Path, slack: SlackServer, broker: Broker) -> None:
        (home / "progress").mkdir()
        settings = Settings(
            home=home, slack_token=SecretStr(TOKEN), slack_channel=CHANNEL, slack_url=slack.url, slack_interval_s=0, slack_digest_above=5
        )
        self.ledger, self.broker, self.slack = MemoryLedger(), broker, slack
        self.job, self.stream = SlackJob(settings), ActivityStream(broker)
        self.posting = Posting(settings, cast(Any, self.ledger), Access(settings), log)

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.job._step(self.stream, cast(Any, self.ledger), self.posting)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    server = SlackServer()
    yield server
    faulthandler.cancel_dump_traceback_later()
    server.down()


@pytest.mark.parametrize(("arriving", "a_poll"), [(1, 1), (3, 3), (40, 50)])
def test_a_stream_that_never_pauses_is_announced_while_it_goes_on(tmp_path: Path, slack: SlackServer, arriving: int, a_poll: int) -> None:
    consumer = Consumer(tmp_path, slack, Broker(event("c", 1), arriving=arriving, a_poll=a_poll))
    consumer.step(20)
    assert len(slack.ours()) >= 6
    assert max(slack.counts().values()) == 1


def test_when_more_comes_than_can_be_announced_singly_it_is_listed(tmp_path: Path, slack: SlackServer) -> None:
    consumer = Consumer(tmp_path, slack, Broker(event("c", 1), arriving=3, a_poll=3))
    consumer.step(20)
    assert all(len(listed) > 5 for listed in slack.ours())
    assert len(slack.ours()) >= 6


def test_a_doubt_is_cleared_while_the_stream_goes_on(tmp_path: Path, slack: SlackServer) -> None:
    consumer = Consumer(tmp_path, slack, Broker(event("c", 1), arriving=1))
    slack.posts.append("500 after")
    consumer.step(20)
    assert consumer.ledger.known[1].state == POSTED
    assert slack.counts()[1] == 1


def test_all_of_a_backlog_is_heard_before_anything_of_it_is_posted(tmp_path: Path, slack: SlackServer) -> None:
    backlog = [event("c", number) for number in range(1, 41)]
    consumer = Consumer(tmp_path, slack, Broker(*backlog, event("d", 1), a_poll=1))
    consumer.step(60)
    assert consumer.ledger.known[1].state == SKIPPED
    assert slack.counts() == dict.fromkeys(range(2, 41), 1)


def test_a_delete_that_came_while_the_last_message_was_being_posted_is_heard(tmp_path: Path, slack: SlackServer) -> None:
    """The answer that was under way then ends before it."""
    broker = Broker(*(event("c", number) for number in range(1, 6)), event("d", 1), a_poll=1)
    broker.in_flight = (1, 1)
    consumer = Consumer(tmp_path, slack, broker)
    consumer.step(15)
    assert (consumer.ledger.known[1].state, slack.counts()) == (SKIPPED, {2: 1, 3: 1, 4: 1, 5: 1})


def test_before_the_broker_has_answered_nothing_is_known_to_be_read(tmp_path: Path) -> None:
    assert not ActivityStream(Broker()).has_caught_up()

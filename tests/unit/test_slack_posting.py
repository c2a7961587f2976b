"""Each activity in exactly one message through long outages: the real client and a server that behaves like Slack, on a simulated clock."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from sportdata.adapters.slack import Slack
from sportdata.contracts.announcements import read_templates
from sportdata.contracts.change import Details
from sportdata.contracts.ledger import POSTED, POSTING, REFUSED, UNCERTAIN, WAITING, Entry, OpenMessage
from sportdata.contracts.slack_api import announced_ids, metadata
from sportdata.contracts.sports import read_sports
from sportdata.errors import BrokenWorld
from sportdata.jobs.slack_access import Access
from sportdata.jobs.slack_posting import Posting
from sportdata.rules.activities import Activity
from sportdata.settings import Settings
from tests.system.slack_server import CHANNEL, PAGE, TOKEN, SlackServer
from tests.unit.slack_ledger import MemoryLedger

CONFIG = Path(__file__).resolve().parents[2] / "config"
SPORTS = read_sports((CONFIG / "sports.yml").read_text(encoding="utf-8"), "sports.yml")
TEMPLATES = read_templates((CONFIG / "slack.yml").read_text(encoding="utf-8"), "slack.yml")
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
DETAILS = Details(Activity(7, NOW, "Judo", None, 3600), None)
A_CALL_S, LATE_S = 0.05, 30.0
MINUTE, HOUR = 60.0, 3600.0


class Consumer:
    """What posts, its ledger, and the clock that both go by: waiting takes no time."""

    def __init__(self, slack: SlackServer, *, url: str = "", many: int = 8, timeout_s: float = 10.0) -> None:
        settings = Settings(slack_token=SecretStr(TOKEN), slack_channel=CHANNEL, slack_url=url or slack.url, slack_digest_above=100)
        self.settings = settings.model_copy(update={"slack_timeout_s": timeout_s, "slack_visibility_s": LATE_S - timeout_s})
        self.slack, self.now = slack, 1000.0
        self.ledger = MemoryLedger()
        for number in range(1, many + 1):
            self.ledger.known[number] = Entry(number, WAITING, None, number, number, NOW, DETAILS)
        self.troubles: list[str | None] = []
        self.restart()

    def restart(self) -> None:
        self.posting = Posting(self.settings, cast(Any, self.ledger), Access(self.settings), lambda *_, **__: None, lambda: self.now)

    def live(self, seconds: float) -> None:
        """Until nothing is left to do, so long at most."""
        end = self.now + seconds
        while self.now < end and (self.posting.doubtful or self.ledger.tally().waiting):
            if self.posting.doubtful:
                self.posting.clear_doubt()
            else:
                self.posting.post_next(self.ledger.tally().waiting, TEMPLATES, SPORTS)
            self.troubles.append(self.posting.trouble)
            self.now = max(self.now + A_CALL_S, self.posting.ready_at)

    def states(self) -> list[str]:
        return [self.ledger.known[number].state for number in sorted(self.ledger.known)]

    def exactly_once(self) -> None:
        assert set(self.states()) == {POSTED}
        assert self.slack.counts() == dict.fromkeys(self.ledger.known, 1)

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [asked for _, name, asked in self.slack.requests if name == method]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    server = SlackServer()
    yield server
    server.down()


@contextmanager
def blackhole() -> Iterator[str]:
    """An address where connections are neither taken nor refused."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}/api/"
        for one in waiting:
            one.close()


@pytest.mark.parametrize("first", ["500 before", "500 after"])
@pytest.mark.parametrize("mood", ["500 before", "page 503", "page 200", "page 403", "fatal_error"])
def test_an_outage_of_three_hours_leaves_nothing_to_settle_by_hand(slack: SlackServer, mood: str, first: str) -> None:
    consumer = Consumer(slack)
    consumer.live(2.5)
    slack.posts.append(first)
    slack.history_mood = mood
    consumer.live(2.0)
    slack.mood = mood
    consumer.live(3 * HOUR)
    assert UNCERTAIN not in consumer.states()
    assert all(consumer.troubles[-100:])  # which raises the alert
    slack.mood = slack.history_mood = None
    consumer.live(5 * MINUTE)
    consumer.exactly_once()


@pytest.mark.parametrize("hand", ["posted", "not_posted"])
@pytest.mark.parametrize("meanwhile", [False, True])
def test_what_somebody_has_settled_by_hand_is_left_as_they_said(
    slack: SlackServer, hand: str, meanwhile: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history that stays shut; `meanwhile`: it opens, and is being read, while somebody settles."""
    consumer = Consumer(slack, many=2)
    slack.posts.append("500 after")
    slack.history_mood = "page 403"
    consumer.live(20 * MINUTE)
    assert consumer.states() == [POSTING, WAITING]

    def settled() -> None:
        ledger = consumer.ledger
        ledger.posted(1, "") if hand == "posted" else ledger.not_posted(1, "settled by hand")

    if meanwhile:
        slack.history_mood = None
        find = Slack.find
        with monkeypatch.context() as while_asking:
            while_asking.setattr(Slack, "find", lambda *asked, **more: (settled(), find(*asked, **more))[1])
            consumer.posting.clear_doubt()
    else:
        settled()
    consumer.live(MINUTE)
    assert consumer.states() == [POSTED, POSTED]
    assert slack.counts() == {1: 1 if hand == "posted" else 2, 2: 1}


@pytest.mark.parametrize("text", ["xoxb-old\nxoxb-new\n", "xoxb-old # of May", " \n", "xoxb-…"])
def test_a_token_that_is_not_one_word_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    for given in ({"slack_token_file": file}, {"slack_token": SecretStr(text)}):
        with pytest.raises(BrokenWorld, match="SPORTDATA_SLACK_TOKEN") as refused:
            Access(Settings(slack_channel=CHANNEL, **given)).slack()
        assert "xoxb" not in str(refused.value)


def test_a_slack_that_never_answers_leaves_nothing_to_settle_by_hand(slack: SlackServer) -> None:
    consumer = Consumer(slack, timeout_s=0.1)
    slack.posts.append("silent after")
    slack.mood = slack.history_mood = None
    consumer.live(0.04)
    slack.mood = slack.history_mood = "silent before"
    consumer.live(20 * MINUTE)
    assert UNCERTAIN not in consumer.states()
    slack.mood = slack.history_mood = None
    consumer.live(5 * MINUTE)
    consumer.exactly_once()


def test_a_network_that_swallows_everything_sends_nothing_and_puts_nothing_in_doubt(slack: SlackServer) -> None:
    with blackhole() as url:
        consumer = Consumer(slack, url=url, timeout_s=0.05)
        assert Slack(TOKEN, url, cast(int, 0.05)).post(CHANNEL, "", [1], "").kind == "unsent"
        consumer.live(20 * MINUTE)
    assert set(consumer.states()) == {WAITING}
    assert not consumer.posting.doubtful


def test_a_slack_that_refuses_connections_for_hours_is_waited_for(slack: SlackServer) -> None:
    consumer = Consumer(slack)
    slack.posts.append("500 after")
    consumer.live(0.04)
    slack.down()
    consumer.live(3 * HOUR)
    slack.up()
    consumer.live(5 * MINUTE)
    consumer.exactly_once()


def test_only_a_history_that_is_denied_makes_a_message_uncertain_and_the_next_one_goes_on(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=2)
    slack.posts.append("500 after")
    slack.history_mood = "missing_scope"
    consumer.live(29)
    assert consumer.states() == ["en_cours", WAITING]
    consumer.live(2 * MINUTE)
    assert consumer.states() == [UNCERTAIN, POSTED]


def test_a_denial_after_an_outage_gets_the_whole_patience(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=1)
    slack.posts.append("500 after")
    for mood in ("missing_scope", "500 before", "missing_scope"):
        slack.history_mood = mood
        consumer.live(20)
    assert consumer.states() == ["en_cours"]
    slack.history_mood = None
    consumer.live(5 * MINUTE)
    consumer.exactly_once()


@pytest.mark.parametrize("with_restarts", [False, True])
def test_an_error_that_nobody_documents_and_every_message_meets_sets_aside_one_of_them(slack: SlackServer, with_restarts: bool) -> None:
    consumer = Consumer(slack)
    slack.mood = "something_new"
    for _ in range(6):
        consumer.live(HOUR / 2)
        if with_restarts:
            consumer.restart()
    assert consumer.states() == [REFUSED, *[WAITING] * 7]
    assert "something_new" in (consumer.troubles[-1] or "")
    slack.mood = None
    consumer.live(5 * MINUTE)
    assert consumer.states() == [REFUSED, *[POSTED] * 7]


def test_an_error_that_nobody_documents_sets_aside_the_message_that_meets_it_alone(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=3)
    slack.posts.extend(["", *["something_new"] * 5])
    consumer.live(5 * MINUTE)
    assert consumer.states() == [POSTED, REFUSED, POSTED]


@pytest.mark.parametrize("error", ["external_channel_migrating", "user_is_restricted"])
def test_an_error_of_the_channel_or_the_app_sets_nothing_aside(slack: SlackServer, error: str) -> None:
    consumer = Consumer(slack)
    slack.mood = error
    consumer.live(HOUR)
    assert set(consumer.states()) == {WAITING}
    assert error in (consumer.posting.trouble or "")


def test_a_message_sent_just_before_a_crash_may_still_show_when_the_consumer_is_back(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=1)
    slack.late_s = math.inf
    slack.posts.append("500 after")
    consumer.live(0.04)
    consumer.now += LATE_S  # between the attempt and the restart
    consumer.restart()
    consumer.live(LATE_S - 2)
    assert consumer.states() == ["en_cours"]
    slack.messages[0]["visible"] = 0.0
    consumer.live(MINUTE)
    consumer.exactly_once()


@pytest.mark.parametrize("hours", [-11, 11])
def test_clocks_that_are_hours_apart_double_nothing(slack: SlackServer, hours: int) -> None:
    slack.ahead_s = hours * HOUR
    consumer = Consumer(slack, many=2)
    slack.posts.append("500 after")
    consumer.live(2 * MINUTE)
    consumer.exactly_once()


def say(slack: SlackServer, count: int, ago: timedelta) -> None:
    at = datetime.now(UTC) - ago
    slack.messages += [{"type": "message", "text": "Bravo !", "visible": 0.0, "ts": f"{at.timestamp():.6f}"}] * count


def test_what_people_said_days_before_and_after_an_attempt_is_not_read(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=1)
    say(slack, 20 * PAGE, timedelta(days=3))
    message = consumer.ledger.open_message([1], CHANNEL, "")
    old = OpenMessage(*message[:4], tried_at=datetime.now(UTC) - timedelta(days=2))
    consumer.ledger.messages[1] = ("en_cours", "", old)
    say(slack, 20 * PAGE, timedelta(days=1))
    consumer.restart()
    consumer.now += LATE_S
    consumer.posting.clear_doubt()
    assert len(consumer.calls("conversations.history")) == 1
    consumer.live(MINUTE)
    consumer.exactly_once()


@pytest.mark.parametrize("interruption", ["429 7", "429", "500 before", "page 200", "ratelimited"])
def test_a_history_that_is_interrupted_is_read_on_from_there(slack: SlackServer, interruption: str) -> None:
    consumer = Consumer(slack, many=1)
    slack.posts.append("500 after")
    consumer.live(0.04)
    say(slack, 4 * PAGE, timedelta(0))
    for _ in range(4):
        slack.histories.extend(["", interruption])
    consumer.live(MINUTE)
    cursors = [asked.get("cursor") for asked in consumer.calls("conversations.history")]
    assert cursors == [None, "3", "3", "6", "6", "9", "9", "12", "12"]
    consumer.exactly_once()


def test_a_place_in_the_history_that_slack_has_forgotten_is_found_anew(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=1)
    slack.posts.append("500 after")
    consumer.live(0.04)
    say(slack, 2 * PAGE, timedelta(0))
    slack.histories.extend(["", "invalid_cursor"])
    consumer.live(MINUTE)
    consumer.exactly_once()


def test_a_reading_that_began_too_early_does_not_settle_a_doubt(slack: SlackServer) -> None:
    """The message shows on the first page when that has been read: the rest of the pages cannot hold it."""
    consumer = Consumer(slack, many=1)
    slack.late_s = math.inf
    slack.posts.append("500 after")
    consumer.live(0.04)
    say(slack, 2 * PAGE, timedelta(0))
    slack.histories.extend(["", f"429 {LATE_S}"])
    consumer.posting.clear_doubt()
    slack.messages[0]["visible"] = 0.0
    slack.messages.append(slack.messages.pop(0))
    consumer.now = consumer.posting.ready_at
    consumer.live(2 * MINUTE)
    consumer.exactly_once()


def test_another_ledger_that_posts_the_same_ids_in_the_same_channel_settles_no_doubt(slack: SlackServer) -> None:
    other, consumer = Consumer(slack, many=3), Consumer(slack, many=3)
    other.ledger.name = "another ledger"
    other.restart()
    other.live(MINUTE)
    slack.posts.extend(["500 before", "500 after"])
    consumer.live(5 * MINUTE)
    assert slack.counts() == {1: 2, 2: 2, 3: 2}


def test_a_message_of_the_version_that_named_no_ledger_is_found(slack: SlackServer) -> None:
    old = metadata([1], "")
    del old["event_payload"]["ledger"]
    assert announced_ids({"metadata": old}, "this ledger") == {1}


@pytest.mark.parametrize("payload", [None, "?", [], {}, {"activities": None}, {"activities": [7]}, {"activities": [{"id": "x"}]}])
def test_what_others_write_into_their_metadata_stops_nothing(slack: SlackServer, payload: object) -> None:
    say(slack, 1, timedelta(0))
    foreign = {"event_type": "sportdata_activity", "event_payload": payload}
    for written in (foreign, "?", ["?"], {"event_type": []}):
        slack.messages += [slack.messages[0] | {"metadata": written}]
    consumer = Consumer(slack, many=2)
    slack.posts.append("500 after")
    consumer.live(5 * MINUTE)
    consumer.exactly_once()


@pytest.mark.parametrize(
    "word", ["429", "429 0", "429 inf", "429 nan", "429 -3", "429 Mon, 15 Jun 2026 10:00:00 GMT", "message_limit_exceeded"]
)
def test_a_rate_limit_that_does_not_say_how_long_is_asked_ever_more_rarely(slack: SlackServer, word: str) -> None:
    consumer = Consumer(slack)
    slack.mood = word
    consumer.live(HOUR)
    assert 60 <= len(consumer.calls("chat.postMessage")) <= 70
    slack.mood = None
    consumer.live(2 * MINUTE)
    consumer.exactly_once()


def test_a_rate_limit_that_says_how_long_is_kept(slack: SlackServer) -> None:
    consumer = Consumer(slack, many=1)
    slack.mood = "429 600"
    consumer.live(HOUR)
    assert len(consumer.calls("chat.postMessage")) == 6

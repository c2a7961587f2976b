"""Each new activity in exactly one message, whatever dies or misbehaves: the real stack, a server that behaves like Slack, kill -9."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from sportdata.local.status import read_status
from sportdata.settings import ROOT
from tests.system.bus import redeliver, throw_garbage
from tests.system.conftest import Stack
from tests.system.slack_consumer import Consumer, gate, is_at_the_gate
from tests.system.slack_server import CHANNEL, TOKEN, SlackServer
from tests.waiting import until


@pytest.fixture(scope="module")
def consumer(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consumer]:
    slack = SlackServer()
    running = Consumer(stack, slack, tmp_path_factory.mktemp("slack"))
    try:
        running.take_over()
        running.reach(running.write(), "postee")
        yield running
    finally:
        running.end()
        slack.down()
        until(lambda: read_status(stack.settings)["components"]["slack"]["state"] == "ready")


@pytest.fixture(autouse=True)
def calm(consumer: Consumer) -> Iterator[None]:
    """Each test begins and ends with a Slack that is well and a consumer that runs."""
    yield
    slack = consumer.slack
    slack.posts.clear()
    slack.histories.clear()
    slack.mood = slack.history_mood = None
    slack.late_s, slack.chatter, slack.token = 0.0, 0, TOKEN
    slack.channels = {CHANNEL}
    consumer.token_file.write_text(TOKEN)
    consumer.start()


def test_what_is_sent_can_neither_ping_nor_link_and_carries_its_ids(consumer: Consumer) -> None:
    [number] = consumer.write(comment='<!channel> @here voir https://evil.example & <https://evil.example|clic> "top"')
    consumer.exactly_once([number])
    sent = next(asked for _, method, asked in reversed(consumer.slack.requests) if method == "chat.postMessage")
    assert (sent["parse"], sent["mrkdwn"], sent["link_names"], sent["unfurl_links"], sent["unfurl_media"]) == ("none", *[False] * 4)
    assert not set("<>") & set(sent["text"])
    assert re.search(r"@\w|https?:/|evil\.example", sent["text"]) is None
    ledger = str(consumer.query("SELECT registre FROM slack.reperes")[0][0])
    assert sent["metadata"]["event_payload"] == {"ledger": ledger, "activities": [{"id": number}]}
    assert "10,8 km en 46 min" in sent["text"]


@pytest.mark.parametrize(
    "step",
    ["kill before", "kill after", "kill answered", "500 before", "500 after", "silent before", "silent after", "reset after", "slow"],
)
def test_whatever_happens_to_a_post_it_is_in_the_channel_once(consumer: Consumer, step: str) -> None:
    deaths = consumer.deaths
    consumer.slack.posts.append(step)
    consumer.exactly_once(consumer.write(3))
    assert consumer.slack.posts == type(consumer.slack.posts)()
    if step.startswith("kill"):
        until(lambda: consumer.deaths == deaths + 1)


@pytest.mark.parametrize("step", ["kill before", "500 before", "429 1", "silent before"])
def test_whatever_happens_to_a_look_at_the_history_nothing_is_posted_twice(consumer: Consumer, step: str) -> None:
    consumer.slack.posts.append("500 after")
    consumer.slack.histories.append(step)
    consumer.exactly_once(consumer.write(2))


def test_a_message_that_the_history_shows_late_is_waited_for(consumer: Consumer) -> None:
    consumer.slack.late_s = 1.2  # less than timeout and visibility together
    consumer.slack.posts.extend(["500 after", "kill after"])
    consumer.exactly_once(consumer.write(3))


def test_a_message_is_found_behind_pages_of_what_other_people_say(consumer: Consumer) -> None:
    consumer.slack.chatter = 10
    consumer.slack.posts.append("500 after")
    consumer.exactly_once(consumer.write(2))


@pytest.mark.parametrize("when", ["IMMEDIATE", "DEFERRED"])
def test_killed_while_the_ledger_writes_or_commits(consumer: Consumer, when: str) -> None:
    with gate(consumer, when) as let_go_on:
        numbers = consumer.write()
        until(lambda: is_at_the_gate(consumer))
        consumer.kill()
        let_go_on()
    consumer.exactly_once(numbers)


def test_killed_between_the_ledger_and_the_offsets(consumer: Consumer) -> None:
    broker = psutil.Process(consumer.stack.pid("broker"))
    with gate(consumer, "DEFERRED") as let_go_on:
        numbers = consumer.write()
        until(lambda: is_at_the_gate(consumer))
        broker.send_signal(signal.SIGSTOP)  # the offsets cannot be committed
        try:
            let_go_on()
            until(lambda: len(consumer.states(numbers)) == 1)
            consumer.kill()
        finally:
            broker.send_signal(signal.SIGCONT)
    consumer.exactly_once(numbers)


def test_a_rate_limit_is_kept_and_the_order_too(consumer: Consumer) -> None:
    consumer.slack.posts.append("429 2")
    numbers = consumer.write(4)
    consumer.exactly_once(numbers)
    posts = [(at, asked) for at, method, asked in consumer.slack.requests if method == "chat.postMessage"]
    tried = [at for at, asked in posts if asked["metadata"]["event_payload"]["activities"][0]["id"] == numbers[0]]
    assert tried[1] - tried[0] >= 2
    assert [number for listed in consumer.slack.ours() for number in listed if number in numbers] == numbers


@pytest.mark.parametrize(
    "trouble", ["invalid_auth", "token_revoked", "account_inactive", "channel_not_found", "not_in_channel", "is_archived"]
)
def test_a_world_that_must_change_loses_nothing_and_is_named(consumer: Consumer, trouble: str) -> None:
    if trouble == "invalid_auth":
        consumer.slack.token = "another"
    else:
        consumer.slack.mood = trouble
    numbers = consumer.write(2)
    until(lambda: trouble in consumer.stack.run("slack", "status", expect=None).stdout)
    consumer.reach(numbers, "attente")
    counts = consumer.slack.counts()
    assert [counts[number] for number in numbers] == [0, 0]
    if trouble == "invalid_auth":
        consumer.token_file.write_text("another")  # a new setting is tried at once
    consumer.slack.mood = None
    consumer.exactly_once(numbers)


def test_a_message_refused_for_good_is_set_aside_and_does_not_block_the_next(consumer: Consumer) -> None:
    consumer.slack.posts.append("msg_too_long")
    first, second, third = consumer.write(3)
    consumer.exactly_once([second, third])
    assert consumer.states([first]) == {first: "refusee"}
    shown = consumer.stack.run("slack", "status", expect=1).stdout
    assert "msg_too_long" in shown
    assert f"settle {first}" in shown
    consumer.stack.run("slack", "settle", str(first), "--not-posted")
    consumer.exactly_once([first])


def test_with_a_history_that_cannot_be_read_nothing_is_ever_posted_alone(consumer: Consumer) -> None:
    consumer.slack.posts.extend(["500 after", "500 before"])
    consumer.slack.history_mood = "missing_scope"
    there, lost, other = consumer.write(3)
    consumer.reach([there, lost], "incertaine")
    consumer.slack.history_mood = None
    consumer.exactly_once([other])
    consumer.stop()
    consumer.start()
    consumer.exactly_once(consumer.write())
    assert consumer.states([there, lost]) == {there: "incertaine", lost: "incertaine"}
    until(lambda: any("uncertain" in text for text in consumer.stack.status()["warnings"]))
    consumer.stack.run("slack", "settle", str(there), "--posted")
    consumer.stack.run("slack", "settle", str(lost), "--not-posted")
    consumer.exactly_once([there, lost])
    assert "postee" in consumer.stack.run("slack", "settle", str(there), "--posted", expect=2).stderr


def test_when_many_wait_they_are_listed_each_in_one_message(consumer: Consumer) -> None:
    consumer.slack.mood = "429 1"
    numbers = consumer.write(90)
    consumer.reach(numbers, "attente")
    consumer.slack.posts.extend(["429 1", "500 after", "msg_too_long"])
    consumer.slack.mood = None
    consumer.exactly_once(numbers)
    posted = [listed for listed in consumer.slack.ours() if set(listed) & set(numbers)]
    assert len([listed for listed in posted if len(listed) > 1]) >= 2
    assert [number for listed in posted for number in listed] == numbers


def test_what_changes_before_posting_changes_what_is_posted(consumer: Consumer) -> None:
    consumer.slack.mood = "429 1"
    gone, declined, better, moved, again, stays = consumer.write(6)
    consumer.reach([gone, declined, better, moved, again, stays], "attente")
    owner = consumer.query("SELECT employee_id FROM public.sport_activities WHERE id = %s", declined)[0][0]
    consumer.query("INSERT INTO hr.preferences VALUES (%s, false) ON CONFLICT (employee_id) DO UPDATE SET slack_ok = false", owner)
    try:
        consumer.query("DELETE FROM public.sport_activities WHERE id = %s", gone)
        consumer.query("UPDATE public.sport_activities SET distance_m = 12300 WHERE id = %s", better)
        consumer.query("UPDATE public.sport_activities SET id = %s WHERE id = %s", -moved, moved)
        with psycopg.connect(consumer.stack.settings.dsn("sportdata_writer")) as connection:
            row = connection.execute("DELETE FROM public.sport_activities WHERE id = %s RETURNING *", [again]).fetchone()
            connection.execute("INSERT INTO public.sport_activities VALUES (%s, %s, %s, %s, %s, %s, %s)", row)
        consumer.reach([gone, moved], "ignoree/supprimee", "ignoree/cle_changee")
        consumer.slack.mood = None
        consumer.exactly_once([better, -moved, again, stays])
        assert consumer.states([gone, moved]) == {gone: "ignoree/supprimee", moved: "ignoree/cle_changee"}
        consumer.reach([declined], "ignoree/slack_refuse")
    finally:
        consumer.query("DELETE FROM hr.preferences WHERE employee_id = %s", owner)
    assert "12,3 km" in consumer.slack.texts(better)[0]
    counts = consumer.slack.counts()
    assert [counts[number] for number in (gone, declined, moved)] == [0, 0, 0]
    consumer.query("UPDATE public.sport_activities SET id = %s WHERE id = %s", -stays, stays)
    consumer.reach([-stays], "ignoree/cle_changee")
    assert consumer.slack.counts()[-stays] == 0


def test_a_backfill_is_silent_and_garbage_and_redelivery_change_nothing(consumer: Consumer) -> None:
    consumer.query(
        """INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s)
           SELECT employee_id, now() - g * interval '25 hours', 'Tennis', 3600 FROM hr.employes, generate_series(1, 30) g"""
    )
    last = consumer.write(3)
    consumer.exactly_once(last)
    before, unreadable = len(consumer.slack.ours()), _unreadable(consumer)
    thrown = throw_garbage(consumer.stack.settings)
    redeliver(consumer.stack.settings, 0.0, 1.0, consumer.since)
    consumer.exactly_once(consumer.write())
    assert len(consumer.slack.ours()) == before + 1
    assert _unreadable(consumer) - unreadable >= thrown
    assert max(consumer.slack.counts().values()) == 1


def _unreadable(consumer: Consumer) -> int:
    return int(str(consumer.query("SELECT count(*) FROM slack.illisibles")[0][0]))


def test_a_delete_that_is_already_in_the_stream_is_heard_before_posting(consumer: Consumer) -> None:
    consumer.stop()
    gone, stays = consumer.write(2)
    consumer.query("DELETE FROM public.sport_activities WHERE id = %s", gone)
    mark = consumer.write()
    consumer.start()
    consumer.exactly_once([stays, *mark])
    assert (consumer.states([gone]), consumer.slack.counts()[gone]) == ({gone: "ignoree/supprimee"}, 0)


def test_a_stream_that_never_pauses_is_announced_while_it_goes_on(consumer: Consumer) -> None:
    [known] = consumer.write()
    consumer.exactly_once([known])
    ended = threading.Event()

    def go_on() -> None:
        with psycopg.connect(consumer.stack.settings.dsn("sportdata_writer"), autocommit=True) as connection:
            while not ended.wait(0.03):
                connection.execute("UPDATE public.sport_activities SET commentaire = 'encore' WHERE id = %s", [known])

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        consumer.slack.posts.append("500 after")
        consumer.exactly_once(consumer.write(3))
    finally:
        ended.set()
        writer.join()


def test_a_second_consumer_stands_by_until_the_first_is_gone(consumer: Consumer, tmp_path: Path) -> None:
    """It says so, posts nothing, and takes over: a frozen first one cannot wake up and post beside it."""
    consumer.exactly_once(consumer.write())
    progress = tmp_path / "home"
    for folder in ("run", "progress"):
        (progress / folder).mkdir(parents=True)
    password = consumer.stack.settings.password("sportdata_slack").get_secret_value()
    environment = consumer.environment | {"SPORTDATA_HOME": str(progress), "SPORTDATA_PASSWORD_SPORTDATA_SLACK": password}
    code = "from sportdata.settings import PORTS, Settings; from sportdata.jobs.slack import run; PORTS['slack'] += 7; run(Settings())"
    second = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=ROOT, stdout=consumer.log, stderr=consumer.log)
    try:
        said = progress / "progress" / "slack.json"
        until(lambda: said.exists() and "stands by" in said.read_text())
        consumer.exactly_once(consumer.write(2))
        consumer.stop()
        consumer.exactly_once(consumer.write(2))
    finally:
        second.kill()
        second.wait()


@pytest.mark.parametrize("component", ["postgres", "broker"])
def test_a_database_or_broker_that_dies_loses_and_doubles_nothing(consumer: Consumer, component: str) -> None:
    consumer.slack.mood = "429 1"
    before = consumer.write(3)
    pid = consumer.stack.pid(component)
    os.kill(pid, signal.SIGKILL)
    consumer.slack.mood = None
    consumer.stack.until_back(component, pid)
    consumer.reach([*before, *consumer.write(2)], "postee", timeout=300)
    assert max(consumer.slack.counts().values()) == 1


def test_random_mixes_of_kills_errors_and_outages_lose_none_and_double_none(consumer: Consumer, capsys: pytest.CaptureFixture[str]) -> None:
    """What is counted is what a reader of the channel sees."""
    draw, deaths, ids = random.Random(4), consumer.deaths, list[int]()
    words = [
        "kill before",
        "kill after",
        "kill answered",
        "500 before",
        "500 after",
        "silent after",
        "reset after",
        "429 1",
        "slow",
        "",
        "",
        "",
    ]
    deleted: set[int] = set()
    steps: list[Callable[[], object]] = [
        lambda: consumer.slack.posts.extend(draw.choices(words, k=3)),
        lambda: consumer.slack.histories.append(draw.choice(["kill before", "500 before", "429 1", ""])),
        consumer.kill,
        lambda: _outage(consumer.slack, draw.uniform(0.2, 1.0)),
        lambda: setattr(consumer.slack, "late_s", draw.choice([0.0, 0.4, 1.0])),
        lambda: time.sleep(draw.uniform(0.0, 0.5)),
    ]
    for _ in range(45):
        ids += consumer.write(draw.randint(1, 6))
        draw.choice(steps)()
        if draw.random() < 0.2:
            deleted.add(ids[-1])
            consumer.query("DELETE FROM public.sport_activities WHERE id = %s", ids[-1])
    consumer.slack.posts.clear()
    consumer.slack.histories.clear()
    consumer.reach(ids, "postee", "ignoree/supprimee", timeout=300)
    counts = consumer.slack.counts()
    lost = [number for number in ids if counts[number] == 0 and number not in deleted]
    doubled = [number for number in ids if counts[number] > 1]
    with capsys.disabled():
        print(
            f"\nslack: {len(ids)} activities, {consumer.deaths - deaths} kills, {len(deleted)} deleted "
            f"({sum(counts[number] for number in deleted)} of them after posting): lost {len(lost)}, doubled {len(doubled)}"
        )
    assert (lost, doubled) == ([], [])


def _outage(slack: SlackServer, seconds: float) -> None:
    slack.down()
    time.sleep(seconds)
    slack.up()


def test_the_token_stands_in_no_log_no_process_list_and_no_status(consumer: Consumer) -> None:
    logs = [Path(consumer.log.name), consumer.stack.settings.run / "status.json", *consumer.stack.settings.logs.glob("*.log")]
    assert [file.name for file in logs if TOKEN in file.read_text(errors="replace")] == []
    until(lambda: consumer.process is not None and "consumer.py" in _command_line(consumer))
    assert TOKEN not in _command_line(consumer)
    assert TOKEN not in consumer.stack.run("slack", "status", expect=None).stdout


def _command_line(consumer: Consumer) -> str:
    assert consumer.process is not None
    return " ".join(psutil.Process(consumer.process.pid).cmdline())


def _page(stack: Stack, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.settings.port('slack')}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def test_metrics_count_without_naming_anybody(consumer: Consumer) -> None:
    consumer.exactly_once(consumer.write(2))
    until(lambda: _page(consumer.stack, "/metrics"))
    metrics = _page(consumer.stack, "/metrics")
    for name in ("messages_posted_total", "activities_skipped_total", "activities_waiting", "oldest_waiting_seconds", "retries_total"):
        assert f"sportdata_slack_{name}" in metrics
    assert "sportdata_slack_activities_uncertain 0.0" in metrics
    assert "sportdata_slack_activities_refused 0.0" in metrics
    names = [str(row[0]) for row in consumer.query("SELECT nom FROM hr.employes WHERE length(nom) > 3")]
    assert [name for name in names if name in metrics] == []

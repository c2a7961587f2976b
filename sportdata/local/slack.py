"""The Slack consumer in the embedded stack, and the commands that look into its ledger."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from sportdata.adapters.documents import read_document
from sportdata.adapters.ledger import Ledger
from sportdata.adapters.postgres import connect
from sportdata.contracts.ledger import POSTING, REFUSED, UNCERTAIN
from sportdata.contracts.progress import LONGEST_SILENCE_S
from sportdata.errors import WrongUse
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings


def component(settings: Settings) -> Component:
    def said(pid: int) -> dict[str, Any] | None:
        document = read_document(settings.progress / "slack.json")
        return document if document and document["pid"] == pid else None

    def answers(pid: int) -> str | None:
        document = said(pid)
        if document is None:
            return "has not reported yet"
        if (silence := time.time() - document["beat"]) > LONGEST_SILENCE_S["slack"]:
            return f"has been silent for {silence:.0f} s"
        return None

    return Component(
        name="slack",
        # a message may wait for Slack a second anyway: while a backlog is read, the processor is for gold first
        command=lambda: ["nice", "-n10", sys.executable, str(ROOT / "slack" / "consumer.py")],
        answers=answers,
        log=settings.logs / "slack.log",
        ports={"slack": settings.port("slack")},
        needs=("broker", "postgres"),
        environment={"PYTHONPATH": os.fspath(ROOT)},
        secrets=("SPORTDATA_SLACK_TOKEN",),
        remark=lambda pid: (said(pid) or {}).get("detail", ""),
    )


def read_ledger(settings: Settings) -> dict[str, Any]:
    """What `sportdata slack status` shows: ids by state, and the messages that somebody must settle."""
    with connect(settings, "sportdata_slack", autocommit=True) as connection:
        ledger = Ledger(connection)
        tally = ledger.tally()
        aside = [
            {"state": state, "activities": ids, "tried_at": tried_at.isoformat(timespec="seconds"), "why": detail, "text": text}
            for _, state, ids, text, detail, tried_at in ledger.aside()
        ]
        counts = ledger.counts()
    said = read_document(settings.progress / "slack.json") or {}
    return {
        "detail": said.get("detail", "the consumer has not run yet"),
        "waiting": tally.waiting,
        "oldest_waiting": tally.oldest.isoformat(timespec="seconds") if tally.oldest else None,
        "uncertain": tally.uncertain,
        "refused": tally.refused,
        "activities": counts,
        "aside": aside,
    }


def shown_ledger(ledger: dict[str, Any]) -> list[str]:
    """The same for people."""
    since = f", the oldest committed {ledger['oldest_waiting']}" if ledger["oldest_waiting"] else ""
    lines = [ledger["detail"], f"waiting: {ledger['waiting']}{since}"]
    lines += [f"{name}: {count}" for name, count in ledger["activities"].items()]
    for one in ledger["aside"]:
        ids = ", ".join(map(str, one["activities"]))
        lines += [f"{one['state']} since {one['tried_at']}, activities {ids}: {one['why']}", f"  {one['text']}"]
        lines += [f"  look in the channel, then: sportdata slack settle {one['activities'][0]} --posted   (or --not-posted)"]
    return lines


def settle(settings: Settings, activity_id: int, posted: bool) -> str:
    """Closes a message that is uncertain, refused or stuck, or puts its activities back among those that wait. Raises WrongUse for any
    other.
    """
    with connect(settings, "sportdata_slack", autocommit=True) as connection:
        ledger = Ledger(connection)
        with ledger.transaction():
            found = ledger.message_of(activity_id)
            if found is None:
                raise WrongUse(f"{activity_id}: Slack's ledger has no activity of that id (`sportdata slack status`)")
            state, message, is_stuck = found
            if message is None or not (state in {UNCERTAIN, REFUSED} or (state == POSTING and is_stuck and ledger.is_open(message))):
                raise WrongUse(
                    f"{activity_id} is {state}: only what is {UNCERTAIN} or {REFUSED}, or {POSTING} for five minutes, is settled "
                    "(`sportdata slack status`)"
                )
            if posted:
                ledger.posted(message, "")
            else:
                ledger.not_posted(message, "settled by hand: not in the channel")
    return f"message {message} counts as posted" if posted else f"the activities of message {message} wait again"

"""Slack's Web API through slack_sdk: one post, one reading of a channel's history."""

from __future__ import annotations

import errno
import http.client
import logging
import math
import socket
import ssl
import time
import urllib.error
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sportdata.contracts.slack_api import Answer, announced_ids, kind_of, metadata

PAGE = 200
CLOCKS_APART = timedelta(hours=12)  # by how much Slack's clock and PostgreSQL's may differ: a wrong time zone, a machine that slept
LONGEST_READING_S = 10.0  # of a history in one call: a channel may be busy, and Slack slow
_NOT_SLACKS_JSON = (ValueError, AttributeError, TypeError, LookupError)  # what an answer of something else runs into
_NEVER_SENT = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EADDRNOTAVAIL}

logging.getLogger("slack_sdk").addHandler(logging.NullHandler())  # what goes wrong is returned


class Slack:
    """One channel of one workspace. No call is ever repeated by the client itself: it could post twice."""

    def __init__(self, token: str, url: str, timeout_s: int) -> None:
        self._client = WebClient(token=token, base_url=url, timeout=timeout_s, retry_handlers=[])

    def post(self, channel: str, text: str, ids: Iterable[int], ledger: str) -> Answer:
        """Posts a text (escaped already), as it stands: no markup, no mentions, no links, no previews."""

        def call() -> Answer:
            response = self._client.chat_postMessage(
                channel=channel, text=text, parse="none", mrkdwn=False, link_names=False, unfurl_links=False, unfurl_media=False,
                metadata=metadata(ids, ledger),
            )  # fmt: skip
            return Answer("posted", ts=str(response.get("ts") or ""))

        return _answer(call)

    def find(self, channel: str, ids: Iterable[int], tried_at: datetime, ledger: str, cursor: str = "") -> Answer:
        """Looks for the message with these ids among those around the attempt, the newest first: `posted`, `absent`, or `more` when that
        takes long. What interrupts it leaves the answer's `cursor`: from there the next call goes on."""
        bounds = _ts(tried_at - CLOCKS_APART), _ts(tried_at + CLOCKS_APART)
        enough = time.monotonic() + LONGEST_READING_S
        while True:
            answer = _answer(partial(self._page, channel, frozenset(ids), ledger, bounds, cursor))
            if answer.kind in {"unsent", "later", "doubtful"}:
                return replace(answer, cursor=cursor)
            if answer.kind != "more" or time.monotonic() > enough:
                return answer
            cursor = answer.cursor

    def _page(self, channel: str, wanted: frozenset[int], ledger: str, bounds: tuple[str, str], cursor: str) -> Answer:
        oldest, latest = bounds
        page = self._client.conversations_history(
            channel=channel, oldest=oldest, latest=latest, limit=PAGE, include_all_metadata=True, cursor=cursor or None
        )
        for message in page.get("messages") or ():
            if wanted <= announced_ids(message, ledger):
                return Answer("posted", ts=str(message.get("ts") or ""))
        following = (page.get("response_metadata") or {}).get("next_cursor")
        return Answer("more", cursor=following) if following else Answer("absent", "the channel's history does not show it")


def _ts(at: datetime) -> str:
    return f"{at.timestamp():.6f}"


def _answer(call: Any) -> Answer:
    try:
        answer: Answer = call()
        return answer
    except SlackApiError as error:
        return _said(error)
    except urllib.error.URLError as error:
        if _was_never_sent(error.reason):
            return Answer("unsent", f"Slack cannot be reached: {error.reason}")
        return Answer("doubtful", f"the connection to Slack broke: {error.reason}")
    except (TimeoutError, http.client.HTTPException, OSError, *_NOT_SLACKS_JSON) as error:
        return Answer("doubtful", f"Slack did not answer: {type(error).__name__} {error}".rstrip())


def _was_never_sent(reason: Any) -> bool:
    """Whether Slack never had the whole request, so that it cannot have done anything.

    A time-out is urllib's of connecting or sending: one of waiting for the answer it does not wrap.
    """
    never = isinstance(reason, socket.gaierror | ssl.SSLCertVerificationError | TimeoutError)
    return never or getattr(reason, "errno", None) in _NEVER_SENT


def _said(error: SlackApiError) -> Answer:
    response = error.response
    status, said = int(response.status_code), response.data
    reason = str(said.get("error") or "") if isinstance(said, dict) else ""
    if status == 429 or kind_of(reason) == "later":
        headers = {name.lower(): value for name, value in response.headers.items()}
        detail = "rate limit" if status == 429 or reason.startswith("rate") else reason
        return Answer("later", detail, seconds=_seconds(headers.get("retry-after")))
    if status >= 500:
        return Answer("doubtful", f"HTTP {status}")
    if not reason or " " in reason:  # the client's own words for an answer that is not JSON
        return Answer("doubtful", f"an answer that is not Slack's (HTTP {status})")
    if status != 200 and kind_of(reason) == "unknown":
        return Answer("blocked", f"HTTP {status} {reason}")
    return Answer(kind_of(reason), reason)


def _seconds(retry_after: Any) -> float:
    """What Slack asks for; 0 when it does not say so in seconds."""
    try:
        seconds = float(retry_after)
    except (TypeError, ValueError):
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0

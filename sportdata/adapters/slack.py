"""Slack's Web API through slack_sdk: one post, one reading of a channel's history."""

from __future__ import annotations

import errno
import http.client
import logging
import socket
import ssl
import urllib.error
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sportdata.contracts.slack_api import Answer, announced_ids, kind_of, metadata

PAGE = 200
CLOCKS_APART = timedelta(minutes=15)  # by how much Slack's clock and ours may differ
LEAST_PAUSE_S = 1.0
_NEVER_SENT = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EADDRNOTAVAIL}

logging.getLogger("slack_sdk").addHandler(logging.NullHandler())  # what goes wrong is returned


class Slack:
    """One channel of one workspace. No call is ever repeated by the client itself: it could post twice."""

    def __init__(self, token: str, url: str, timeout_s: int) -> None:
        self._client = WebClient(token=token, base_url=url, timeout=timeout_s, retry_handlers=[])

    def post(self, channel: str, text: str, ids: Iterable[int]) -> Answer:
        """Posts a text (escaped already), as it stands: no markup, no mentions, no links, no previews."""

        def call() -> Answer:
            response = self._client.chat_postMessage(
                channel=channel, text=text, parse="none", mrkdwn=False, link_names=False, unfurl_links=False, unfurl_media=False,
                metadata=metadata(ids),
            )  # fmt: skip
            return Answer("posted", ts=str(response.get("ts") or ""))

        return _answer(call)

    def find(self, channel: str, ids: Iterable[int], tried_at: datetime) -> Answer:
        """Looks for the message with these ids among those since the attempt: `posted`, or `absent`."""
        wanted = frozenset(ids)
        oldest = f"{(tried_at - CLOCKS_APART).timestamp():.6f}"

        def call() -> Answer:
            cursor: str | None = None
            while True:
                page = self._client.conversations_history(
                    channel=channel, oldest=oldest, limit=PAGE, include_all_metadata=True, cursor=cursor
                )
                for message in page.get("messages") or ():
                    if wanted <= announced_ids(message):
                        return Answer("posted", ts=str(message.get("ts") or ""))
                cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
                if cursor is None:
                    return Answer("absent", "the channel's history does not show it")

        return _answer(call)


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
    except (TimeoutError, http.client.HTTPException, OSError, ValueError, AttributeError) as error:  # the last two: not Slack's JSON
        return Answer("doubtful", f"Slack did not answer: {type(error).__name__} {error}".rstrip())


def _was_never_sent(reason: Any) -> bool:
    """Whether not even a connection came about, so that Slack cannot have done anything."""
    return isinstance(reason, socket.gaierror | ssl.SSLCertVerificationError) or getattr(reason, "errno", None) in _NEVER_SENT


def _said(error: SlackApiError) -> Answer:
    response = error.response
    status, said = int(response.status_code), response.data
    reason = str(said.get("error") or "") if isinstance(said, dict) else ""
    if status == 429 or kind_of(reason) == "later":
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer("later", "rate limit", seconds=_seconds(headers.get("retry-after")))
    if status >= 500:
        return Answer("doubtful", f"HTTP {status}")
    if status != 200 and kind_of(reason) == "unknown":
        return Answer("blocked", f"HTTP {status}")
    if not reason or " " in reason:  # the client's own words for an answer that is not JSON
        return Answer("doubtful", "an answer that is not Slack's")
    return Answer(kind_of(reason), reason)


def _seconds(retry_after: Any) -> float:
    try:
        return max(LEAST_PAUSE_S, float(retry_after))
    except (TypeError, ValueError):
        return LEAST_PAUSE_S

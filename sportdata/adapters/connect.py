"""Kafka Connect's REST interface (https://kafka.apache.org/documentation/#connect_rest)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from sportdata.errors import BrokenWorld
from sportdata.settings import Settings


def url(settings: Settings) -> str:
    return f"http://{settings.host_of('connect')}:{settings.port('connect')}"


def call(settings: Settings, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """One request; (status, decoded answer). An answer that says no is returned, not raised.

    Raises BrokenWorld when nobody answers.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url(settings) + path, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content = answer.read()
            return answer.status, json.loads(content) if content else None
    except urllib.error.HTTPError as refusal:
        content = refusal.read()
        try:
            return refusal.code, json.loads(content)
        except ValueError:
            return refusal.code, {"message": content.decode(errors="replace")}
    except (OSError, ValueError) as error:
        raise BrokenWorld(f"connect at {url(settings)} does not answer: {error}") from error

"""A local server that behaves like Slack's `chat.postMessage` and `conversations.history`, misbehaviour on request included."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from sportdata.contracts.slack_api import announced_ids

TOKEN, CHANNEL = "xoxb-1-a-secret-that-must-show-nowhere", "C0123456789"
PAGE = 3  # small, so that a history always has several pages


class SlackServer:
    """`posts` and `histories` are scripts: one word a call, then all is well again. `mood`, while set, is the word of every post.

    Words: `500 before`, `500 after` (it was posted), `silent before`, `silent after` (no answer until the client gives up),
    `reset after` (the connection breaks), `429 SECONDS` or `429`, `page STATUS` (HTML: a captive portal, a proxy), `kill before`,
    `kill after`, `kill answered`, `slow`, else an error's name.
    """

    def __init__(self) -> None:
        self.posts: deque[str] = deque()
        self.histories: deque[str] = deque()
        self.mood: str | None = None
        self.history_mood: str | None = None
        self.token, self.channels = TOKEN, {CHANNEL}
        self.late_s = 0.0
        self.ahead_s = 0.0  # its clock, of ours
        self.chatter = 0  # messages of other people that follow each of ours
        self.kill: Callable[[], None] = lambda: None
        self.messages: list[dict[str, Any]] = []
        self.requests: list[tuple[float, str, dict[str, Any]]] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    def up(self) -> None:
        """Listens, on the same port as before."""
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if "json" in self.headers["Content-Type"]:
                    asked = json.loads(body)
                else:
                    asked = {name: values[0] for name, values in parse_qs(body).items()}
                slack.answer(self, self.path.rpartition("/")[2], asked)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def down(self) -> None:
        """Connections are refused from now on."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def counts(self) -> Counter[int]:
        """In how many messages each id is."""
        with self._lock:
            return Counter(number for message in self.messages for number in announced_ids(message))

    def ours(self) -> list[list[int]]:
        """The ids of each message of ours, in the order of the channel and of the message."""
        with self._lock:
            found = [message["metadata"]["event_payload"]["activities"] for message in self.messages if "metadata" in message]
        return [[int(one["id"]) for one in listed] for listed in found]

    def texts(self, number: int) -> list[str]:
        with self._lock:
            return [str(message["text"]) for message in self.messages if number in announced_ids(message)]

    def answer(self, http: BaseHTTPRequestHandler, method: str, asked: dict[str, Any]) -> None:
        with self._lock:
            self.requests.append((time.monotonic(), method, asked))
            if method == "chat.postMessage":
                word = self.mood or (self.posts.popleft() if self.posts else "")
            else:
                word = self.history_mood or (self.histories.popleft() if self.histories else "")
        if http.headers.get("Authorization") != f"Bearer {self.token}":
            return self._say(http, {"ok": False, "error": "invalid_auth"})
        if asked.get("channel") not in self.channels:
            return self._say(http, {"ok": False, "error": "channel_not_found"})
        if word == "slow":
            time.sleep(0.3)
        elif word.startswith("429"):
            asked_for = {"Retry-After": seconds} if (seconds := word[4:]) else {}
            return self._say(http, {"ok": False, "error": "ratelimited"}, 429, asked_for)
        elif word.startswith("page"):
            return self._say(http, "<html>Who are you?</html>", int(word[5:]), {"Content-Type": "text/html"})
        elif word == "kill before":
            return self.kill()
        elif word == "500 before":
            return self._say(http, {}, 500)
        elif word == "silent before":
            return time.sleep(3)
        elif word and " after" not in word and word != "kill answered":
            return self._say(http, {"ok": False, "error": word})
        return self._post(http, asked, word) if method == "chat.postMessage" else self._history(http, asked)

    def _post(self, http: BaseHTTPRequestHandler, asked: dict[str, Any], word: str) -> None:
        if len(asked["text"]) > 40_000:
            return self._say(http, {"ok": False, "error": "msg_too_long"})
        with self._lock:
            ts = f"{time.time() + self.ahead_s:.4f}{len(self.messages) % 100:02}"
            stored = {
                "type": "message",
                "ts": ts,
                "text": asked["text"],
                "metadata": asked["metadata"],
                "visible": time.time() + self.late_s,
            }
            self.messages.append(stored)
            others = {"type": "message", "text": "Bravo !", "visible": 0.0}
            self.messages += [others | {"ts": f"{time.time():.4f}{number:02}"} for number in range(self.chatter)]
        if word == "500 after":
            return self._say(http, {}, 500)
        if word == "silent after":
            return time.sleep(3)
        if word == "reset after":
            return http.connection.shutdown(socket.SHUT_RDWR)
        if word == "kill after":
            return self.kill()
        self._say(http, {"ok": True, "channel": asked["channel"], "ts": ts, "message": {"text": asked["text"]}})
        return self.kill() if word == "kill answered" else None

    def _history(self, http: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        """Newest first, a page at a time; metadata only when asked for."""
        now, skip = time.time(), int(asked.get("cursor") or 0)
        first, last = float(asked.get("oldest", 0)), float(asked.get("latest") or now + self.ahead_s)
        with self._lock:
            shown = [one for one in reversed(self.messages) if one["visible"] <= now and first <= float(one["ts"]) <= last]
        page = shown[skip : skip + min(PAGE, int(asked.get("limit", 100)))]
        hidden = {"visible"} if asked.get("include_all_metadata") == "1" else {"visible", "metadata"}
        following = str(skip + PAGE) if len(shown) > skip + PAGE else ""
        messages = [{name: value for name, value in one.items() if name not in hidden} for one in page]
        self._say(http, {"ok": True, "messages": messages, "has_more": bool(following), "response_metadata": {"next_cursor": following}})

    @staticmethod
    def _say(http: BaseHTTPRequestHandler, said: dict[str, Any] | str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = (said if isinstance(said, str) else json.dumps(said)).encode()
        try:
            http.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
                http.send_header(name, value)
            http.end_headers()
            http.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client is dead: that is what some tests are about

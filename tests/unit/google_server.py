"""A local server that answers like Google's Routes API and its older Distance Matrix API, errors included.

Shapes are those of the public documentation: a route matrix is a JSON array of elements, in any order, zeros left out, and an
error of it an array with one error; the older API answers 200 with a status inside.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROUTES, MATRIX = "/distanceMatrix/v2:computeRouteMatrix", "/maps/api/distancematrix/json"

Fault = tuple[int, Any]
"""HTTP status and JSON body (bytes: as they are; None: the connection is cut)."""


def routes_error(code: int, status: str, message: str, reason: str = "", **metadata: str) -> Fault:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": metadata}
    error = {"code": code, "message": message, "status": status, "details": [info] if reason else []}
    return code, [{"error": error}]


def matrix_error(status: str, message: str) -> Fault:
    return 200, {"status": status, "error_message": message, "rows": [], "origin_addresses": [], "destination_addresses": []}


DISABLED = routes_error(403, "PERMISSION_DENIED", "Routes API has not been used in project 1 before or it is disabled.", "SERVICE_DISABLED")
BAD_KEY = routes_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "API_KEY_INVALID")
OVERLOADED = routes_error(503, "UNAVAILABLE", "The service is currently unavailable.")
A_MINUTE = routes_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "RATE_LIMIT_EXCEEDED", quota_limit="MatrixElementsPerMinutePerProject")
A_DAY = routes_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "RATE_LIMIT_EXCEEDED", quota_limit="MatrixElementsPerDayPerProject")
REFUSED = routes_error(400, "INVALID_ARGUMENT", "Invalid waypoint address.")


@dataclass
class Google:
    """What the server knows, what it was asked, and the faults it answers first (one a request)."""

    url: str = ""
    metres: Callable[[str], int | str] = lambda address: 1000 + len(address)
    """An address's distance; or why not: NOT_FOUND, ROUTE_NOT_FOUND, a google.rpc.Code as text, REFUSED (the whole request is)."""
    faults: list[Fault] = field(default_factory=list)
    routes_faults: list[Fault] = field(default_factory=list)
    always: dict[str, Fault] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def asked(self, path: str) -> list[dict[str, Any]]:
        return [request for request in self.received if request["path"] == path]

    def fault(self, path: str) -> Fault | None:
        if self.faults:
            return self.faults.pop(0)
        if path == ROUTES and self.routes_faults:
            return self.routes_faults.pop(0)
        return self.always.get(path)

    def routes(self, origins: list[str]) -> Fault:
        if any(self.metres(origin) == "REFUSED" for origin in origins):
            return REFUSED
        return 200, [self._element(number, origin) for number, origin in reversed(list(enumerate(origins)))]

    def _element(self, number: int, origin: str) -> dict[str, Any]:
        found = self.metres(origin)
        element: dict[str, Any] = {"destinationIndex": 0, "status": {}} | ({"originIndex": number} if number else {})
        if found == "NOT_FOUND":
            return element | {"status": {"code": 5, "message": "Address not found."}}
        if isinstance(found, str) and found.isdigit():
            return element | {"status": {"code": int(found), "message": f"element fault {found}"}}
        if found == "ROUTE_NOT_FOUND":
            return element | {"condition": "ROUTE_NOT_FOUND"}
        return element | {"condition": "ROUTE_EXISTS"} | ({"distanceMeters": found} if found else {})

    def matrix(self, origins: list[str]) -> Fault:
        elements = []
        for origin in origins:
            found = self.metres(origin)
            if isinstance(found, str):
                elements.append({"status": {"ROUTE_NOT_FOUND": "ZERO_RESULTS"}.get(found, found)})
            else:
                elements.append({"status": "OK", "distance": {"value": found, "text": "x"}, "duration": {"value": 1, "text": "x"}})
        rows = [{"elements": [element]} for element in elements]
        return 200, {"status": "OK", "rows": rows, "origin_addresses": origins, "destination_addresses": ["x"]}


class _Handler(BaseHTTPRequestHandler):
    google: Google

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        origins = [origin["waypoint"]["address"] for origin in asked["origins"]]
        self._note(body, asked)
        self._answer(self.google.fault(self.path.partition("?")[0]) or self.google.routes(origins))

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self._note(b"", query)
        self._answer(self.google.fault(urlsplit(self.path).path) or self.google.matrix(query["origins"].split("|")))

    def _note(self, body: bytes, asked: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        self.google.received.append({"path": parts.path, "headers": dict(self.headers.items()), "asked": asked, "query": parts.query})
        self.google.raw.append(self.path.encode() + b"\n" + bytes(self.headers) + body)

    def _answer(self, fault: Fault) -> None:
        code, body = fault
        if body is None:
            self.close_connection = True
            return
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def serve(**known: Any) -> Iterator[Google]:
    """Listens on a free port of 127.0.0.1 for as long as the block lasts."""
    google = Google(**known)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"google": google}))
    google.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

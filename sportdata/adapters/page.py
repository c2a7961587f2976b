"""A small HTTP server for one page and for Prometheus, in a thread of its own that sleeps until somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sportdata.errors import BrokenWorld

Page = Callable[[], tuple[int, str, str]]
"""Returns the status, the Content-Security-Policy and the HTML."""


def serve(host: str, port: int, page: Page) -> None:
    """Serves `page` at / and the metrics at /metrics until the process ends. Raises BrokenWorld when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._send(200, CONTENT_TYPE_LATEST, generate_latest())
            elif path == "/":
                status, policy, html = page()
                self._send(status, "text/html; charset=utf-8", html.encode(), policy)
            else:
                self._send(404, "text/plain; charset=utf-8", "Rien ici : la page est à la racine.\n".encode())

        def _send(self, status: int, kind: str, body: bytes, policy: str = "default-src 'none'") -> None:
            self.send_response(status)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Content-Security-Policy", policy),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody needs a line for each look at the page."""

    ThreadingHTTPServer.allow_reuse_address = True
    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise BrokenWorld(
            f"port {port} (slack: page and metrics) is taken ({error.strerror}): stop what uses it, or set SPORTDATA_PORT_OFFSET"
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 3600}, daemon=True, name="page").start()

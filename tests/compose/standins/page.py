"""Answers one path with one text, once the files that it is told of can be read: `page.py PORT PATH TEXT [FILE…]`."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

port, path, text, *files = sys.argv[1:]


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == path else 404)
        self.end_headers()
        if self.path == path:
            self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


for file in map(Path, files):
    list(file.iterdir()) if file.is_dir() else file.read_text()
ThreadingHTTPServer(("", int(port)), Page).serve_forever()

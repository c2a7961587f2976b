"""Ivy, in a JVM of its own, goes the way that the shell names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from sportdata.errors import BrokenWorld
from sportdata.local import jars
from sportdata.settings import ROOT, Settings


class Proxy(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is in `asked`."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
        try:
            yield
        finally:
            server.shutdown()


@pytest.mark.usefixtures("proxy")
def test_what_is_fetched_comes_through_the_proxy_of_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "ivysettings.xml"
    plain = (ROOT / "jars" / "ivysettings.xml").read_text()
    settings.write_text(plain.replace('m2compatible="true"', 'm2compatible="true" root="http://maven.example/"'))
    monkeypatch.setenv("SPORTDATA_IVY_SETTINGS", str(settings))
    with pytest.raises(BrokenWorld, match="Ivy could not fetch the JVM parts"):
        jars.fetch(Settings(jars=tmp_path / "jars"))
    assert {path.split("/")[2] for path in Proxy.asked} == {"maven.example"}

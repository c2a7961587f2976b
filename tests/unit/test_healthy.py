"""The health check of a container goes red for what is broken, and for nothing that an earlier start has left."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sportdata.local import healthy


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("progress", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "run" / "gold.pid").write_text("1")
    os.utime(tmp_path / "run" / "gold.pid", (time.time() - 300, time.time() - 300))
    monkeypatch.setattr(healthy, "HOME", tmp_path)
    return tmp_path


def says(home: Path, age_s: float, **more: object) -> None:
    (home / "progress" / "gold.json").write_text(json.dumps({"pid": 1, "beat": time.time() - age_s, **more}))


def test_a_job_that_has_just_reported_is_healthy(home: Path) -> None:
    says(home, 1)
    assert healthy.progress("gold") is None


def test_a_job_that_has_never_reported_is_not(home: Path) -> None:
    assert "has not reported yet" in str(healthy.progress("gold"))


def test_what_an_earlier_start_has_reported_counts_for_nothing(home: Path) -> None:
    says(home, 10)
    (home / "run" / "gold.pid").write_text("1")  # the same number again: each container counts from 1
    assert healthy.progress("gold") == "has not reported since its start"


def test_a_silent_job_is_red(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    says(home, 46)
    assert healthy.progress("gold") == "silent for 46 s"


def test_a_state_that_is_not_ready_is_red_and_says_why(home: Path) -> None:
    says(home, 1, state="failed", detail="task FAILED")
    assert healthy.progress("gold") == "failed: task FAILED"
    says(home, 1, state="absent", detail="post it")
    assert healthy.progress("gold") is None


@pytest.mark.parametrize(("reply", "green"), [(b"\x05\x00\x00\x00\x00", True), (b"\x03\x00\x00\x00\x00", False), (b"", False)])
def test_thrift_is_healthy_once_it_lets_its_user_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: bytes, green: bool) -> None:
    (tmp_path / "thrift").write_text("word")
    monkeypatch.setenv("SPORTDATA_SECRETS", str(tmp_path))
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect: Callable[..., socket.socket] = socket.create_connection
        monkeypatch.setattr(socket, "create_connection", lambda _address, timeout: connect(server.getsockname(), timeout=timeout))

        def answer() -> None:
            client, _ = server.accept()
            heard.append(client.recv(100))
            client.sendall(reply)
            client.close()

        thread = threading.Thread(target=answer)
        thread.start()
        wrong = healthy.login()
        thread.join()
    assert (wrong is None) is green
    assert heard[0].startswith(b"\x01\x00\x00\x00\x05PLAIN")

"""A real S3 server on this machine: versitygw over a folder, built once from the Go module proxy and kept in the user's cache.

Run as `python -m tests.system.object_store`: brings the server's program and the S3 connector's jars, so that no test waits for them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sportdata.settings import ROOT
from tests.waiting import until

MODULE = "github.com/versity/versitygw/cmd/versitygw"
VERSION = "v1.8.0"
BUCKET = "lake"
PATIENCE_S = 1200  # minutes, while everything else is being compiled too


class Store(NamedTuple):
    """`environment` is what a client needs; `objects` are the bucket's, by key, as files."""

    environment: dict[str, str]
    objects: Path


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One process at a time: who comes second finds what the first has brought."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "object_store.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sportdata"


def build_server() -> tuple[Path, str | None]:
    """The server's program, and why it cannot be had."""
    kept = _cache() / f"versitygw-{VERSION}"
    with _alone(_cache()):
        return kept, None if kept.exists() else _build(kept)


def _build(kept: Path) -> str | None:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        return f"install Go, which builds versitygw, or put one at {kept}"
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="build-") as scratch:
        without_inlining = "-gcflags=all=-l"  # two thirds of the processor time
        command = [go, "install", without_inlining, f"{MODULE}@{VERSION}"]
        try:
            subprocess.run(command, env={**os.environ, "GOBIN": scratch}, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
        except subprocess.CalledProcessError as error:
            return f"Go cannot build {MODULE}@{VERSION}: {error.stderr.strip().splitlines()[-1:]}"
        except subprocess.TimeoutExpired:
            return f"Go has not built {MODULE}@{VERSION} within {PATIENCE_S} s"
        (Path(scratch) / "versitygw").replace(kept)
    return None


def fetch_connector() -> str | None:
    """Spark's way to an object store, among the jars; or why it cannot be had."""
    command, given = [sys.executable, "-m", "sportdata.local.jars"], {**os.environ, "SPORTDATA_LAKE": f"s3a://{BUCKET}/tests"}
    with _alone(_cache()):
        try:
            subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
        except subprocess.CalledProcessError as error:
            return str(error.stderr.strip().splitlines()[0])
        except subprocess.TimeoutExpired:
            return f"not fetched within {PATIENCE_S} s"
    return None


@contextmanager
def object_store(server_program: Path, folder: Path) -> Iterator[Store]:
    """Runs on a free port of the loopback, with keys of its own, an empty bucket in it."""
    objects, beside = folder / "objects" / BUCKET, folder / "attributes"
    objects.mkdir(parents=True)
    beside.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    key, secret = secrets.token_hex(10), secrets.token_urlsafe(30)
    with (folder / "versitygw.log").open("wb") as log:
        server = subprocess.Popen(
            [str(server_program), "--port", address, "--keep-alive", "--quiet", "posix", "--sidecar", str(beside), str(objects.parent)],
            env={"ROOT_ACCESS_KEY": key, "ROOT_SECRET_KEY": secret, "PATH": os.environ["PATH"]},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: _answers(server, address))
        yield Store({"AWS_ENDPOINT_URL": f"http://{address}", "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, objects)
    finally:
        server.terminate()
        server.wait(30)


def _answers(server: subprocess.Popen[bytes], address: str) -> bool:
    assert server.poll() is None, "versitygw ended; its log is beside its folder"
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


if __name__ == "__main__":
    sys.exit("; ".join(filter(None, (build_server()[1], fetch_connector()))) or None)

"""A real S3 server on this machine: versitygw over a folder, built once from the Go module proxy and kept in the user's cache."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.waiting import until

MODULE = "github.com/versity/versitygw/cmd/versitygw"
VERSION = "v1.8.0"
BUCKET = "lake"


class Store(NamedTuple):
    """`environment` is what a client needs; `objects` are the bucket's, by key, as files."""

    environment: dict[str, str]
    objects: Path


def program() -> Path:
    """Skips the test, with the reason, where it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sportdata"
    kept = cache / f"versitygw-{VERSION}"
    if kept.exists():
        return kept
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        pytest.skip(f"an S3 server is needed: install Go, which builds versitygw, or put one at {kept}")
    scratch = cache / f"build-{os.getpid()}"
    scratch.mkdir(parents=True)
    try:
        built = subprocess.run(
            [go, "install", f"{MODULE}@{VERSION}"], env={**os.environ, "GOBIN": str(scratch)}, capture_output=True, text=True, check=False
        )
        if built.returncode != 0:
            pytest.skip(f"an S3 server is needed, and Go cannot build {MODULE}@{VERSION}: {built.stderr.strip().splitlines()[-1:]}")
        (scratch / "versitygw").replace(kept)
    finally:
        shutil.rmtree(scratch)
    return kept


@contextmanager
def object_store(folder: Path) -> Iterator[Store]:
    """Runs on a free port of the loopback, with keys of its own, an empty bucket in it."""
    command = program()
    objects, beside = folder / "objects" / BUCKET, folder / "attributes"
    objects.mkdir(parents=True)
    beside.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    key, secret = secrets.token_hex(10), secrets.token_urlsafe(30)
    with (folder / "versitygw.log").open("wb") as log:
        server = subprocess.Popen(
            [str(command), "--port", address, "--keep-alive", "--quiet", "posix", "--sidecar", str(beside), str(objects.parent)],
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

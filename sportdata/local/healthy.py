"""The health check of a container of ours: exit 0 or 1, and one line that says why. Run as `python -m sportdata.local.healthy NAME`.

It runs every few seconds in each container, so it loads the standard library alone.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time
import urllib.request
from pathlib import Path

from sportdata.contracts.progress import LONGEST_SILENCE_S

HOME = Path(os.environ.get("SPORTDATA_HOME", "/var/lib/sportdata"))
ANSWER_WITHIN_S = 4.0
PAGES = {"connect": "http://127.0.0.1:8083/connectors", "exporter": "http://127.0.0.1:8089/metrics"}
SASL_START, SASL_COMPLETE = 1, 5


def progress(name: str) -> str | None:
    """What is wrong with a job that tells its progress; a file left by an earlier start counts for nothing."""
    try:
        said = json.loads((HOME / "progress" / f"{name}.json").read_text())
        started = (HOME / "run" / f"{name}.pid").stat().st_mtime  # in a tmpfs: of this container, and of this start of it
    except FileNotFoundError as error:
        return f"has not reported yet: no {error.filename}"
    if said["beat"] < started:
        return "has not reported since its start"
    silence_s = time.time() - said["beat"]
    if silence_s > LONGEST_SILENCE_S[name]:
        return f"silent for {silence_s:.0f} s"
    return None if said.get("state", "ready") in {"ready", "absent"} else f"{said['state']}: {said['detail']}"


def answers(url: str) -> str | None:
    """Whether an HTTP server answers."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            return None if answer.read(1) else f"{url}: an empty answer"
    except OSError as error:
        return f"{url}: {error}"


def known_to_master(role: str) -> str | None:
    """Whether Spark's master answers, and for a worker whether it counts this one among those alive."""
    page = f"http://{os.environ.get('SPORTDATA_SPARK_MASTER_HOST') or socket.gethostname()}:8090/json/"
    try:
        with urllib.request.urlopen(page, timeout=ANSWER_WITHIN_S) as answer:
            workers = json.load(answer)["workers"]
    except (OSError, ValueError) as error:
        return f"{page}: {error}"
    alive = [worker["host"] for worker in workers if worker["state"] == "ALIVE"]
    return None if role == "spark_master" or socket.gethostname() in alive else f"not among the workers that the master knows: {alive}"


def login() -> str | None:
    """Whether the Thrift server lets its user in: a SASL PLAIN handshake, as each client begins
    (https://github.com/apache/thrift/blob/master/doc/specs/thrift-sasl-spec.txt)."""
    password = (Path(os.environ.get("SPORTDATA_SECRETS", "/run/secrets")) / "thrift").read_text().strip()
    user = os.environ.get("SPORTDATA_THRIFT_USER") or "bi"
    try:
        with socket.create_connection(("127.0.0.1", 10000), timeout=ANSWER_WITHIN_S) as server:
            server.settimeout(ANSWER_WITHIN_S)
            for status, body in ((SASL_START, b"PLAIN"), (SASL_COMPLETE, f"\0{user}\0{password}".encode())):
                server.sendall(struct.pack(">BI", status, len(body)) + body)
            answer = server.recv(1)
    except OSError as error:
        return f"port 10000: {error}"
    return None if answer and answer[0] == SASL_COMPLETE else f"the server does not let {user} in (SASL status {answer!r})"


def main() -> int:
    name = sys.argv[1]
    if name == "thrift":
        wrong = login()
    elif name.startswith("spark_"):
        wrong = known_to_master(name)
    else:
        wrong = answers(PAGES[name]) if name in PAGES else progress(name)
    print(wrong or "healthy")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

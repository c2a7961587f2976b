"""The health check of a container of ours: exit 0 or 1, and one line that says why. Run as `python -m sportdata.local.healthy NAME`.

It runs every few seconds in each container, so it loads the standard library alone.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import sys
import time
import urllib.request
from base64 import b64encode
from pathlib import Path

from sportdata.contracts.progress import LONGEST_SILENCE_S
from sportdata.local.proxies import reach_ours_directly

HOME = Path(os.environ.get("SPORTDATA_HOME", "/var/lib/sportdata"))
ANSWER_WITHIN_S = 4.0
# the exporter is asked about itself alone: a frozen neighbour is not its illness
PAGES = {
    "connect": "http://127.0.0.1:8083/connectors",
    "exporter": "http://127.0.0.1:8089/metrics?name[]=process_start_time_seconds",
    "validation": "http://127.0.0.1:8086/metrics",
}
SASL_START, SASL_COMPLETE = 1, 5
THRIFT_PORT = 10000


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
    """Whether the Thrift server lets its user in, over the transport that the settings say."""
    password = (Path(os.environ.get("SPORTDATA_SECRETS", "/run/secrets")) / "thrift").read_text().strip()
    user = os.environ.get("SPORTDATA_THRIFT_USER") or "rh"
    by_http = os.environ.get("SPORTDATA_THRIFT_TRANSPORT") == "http"
    try:
        with socket.create_connection(("127.0.0.1", THRIFT_PORT), timeout=ANSWER_WITHIN_S) as plain:
            plain.settimeout(ANSWER_WITHIN_S)
            with _encrypted(plain) if os.environ.get("SPORTDATA_THRIFT_TLS") else plain as server:
                return (_basic if by_http else _sasl)(server, user, password)
    except OSError as error:
        return f"port {THRIFT_PORT}: {error}"


def _encrypted(server: socket.socket) -> socket.socket:
    """It is our own container at the other end: there is nobody to be told apart."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(server)


def _sasl(server: socket.socket, user: str, password: str) -> str | None:
    """A SASL PLAIN handshake, as each client begins (https://github.com/apache/thrift/blob/master/doc/specs/thrift-sasl-spec.txt)."""
    for status, body in ((SASL_START, b"PLAIN"), (SASL_COMPLETE, f"\0{user}\0{password}".encode())):
        server.sendall(struct.pack(">BI", status, len(body)) + body)
    answer = server.recv(1)
    return None if answer and answer[0] == SASL_COMPLETE else f"the server does not let {user} in (SASL status {answer!r})"


def _basic(server: socket.socket, user: str, password: str) -> str | None:
    """A request without a call in it: whoever is let in gets some other answer than 401."""
    known = b64encode(f"{user}:{password}".encode()).decode()
    lines = ["POST /cliservice HTTP/1.0", f"Authorization: Basic {known}", "Content-Length: 0", "", ""]
    server.sendall("\r\n".join(lines).encode())
    answer = server.recv(64).split(b"\r\n")[0].decode(errors="replace")
    return None if answer.startswith("HTTP/") and " 401 " not in f"{answer} " else f"the server does not let {user} in ({answer})"


def main() -> int:
    reach_ours_directly()
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

#!/opt/venv/bin/python
"""`rpk redpanda start …` starts Apache Kafka with the same listeners; `rpk cluster health` asks it."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

from sportdata.local.kafka import PROPERTIES

DATA = Path("/var/lib/redpanda/data/kafka")
CONFIGURATION = Path("/etc/redpanda/server.properties")
FLAGS = {
    "--smp", "--overprovisioned", "--check", "--memory", "--reserve-memory", "--default-log-level",
    "--kafka-addr", "--advertise-kafka-addr", "--rpc-addr", "--advertise-rpc-addr", "--unsafe-bypass-fsync",
}  # fmt: skip
PROPERTIES_OF_KAFKA = {  # cluster property → what of Kafka's does the same; None: there is nothing to tell it
    "redpanda.write_caching_default": None,
    "redpanda.auto_create_topics_enabled": "auto.create.topics.enable",
}
CLUSTER = "c3BvcnRkYXRhLXN0YW5kLQ"
JAVA = ["java", "-XX:+UseSerialGC", "-cp", "/opt/jars/kafka/*"]


def parse(arguments: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Flags and cluster properties. As rpk's own, `--set` is followed by its `key=value` as a word of its own."""
    options, properties = {}, {}
    words = iter(arguments)
    for word in words:
        key, _, value = (next(words, "") if word == "--set" else word).partition("=")
        (properties if word == "--set" else options)[key] = value
    if unknown := (options.keys() - FLAGS) | (properties.keys() - PROPERTIES_OF_KAFKA.keys()):
        sys.exit(f"the stand-in does not know {', '.join(sorted(unknown))}")
    return options, properties


def start(arguments: list[str]) -> None:
    options, told_cluster = parse(arguments)
    own = ("listeners", "advertised.listeners", "listener.security.protocol.map", "inter.broker.listener.name")
    lines = [line for line in PROPERTIES.splitlines() if not line.startswith(own)]
    text = "\n".join(lines).format(host="127.0.0.1", controller=19093, broker=9092, data=DATA)
    names = [one.split("://")[0].upper() for one in options["--kafka-addr"].split(",")]
    listeners = ",".join(one.replace(name.lower(), name, 1) for one, name in zip(options["--kafka-addr"].split(","), names, strict=True))
    told = options["--advertise-kafka-addr"].split(",")
    advertised = [one.replace(name.lower(), name, 1) for one, name in zip(told, names, strict=True)]
    protocols = ",".join(f"{name}:PLAINTEXT" for name in ["CONTROLLER", *names])
    text += (
        f"\nlisteners={listeners},CONTROLLER://127.0.0.1:19093\nadvertised.listeners={','.join(advertised)}\n"
        f"listener.security.protocol.map={protocols}\ninter.broker.listener.name={names[0]}\n"
    )
    text += "".join(f"{kafka}={told_cluster[name]}\n" for name, kafka in PROPERTIES_OF_KAFKA.items() if kafka and name in told_cluster)
    CONFIGURATION.write_text(text)
    if not (DATA / "meta.properties").exists():
        subprocess.run([*JAVA, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(CONFIGURATION)], check=True)
    heap = int(re.sub(r"\D", "", options["--memory"])) * 2 // 3
    os.execvp("java", [JAVA[0], f"-Xmx{heap}m", *JAVA[1:], "kafka.Kafka", str(CONFIGURATION)])  # noqa: S606


def health() -> None:
    """An ApiVersions request, version 0 (https://kafka.apache.org/protocol): who answers it has started and is not stuck."""
    request = struct.pack(">hhih", 18, 0, 7, 3) + b"rpk"
    try:
        with socket.create_connection(("127.0.0.1", 9092), timeout=3) as broker:
            broker.settimeout(3)
            broker.sendall(struct.pack(">i", len(request)) + request)
            size, number, error = struct.unpack(">iih", broker.recv(10))
    except (OSError, struct.error) as error:
        sys.exit(f"unable to request cluster health: {error}")
    if number != 7 or error or not size:
        sys.exit("unable to request cluster health")
    print("CLUSTER HEALTH OVERVIEW\n=======================\nHealthy:                          true")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["redpanda", "start", *rest]:
            start(rest)
        case ["cluster", "health"]:
            health()
        case other:
            sys.exit(f"the stand-in does not know: rpk {' '.join(other)}")

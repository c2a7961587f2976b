"""The broker of the embedded stack: Apache Kafka in KRaft mode, started from its jars."""

from __future__ import annotations

import socket
import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from sportdata.adapters.java_properties import escaped
from sportdata.errors import BrokenWorld
from sportdata.local import jvm
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{broker}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=8388608
message.max.bytes=20971520
replica.fetch.max.bytes=20971520
controlled.shutdown.enable=false
metadata.max.idle.interval.ms=0
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
"""

LOG4J = """\
Configuration:
  status: warn
  Appenders:
    Console: {name: out, PatternLayout: {pattern: "%d{ISO8601} %-5p %c{1} - %m%n"}}
  Loggers:
    Root: {level: info, AppenderRef: {ref: out}}
"""


def class_path(settings: Settings, part: str) -> str:
    return str(settings.jars.resolve() / part / "*")


def java_command(settings: Settings, memory: str) -> list[str]:
    """A JVM sized for a laptop: one collector thread, and memory that is given back when idle.

    One that is killed leaves what it has unpacked: in the home, not in the machine's temporary folder.
    """
    logging, scratch = settings.run / "log4j2.yaml", settings.run / "jvm"
    logging.write_text(LOG4J)
    scratch.mkdir(exist_ok=True)
    options = [f"-Dlog4j2.configurationFile={logging}", f"-Djava.io.tmpdir={scratch}"]
    return [str(jvm.find_java()), f"-Xmx{memory}", "-XX:+UseSerialGC", *options]


def component(settings: Settings) -> Component:
    home = settings.home.resolve() / "kafka"
    properties = home / "server.properties"

    def prepare() -> None:
        home.mkdir(parents=True, exist_ok=True)
        values = {
            "host": settings.host,
            "broker": settings.port("broker"),
            "controller": settings.port("controller"),
            "data": home / "data",
        }
        properties.write_text(PROPERTIES.format(**{name: escaped(value) for name, value in values.items()}))
        if not (home / "data" / "meta.properties").exists():
            _format(settings, properties)

    def answers(_pid: int) -> str | None:
        try:
            with socket.create_connection((settings.host, settings.port("broker")), timeout=1):
                return None
        except OSError as error:
            return f"port {settings.port('broker')}: {error}"

    return Component(
        name="broker",
        command=lambda: [
            *java_command(settings, settings.broker_memory),
            "-cp",
            class_path(settings, "kafka"),
            "kafka.Kafka",
            str(properties),
        ],
        answers=answers,
        log=settings.logs / "broker.log",
        ports={"broker": settings.port("broker"), "controller": settings.port("controller")},
        prepare=prepare,
        after_ready=lambda: _topics(settings),
    )


def _topics(settings: Settings) -> None:
    from sportdata.adapters.kafka import create_topics

    create_topics(settings, ROOT / "topic_creator" / "topics.yml")


def _format(settings: Settings, properties: Path) -> None:
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    command = [*java_command(settings, "128m"), "-cp", class_path(settings, "kafka"), "kafka.tools.StorageTool"]
    done = subprocess.run(
        [*command, "format", f"--cluster-id={cluster}", "-c", str(properties)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BrokenWorld(f"broker storage could not be formatted: {done.stdout}{done.stderr}")

"""The real Kafka Connect with the real Debezium, from their jars."""

from __future__ import annotations

import os
import socket

from sportdata.adapters.connect import call
from sportdata.adapters.java_properties import property_lines
from sportdata.errors import BrokenWorld
from sportdata.local.component import Component
from sportdata.local.kafka import class_path, java_command
from sportdata.settings import ROOT, Settings


def component(settings: Settings) -> Component:
    home = settings.home.resolve() / "connect"
    properties = home / "connect.properties"

    def prepare() -> None:
        home.mkdir(parents=True, exist_ok=True)
        if settings.runtime == "processes":
            # with this file the JVM resolves its names and no others: the documented host name works without touching the machine
            (home / "hosts").write_text(f"{settings.host} localhost postgres kafka {socket.gethostname()}\n")
        secret_file = home / "secrets.properties"
        secret_file.touch(mode=0o600)
        secret_file.write_text(property_lines({"debezium": settings.password("user").get_secret_value()}))
        plugins = home / "plugins"  # Connect takes each folder below the plugin path for one plugin
        plugins.mkdir(exist_ok=True)
        (plugins / "debezium").unlink(missing_ok=True)
        (plugins / "debezium").symlink_to(settings.jars.resolve() / "debezium")
        own = {
            "bootstrap.servers": settings.bootstrap,
            "listeners": f"http://{settings.listens_on}:{settings.port('connect')}",
            "rest.advertised.host.name": settings.host_of("connect"),
            "plugin.path": str(plugins),
            "config.providers.file.param.allowed.paths": str(home),
            "exactly.once.source.support": "enabled" if settings.exactly_once else "disabled",
        }
        properties.write_text((ROOT / "connect" / "worker.properties").read_text() + property_lines(own))

    def command() -> list[str]:
        agent = next((settings.jars.resolve() / "agent").glob("*.jar"))
        java = java_command(settings, settings.connect_memory)
        if settings.runtime == "processes":
            java += [f"-Djdk.net.hosts.file={home / 'hosts'}"]
        java += [f"-javaagent:{agent}={settings.listens_on}:{settings.port('jmx')}:{ROOT / 'connect' / 'jmx.yml'}"]
        return [*java, "-cp", class_path(settings, "kafka"), "org.apache.kafka.connect.cli.ConnectDistributed", str(properties)]

    def answers(_pid: int) -> str | None:
        try:
            status, _ = call(settings, "GET", "/connectors")
        except BrokenWorld as error:
            return str(error)
        return None if status == 200 else f"GET /connectors: {status}"

    return Component(
        name="connect",
        command=command,
        answers=answers,
        log=settings.logs / "connect.log",
        ports={"connect": settings.port("connect"), "jmx": settings.port("jmx")},
        needs=("broker",),
        prepare=prepare,
        environment={"KAFKA_HOME": os.fspath(home)},
    )

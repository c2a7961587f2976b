"""Spark's own cluster on this machine: a master and as many workers as asked for, each a process (`sportdata up --workers N`)."""

from __future__ import annotations

import json
import os
import shlex
import socket
import urllib.error
import urllib.request
from pathlib import Path

from sportdata.adapters.java_properties import escaped
from sportdata.adapters.spark_java import archived_classes, java_options
from sportdata.contracts.lakeside import KEYS
from sportdata.local.component import Component
from sportdata.settings import Settings, pyspark_jars

PROPERTIES = """\
spark.authenticate true
spark.authenticate.secret {secret}
spark.ui.enabled false
spark.ui.killEnabled false
spark.master.rest.enabled false
spark.worker.cleanup.enabled true
spark.executor.cores 1
spark.executor.memory {memory}
spark.executor.extraClassPath {class_path}
spark.executor.extraJavaOptions {java}
"""


def components(settings: Settings) -> list[Component]:
    """None without workers: Spark then runs inside the driver."""
    if not settings.workers:
        return []
    return [_master(settings), *(_worker(settings, number) for number in range(1, settings.workers + 1))]


def driver_environment(settings: Settings) -> dict[str, str]:
    """What a driver needs to join: a file with the secret, which a command line would show."""
    if not settings.workers:
        return {}
    return {"PYSPARK_SUBMIT_ARGS": shlex.join(["--properties-file", str(_properties(settings)), "pyspark-shell"])}


def worker_names(settings: Settings) -> tuple[str, ...]:
    return tuple(f"worker_{number}" for number in range(1, settings.workers + 1))


def _properties(settings: Settings) -> Path:
    return settings.home.resolve() / "spark" / "cluster.conf"


def prepare(settings: Settings) -> None:
    """Writes what masters, workers and drivers must agree on, the secret included."""
    file = _properties(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    values = {
        "secret": settings.password("spark").get_secret_value(),
        "memory": settings.worker_memory,
        "class_path": settings.spark_class_path,
        "java": java_options("-XX:+UseSerialGC", "-Xss4m", *archived_classes(settings)),
    }
    properties = PROPERTIES.format(**{name: escaped(value) for name, value in values.items()})
    if settings.streams == "apart":  # or the first driver to come takes every core
        properties += f"spark.cores.max {max(1, settings.workers // 2)}\n"
    file.write_text(properties)


def _command(settings: Settings, daemon: str, *arguments: str) -> list[str]:
    launcher = pyspark_jars().parent / "bin" / "spark-class"
    return [str(launcher), daemon, "--host", settings.host, *arguments, "--properties-file", str(_properties(settings))]


def _environment(settings: Settings, name: str) -> dict[str, str]:
    scratch = settings.home.resolve() / "spark" / name
    return {
        "SPARK_HOME": os.fspath(pyspark_jars().parent),
        "SPARK_LOCAL_IP": settings.host,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC",
        "SPARK_WORKER_DIR": os.fspath(scratch / "work"),
        "SPARK_LOCAL_DIRS": os.fspath(scratch / "local"),
        "SPARK_DIST_CLASSPATH": settings.object_store_class_path,
    }


def _master(settings: Settings) -> Component:
    port, page = settings.port("spark_master"), settings.port("spark_master_page")

    def answers(_pid: int) -> str | None:
        try:
            with socket.create_connection((settings.host, port), timeout=1):
                return None
        except OSError as error:
            return f"port {port}: {error}"

    return Component(
        name="spark_master",
        command=lambda: _command(settings, "org.apache.spark.deploy.master.Master", "--port", str(port), "--webui-port", str(page)),
        answers=answers,
        log=settings.logs / "spark_master.log",
        ports={"spark_master": port, "spark_master_page": page},
        prepare=lambda: prepare(settings),
        environment=_environment(settings, "master"),
    )


def _worker(settings: Settings, number: int) -> Component:
    name, port = worker_names(settings)[number - 1], settings.port("spark_worker") + number - 1
    page = f"http://{settings.host_of('spark_master')}:{settings.port('spark_master_page')}/json/"

    def answers(_pid: int) -> str | None:
        try:
            with urllib.request.urlopen(page, timeout=2) as answer:
                workers = json.load(answer)["workers"]
        except (urllib.error.URLError, OSError, ValueError) as error:
            return f"the master at {page} does not answer: {error}"
        alive = any(worker["port"] == port and worker["state"] == "ALIVE" for worker in workers)
        return None if alive else "not yet known to the master"

    arguments = ("--port", str(port), "--webui-port", "0", "--cores", "1", "--memory", settings.worker_memory, settings.streams_master)
    return Component(
        name=name,
        command=lambda: _command(settings, "org.apache.spark.deploy.worker.Worker", *arguments),
        answers=answers,
        log=settings.logs / f"{name}.log",
        ports={name: port},
        secrets=KEYS,
        needs=("spark_master",),
        environment=_environment(settings, name),
    )

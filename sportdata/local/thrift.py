"""The Thrift server of the embedded stack: its class path, its password file, its process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from sportdata.contracts.lakeside import KEYS
from sportdata.errors import BrokenWorld
from sportdata.local import jvm
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings, pyspark_jars

SOURCE = ROOT / "spark_thrift" / "java" / "PasswordFile.java"

HIVE_SITE = """\
<configuration>
  <property><name>hive.server2.thrift.bind.host</name><value>{host}</value></property>
  <property><name>hive.server2.thrift.port</name><value>{port}</value></property>
  <property><name>hive.server2.authentication</name><value>CUSTOM</value></property>
  <property><name>hive.server2.custom.authentication.class</name><value>PasswordFile</value></property>
  <property><name>hive.server2.thrift.min.worker.threads</name><value>2</value></property>
</configuration>
"""


def component(settings: Settings) -> Component:
    home = settings.home.resolve() / "thrift"
    password_file = home / "password"

    def prepare() -> None:
        classes = home / "classes"
        classes.mkdir(parents=True, exist_ok=True)
        compile_password_check(settings, classes)
        (classes / "hive-site.xml").write_text(HIVE_SITE.format(host=settings.listens_on, port=settings.port("thrift")))
        password_file.touch(mode=0o600)
        password_file.write_text(f"{settings.thrift_user}\n{settings.password('thrift').get_secret_value()}\n")

    def answers(_pid: int) -> str | None:
        try:
            with socket.create_connection((settings.host, settings.port("thrift")), timeout=1):
                return None
        except OSError as error:
            return f"port {settings.port('thrift')}: {error}"

    return Component(
        name="thrift",
        command=lambda: [sys.executable, str(ROOT / "spark_thrift" / "server.py"), str(home / "classes"), str(password_file)],
        answers=answers,
        log=settings.logs / "thrift.log",
        ports={"thrift": settings.port("thrift")},
        prepare=prepare,
        secrets=KEYS,
        environment={"PYTHONPATH": os.fspath(ROOT)},
    )


def compile_password_check(settings: Settings, classes: Path) -> None:
    """Compiles the one Java class with the Eclipse compiler from the jar lock: no JDK is needed."""
    if (classes / "PasswordFile.class").exists():
        return
    compiler = next((settings.jars.resolve() / "ecj").glob("*.jar"))
    command = [str(jvm.find_java()), "-jar", str(compiler), "-source", "17", "-target", "17", "-proc:none"]
    command += ["-classpath", ":".join(str(jar) for jar in pyspark_jars().glob("*hive*.jar")), "-d", str(classes), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BrokenWorld("the password check of the Thrift server does not compile", detail=done.stdout + done.stderr)

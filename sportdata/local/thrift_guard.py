"""The Java classes that guard the Thrift server, compiled once for each state of their sources and of Spark's jars, beside the jars.

Run as `python -m sportdata.local.thrift_guard`; the image does, whose jars cannot be added to later.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

from sportdata.errors import BrokenWorld
from sportdata.local import jvm
from sportdata.local.script import run
from sportdata.settings import ROOT, Settings, pyspark_jars

SOURCES = ROOT / "spark_thrift" / "java"


def compiled(settings: Settings, folder: Path = SOURCES) -> Path:
    """The folder of the classes of these sources: made by the Eclipse compiler from the jar lock, so without a JDK, unless it is there.

    Raises BrokenWorld with what the compiler says.
    """
    sources, jars = sorted(folder.glob("*.java")), sorted(pyspark_jars().glob("*.jar"))
    compiler = next((settings.jars.resolve() / "ecj").glob("*.jar"))
    made_of = [source.read_bytes() for source in sources] + [jar.name.encode() for jar in (compiler, *jars)]
    classes = settings.jars.resolve() / "guard" / hashlib.sha256(b"\n".join(made_of)).hexdigest()[:16]
    if classes.is_dir():
        return classes
    classes.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=classes.parent, prefix="compiling-") as scratch:
        fresh = Path(scratch) / "classes"
        command = [str(jvm.find_java()), "-jar", str(compiler), "-source", "17", "-target", "17", "-proc:none", "-nowarn"]
        command += ["-classpath", ":".join(map(str, jars)), "-d", str(fresh), *map(str, sources)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BrokenWorld("the guard of the Thrift server does not compile", detail=done.stdout + done.stderr)
        try:
            fresh.rename(classes)
        except OSError:
            if not classes.is_dir():  # else another start was faster
                raise
    return classes


def main() -> None:
    print(f"guard of the Thrift server: compiled, {compiled(Settings())}", flush=True)  # noqa: T201


if __name__ == "__main__":
    run(main)

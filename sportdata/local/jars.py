"""The JVM parts: `jars/ivy.xml` says what we want, `jars/jars.lock` what that is to the byte.

Run as `python -m sportdata.local.jars [fetch|lock]`. Fetching uses the Ivy that ships inside pyspark: nothing but a Java is needed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from sportdata.contracts.lakeside import ObjectStore
from sportdata.errors import BrokenWorld
from sportdata.local import jvm, proxies
from sportdata.local.script import run
from sportdata.settings import ROOT, Settings, pyspark_jars

WANTED = ROOT / "jars" / "ivy.xml"
LOCK = ROOT / "jars" / "jars.lock"
BESIDE_PYSPARK = ("spark", "s3a")  # parts of a class path that begins with pyspark's own jars


class Jar(NamedTuple):
    """One line of the lock. `part` is the folder (class path) it belongs to."""

    part: str
    organisation: str
    artifact: str
    version: str
    sha256: str

    @property
    def file(self) -> Path:
        return Path(self.part) / f"{self.artifact}-{self.version}.jar"


def read_lock() -> list[Jar]:
    return [Jar(*line.split()) for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]


def sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def needed(settings: Settings) -> list[Jar]:
    """The lock's lines for a stack with these settings: without its way to an object store when the lake is a folder."""
    return [jar for jar in read_lock() if jar.part != "s3a" or isinstance(settings.lake, ObjectStore)]


def missing(settings: Settings) -> list[Jar]:
    """Those that are absent from the jars' folder, or there with other bytes."""
    folder = settings.jars.resolve()
    return [jar for jar in needed(settings) if not (folder / jar.file).is_file() or sha256(folder / jar.file) != jar.sha256]


def fetch(settings: Settings) -> int:
    """Brings every jar that is needed into the folder and checks each against its sha256; returns how many were fetched.

    Raises BrokenWorld when a download fails or a checksum differs; what was good before stays.
    """
    folder, wanted = settings.jars, missing(settings)
    if not wanted:
        return 0
    with tempfile.TemporaryDirectory(prefix="sportdata-jars-") as scratch:
        ivy_file = Path(scratch) / "ivy.xml"
        ivy_file.write_text(_ivy_for(wanted))
        _ivy(ivy_file, Path(scratch), poms=False)
        for jar in wanted:
            fetched = Path(scratch) / "out" / jar.part / f"{jar.organisation}@{jar.artifact}@{jar.version}.jar"
            if not fetched.is_file():
                raise BrokenWorld(f"{jar.organisation}:{jar.artifact}:{jar.version} could not be downloaded: is Maven Central reachable?")
            if (got := sha256(fetched)) != jar.sha256:
                raise BrokenWorld(f"{fetched.name}: sha256 is {got}, {LOCK.name} says {jar.sha256}. Nothing was installed from it.")
            target = folder / jar.file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(fetched, target)
    return len(wanted)


def lock() -> None:
    """Resolves `jars/ivy.xml` anew and writes the lock. What stands beside pyspark leaves out what that already brings."""
    have = [jar.name for jar in pyspark_jars().glob("*.jar")]
    lines = ["# part organisation artifact version sha256 (written by `make lock`)"]
    with tempfile.TemporaryDirectory(prefix="sportdata-jars-") as scratch:
        _ivy(WANTED, Path(scratch), poms=True)
        for jar in sorted((Path(scratch) / "out").glob("*/*.jar")):
            organisation, artifact, version = jar.name.removesuffix(".jar").split("@")
            if jar.parent.name in BESIDE_PYSPARK and any(name.startswith(f"{artifact}-") for name in have):
                continue
            lines.append(f"{jar.parent.name} {organisation} {artifact} {version} {sha256(jar)}")
    LOCK.write_text("\n".join(lines) + "\n")


def _ivy_for(jars: list[Jar]) -> str:
    parts = sorted({jar.part for jar in jars})
    return "\n".join(
        [
            '<ivy-module version="2.0"><info organisation="sportdata" module="jars"/><configurations>',
            *(f"<conf name={quoteattr(part)}/>" for part in parts),
            "</configurations><dependencies>",
            *(
                f"<dependency org={quoteattr(jar.organisation)} name={quoteattr(jar.artifact)} rev={quoteattr(jar.version)} "
                f'conf="{jar.part}->default" transitive="false" force="true"/>'
                for jar in jars
            ),
            '<conflict manager="all"/></dependencies></ivy-module>',
        ]
    )


def _ivy(ivy_file: Path, scratch: Path, poms: bool) -> None:
    java = jvm.find_java()
    ivy_jar = next(pyspark_jars().glob("ivy-*.jar"))
    settings = os.environ.get("SPORTDATA_IVY_SETTINGS", str(ROOT / "jars" / "ivysettings.xml"))
    pattern = f"{scratch}/out/[conf]/[organisation]@[artifact]@[revision].[ext]"
    command = [str(java), *jvm.trust_options(java), *proxies.java_options(), f"-Dsportdata.poms={str(poms).lower()}", "-jar", str(ivy_jar)]
    command += ["-cache", f"{scratch}/cache", "-settings", settings, "-ivy", str(ivy_file)]
    command += ["-types", "jar", "bundle", "maven-plugin", "eclipse-plugin", "-retrieve", pattern]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or "UNRESOLVED DEPENDENCIES" in done.stdout:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise BrokenWorld("Ivy could not fetch the JVM parts (is the network there?)", detail=tail)


def main() -> None:
    if sys.argv[1:] == ["lock"]:
        lock()
        return
    settings = Settings()
    print(f"JVM parts: {fetch(settings)} fetched, {len(needed(settings))} in place", flush=True)  # noqa: T201


if __name__ == "__main__":
    run(main)

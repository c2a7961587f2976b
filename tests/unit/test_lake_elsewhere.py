"""The lake's place is one setting; a home refuses a lake that is not its own; a reset names what it leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from sportdata.adapters import delta
from sportdata.adapters.documents import read_document
from sportdata.adapters.lake import Lake
from sportdata.contracts.lakeside import KEYS, ObjectStore, read_lakeside
from sportdata.contracts.tables import BRONZE
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.jobs.same_lake import require_same_lake
from sportdata.local import jars, stack, thrift
from sportdata.settings import ROOT, Settings

STORE = ObjectStore("s3a://bucket/some/where")


def test_the_lake_is_in_the_home_unless_told_otherwise_and_the_checkpoints_are_always(tmp_path: Path) -> None:
    inside, outside = Settings(home=tmp_path), Settings(home=tmp_path, lake=STORE)
    assert inside.lake == tmp_path / "lake" and inside.lake_is_ours and not outside.lake_is_ours
    assert inside.checkpoints == outside.checkpoints == tmp_path / "lake" / "checkpoints"


@pytest.mark.parametrize("text", ["s3a://bucket/some/where", "s3a://bucket/some/where/"])
def test_an_object_store_is_a_bucket_and_a_prefix(text: str) -> None:
    assert read_lakeside(text) == STORE
    assert str(delta.path(STORE, BRONZE)) == "s3a://bucket/some/where/bronze/sport_activities"


def test_a_folder_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_lakeside("big/disk") == tmp_path / "big" / "disk"


@pytest.mark.parametrize(
    "text", ["s3://bucket/x", "s3a://", "s3a://B/x", "s3a://bucket//x", "s3a://bucket/x'y", "gs://bucket/x", "file:///x"]
)
def test_any_other_place_is_refused_by_name(text: str) -> None:
    done = sportdata("status", SPORTDATA_LAKE=text)
    assert done.returncode == 2 and done.stderr.startswith("error: SPORTDATA_LAKE: ") and "s3a://bucket/prefix" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_keys_in_the_place_are_refused_and_not_repeated() -> None:
    done = sportdata("status", SPORTDATA_LAKE="s3a://AKIA1:hunter2@bucket/x")
    assert done.returncode == 2 and "AWS_SECRET_ACCESS_KEY" in done.stderr and "hunter2" not in done.stderr + done.stdout


def test_any_setting_that_cannot_be_understood_is_one_line_with_its_value() -> None:
    assert sportdata("status", SPORTDATA_PORT_OFFSET="much").stderr.startswith("error: SPORTDATA_PORT_OFFSET: ")
    assert "'much'" in sportdata("status", SPORTDATA_PORT_OFFSET="much").stderr


def sportdata(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sportdata", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_a_home_takes_its_own_lake_again_wherever_it_has_been_copied(tmp_path: Path) -> None:
    require_same_lake(Settings(home=tmp_path / "home"))
    shutil.copytree(tmp_path / "home" / "lake" / "bronze", tmp_path / "disk" / "bronze")
    moved = Settings(home=tmp_path / "home", lake=tmp_path / "disk")
    require_same_lake(moved)
    known = read_document(moved.lake_document)
    assert known is not None and known["where"] == str(tmp_path / "disk")


@pytest.mark.parametrize("other", ["empty", "filled"])
def test_a_home_refuses_another_lake_and_leaves_it_as_it_is(tmp_path: Path, other: str) -> None:
    require_same_lake(Settings(home=tmp_path / "home"))
    elsewhere = Settings(home=tmp_path / "home", lake=tmp_path / "disk")
    if other == "filled":
        delta.ensure(elsewhere.lake, BRONZE)
    with pytest.raises(BrokenWorld, match=f"not the one that this home has filled so far .*{tmp_path / 'home'}"):
        require_same_lake(elsewhere)
    assert (tmp_path / "disk").exists() == (other == "filled")


def test_a_lake_that_is_gone_is_not_begun_anew_in_silence(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    require_same_lake(settings)
    shutil.rmtree(tmp_path / "home" / "lake" / "bronze")
    with pytest.raises(BrokenWorld, match="If it is gone for good, remove"):
        require_same_lake(settings)
    shutil.rmtree(settings.checkpoints)
    settings.progress.mkdir()
    for name in ("bronze", "gold"):
        (settings.progress / f"{name}.json").write_text('{"version": 500}')
    require_same_lake(settings)
    assert list(settings.progress.iterdir()) == [], "what is said of the former lake would let `wait` answer 0 too early"
    (settings.progress / "bronze.json").write_text("{}")
    require_same_lake(settings)
    assert (settings.progress / "bronze.json").exists(), "a start on the same lake forgets nothing"


def test_a_reset_leaves_a_lake_outside_of_the_home_and_says_where(tmp_path: Path) -> None:
    home, lake = tmp_path / "home", tmp_path / "disk"
    require_same_lake(Settings(home=home, lake=lake))
    (home / "secrets.json").write_text("{}")
    done = sportdata("reset", SPORTDATA_HOME=str(home))  # without SPORTDATA_LAKE: the home remembers
    assert done.returncode == 0 and str(lake) in done.stdout
    assert not home.exists() and (lake / "bronze").exists()


def test_a_reset_of_a_home_with_its_lake_in_it_leaves_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    require_same_lake(settings)
    assert stack.lake_elsewhere(settings) is None


def test_a_folder_that_others_may_read_is_no_place_for_salaries(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o755)
    settings = Settings(home=tmp_path / "home", lake=tmp_path / "disk")
    with pytest.raises(BrokenWorld, match="mode 755"):
        stack._check_lake(settings)
    (tmp_path / "disk").chmod(0o700)
    stack._check_lake(settings)


def test_a_store_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENDPOINT_URL": "http://127.0.0.1:1", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with pytest.raises(BrokenWorld, match=r"s3a://bucket/some/where.*Connection refused") as refused:
        Lake(STORE).look(BRONZE)
    assert "\n" not in str(refused.value)


def test_the_connector_is_fetched_only_for_an_object_store(tmp_path: Path) -> None:
    assert {jar.part for jar in jars.needed(Settings(home=tmp_path, lake=STORE))} - {
        jar.part for jar in jars.needed(Settings(home=tmp_path))
    } == {"s3a"}
    assert Settings(home=tmp_path).object_store_class_path == ""


def test_thrift_takes_keys_of_its_own_instead_of_those_that_write(tmp_path: Path) -> None:
    shared = thrift.component(Settings(home=tmp_path))
    own = thrift.component(
        Settings(home=tmp_path, thrift_aws_access_key_id="reader", thrift_aws_secret_access_key=SecretStr("of the reader"))
    )
    assert set(KEYS) <= set(shared.secrets) and not set(KEYS) & set(shared.environment)
    assert own.environment.items() >= {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "of the reader"}.items()
    assert not set(KEYS) & set(own.secrets) and own.needs == ("streams",)
    assert "SPORTDATA_THRIFT_AWS_SECRET_ACCESS_KEY" in own.secrets  # so that no other component gets it
    with pytest.raises(WrongUse, match="belong together"):
        thrift.component(Settings(home=tmp_path, thrift_aws_access_key_id="reader"))

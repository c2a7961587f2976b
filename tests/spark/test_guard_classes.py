"""The guard's classes are of its sources, whoever has compiled before."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportdata.errors import BrokenWorld
from sportdata.local.thrift_guard import compiled
from sportdata.settings import Settings

SOURCE = "final class Guard { static int answer() { return %s; } }"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "ecj").symlink_to(Settings().jars.resolve() / "ecj")
    return Settings(home=tmp_path, jars=jars)


def test_classes_are_compiled_once_for_each_state_of_their_sources(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "Guard.java"
    source.write_text(SOURCE % 41)
    first = compiled(settings, tmp_path)
    made = (first / "Guard.class").stat().st_mtime_ns
    assert compiled(settings, tmp_path) == first
    assert (first / "Guard.class").stat().st_mtime_ns == made
    source.write_text(SOURCE % 42)
    second = compiled(settings, tmp_path)
    assert (second / "Guard.class").read_bytes() != (first / "Guard.class").read_bytes()


def test_what_does_not_compile_leaves_nothing_that_would_be_taken_for_the_guard(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "Guard.java").write_text(SOURCE % "nowhere")
    with pytest.raises(BrokenWorld, match="does not compile") as caught:
        compiled(settings, tmp_path)
    assert "nowhere cannot be resolved" in str(caught.value.detail)
    assert list((settings.jars / "guard").iterdir()) == []

"""The folder of a stack: which one a start takes, what a reset removes, and that two starts at once do each other no harm."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sportdata.adapters.documents import write_atomically
from sportdata.errors import BrokenWorld, WrongUse
from sportdata.local import home, stack
from sportdata.local.passwords import make_secrets
from sportdata.local.status import StackStatus
from sportdata.settings import ROOT, Settings


@pytest.mark.parametrize("entry", ["photo.jpg", ".bashrc", "Projets"])
def test_up_refuses_a_folder_that_holds_somebodys_files_and_leaves_it_as_it_is(tmp_path: Path, entry: str) -> None:
    (tmp_path / entry).write_text("mine")
    tmp_path.chmod(0o755)
    settings = Settings(home=tmp_path, jars=tmp_path / "none")  # if it is taken, it goes no further than that
    with pytest.raises(WrongUse, match=f"{tmp_path} is not the home of a stack and holds {entry}: .* SPORTDATA_HOME"):
        stack.up(settings, wait=False, show=lambda _: None)
    assert [one.name for one in tmp_path.iterdir()] == [entry]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_start_that_failed_early_and_the_root_of_a_disk_leave_a_folder_that_up_still_takes(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    home.require_home(settings)
    home.make(settings)
    for name in ("lost+found", "postgres", "validation"):
        (settings.home / name).mkdir()
    home.require_home(settings)


def test_what_a_user_keeps_in_the_home_of_a_stack_is_no_reason_not_to_start_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    home.require_home(Settings(home=tmp_path))


def test_a_link_whose_folder_a_reset_has_removed_leads_to_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    settings = Settings(home=tmp_path / "link")
    for _ in range(2):
        home.make(settings)
        make_secrets(settings.home)
        assert stack.reset(settings)
        assert list(tmp_path.iterdir()) == [tmp_path / "link"]


def test_a_reset_that_was_interrupted_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home")
    home.make(settings)
    make_secrets(settings.home)

    def stopped(_folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr("shutil.rmtree", stopped)
        with pytest.raises(KeyboardInterrupt):
            stack.reset(settings)
    assert stack.reset(settings) and not settings.home.exists()


def test_a_start_that_finds_the_stack_up_and_waits_in_vain_leaves_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "START_LIMIT_S", 0)
    monkeypatch.setattr(stack, "supervisor_alive", lambda _: True)
    monkeypatch.setattr(stack, "down", lambda _: pytest.fail("a stack that was up before is stopped"))
    with pytest.raises(BrokenWorld, match="not ready after 0 s, left as it is"):
        stack.up(Settings(home=tmp_path), wait=True, show=lambda _: None)


# -- two starts at once -------------------------------------------------------------------------------------------------------------------


def test_a_supervisor_that_comes_second_leaves_the_pid_of_the_first_in_place(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.run.mkdir()
    with (settings.run / "supervisor.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "sportdata.local.supervisor"]
        done = subprocess.run(command, env={**os.environ, "SPORTDATA_HOME": str(tmp_path)}, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0
    assert (settings.run / "supervisor.lock").read_text() == "4711"


def test_a_start_that_another_has_overtaken_waits_for_that_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.run.mkdir()
    seen: list[bool] = []

    def show(status: StackStatus) -> None:
        seen.append(status["ready"])
        write_atomically(settings.run / "status.json", {"ready": len(seen) > 1, "failure": None, "components": {}})

    with (settings.run / "supervisor.lock").open("w") as lock, subprocess.Popen([sys.executable, "-c", ""]) as content:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content.wait()
        stack._await_ready(settings, content, show)  # type: ignore[arg-type]
    assert seen[-1]


def test_who_asks_whether_a_home_is_supervised_takes_nobody_who_asks_too_for_a_supervisor(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.run.mkdir()
    with (settings.run / "supervisor.lock").open("w+") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert not settings.is_supervised
        fcntl.flock(asking, fcntl.LOCK_EX)
        assert settings.is_supervised


def test_a_lock_without_a_pid_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "PID_LIMIT_S", 0.1)
    settings = Settings(home=tmp_path)
    settings.run.mkdir()
    with (settings.run / "supervisor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BrokenWorld, match=r"supervisor\.lock and does not say which"):
            stack.down(settings)


def test_first_starts_at_once_agree_on_the_passwords(tmp_path: Path) -> None:
    """The second waits until the first has drawn them, and takes those."""
    first = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    second = threading.Thread(target=make_secrets, args=[tmp_path])
    second.start()
    second.join(0.3)
    assert second.is_alive() and list(tmp_path.iterdir()) == []
    (tmp_path / "secrets.json").write_text(json.dumps({"postgres": "drawn by the first"}))
    os.close(first)
    second.join()
    assert json.loads((tmp_path / "secrets.json").read_text())["postgres"] == "drawn by the first"

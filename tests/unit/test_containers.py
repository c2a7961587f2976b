"""Commands that are handed over to the containers: what `docker compose` is told to do."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sportdata.errors import BrokenWorld
from sportdata.local import containers
from sportdata.local.rebuild import IN_CONTAINERS, rebuild_gold
from sportdata.settings import ROOT, Settings


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Compose was told, by a script that runs beside containers."""
    found: list[str] = []
    monkeypatch.setattr(containers, "compose", lambda *arguments, text=None, container=None: found.extend(arguments) or 0)
    monkeypatch.setenv("SPORTDATA_SECRETS", "secrets/demo")
    return found


def validates(monkeypatch: pytest.MonkeyPatch, *flags: str) -> None:
    monkeypatch.setattr(sys, "argv", ["validate_strava.py", *flags])
    with pytest.raises(SystemExit):
        runpy.run_path(str(ROOT / "validate_strava.py"), run_name="__main__")


def test_who_watches_is_found_by_prometheus_under_the_name_that_it_asks(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    validates(monkeypatch, "--watch", "--every", "30")
    name = told[told.index("--name") + 1]
    assert told.index("--name") < told.index("commands")
    assert told[-5:] == ["python", "validate_strava.py", "--watch", "--every", "30"]
    jobs = yaml.safe_load(Path(ROOT, "monitoring/prometheus/prometheus.yml").read_text())["scrape_configs"]
    [job] = [job for job in jobs if job["job_name"] == "validation"]
    assert job["static_configs"] == [{"targets": [f"{name}:8086"]}]
    services = yaml.safe_load(Path(ROOT, "docker-compose.yml").read_text())["services"]
    assert "watch" in set(services["commands"]["networks"]) & set(services["prometheus"]["networks"])


def test_the_profile_validation_answers_where_prometheus_asks_and_is_never_the_second_to_do_so() -> None:
    services = yaml.safe_load(Path(ROOT, "docker-compose.yml").read_text())["services"]
    assert services["validation"]["container_name"] == containers.VALIDATION == "validation"
    assert services["validation"]["command"][:3] == ["python", "validate_strava.py", "--watch"]
    assert set(services["commands"]["networks"]) - {"sql"} == set(services["validation"]["networks"])


def test_beside_containers_rebuild_touches_nothing_and_says_what_to_do(told: list[str], tmp_path: Path) -> None:
    with pytest.raises(BrokenWorld, match=r"stop gold; .* run --rm --no-deps gold python spark/rebuild\.py; .* start gold"):
        rebuild_gold(Settings(home=tmp_path), print)
    assert told == []
    assert list(tmp_path.iterdir()) == []
    assert IN_CONTAINERS in (ROOT / "docs" / "runbooks" / "README.md").read_text()


def test_a_single_check_takes_no_name_that_another_could_want(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    validates(monkeypatch, "--only", "gold")
    assert told[:3] == ["run", "--rm", "--no-deps"]
    assert told[told.index("--name") + 1] == f"sportdata-{os.getpid()}"


@pytest.mark.parametrize(("container", "hears"), [("one", "the container"), ("gone", "docker"), (None, "docker")])
def test_a_command_that_is_told_to_stop_tells_its_container_or_else_docker(tmp_path: Path, container: str | None, hears: str) -> None:
    docker = tmp_path / "docker"
    script = [
        f"#!{sys.executable}",
        "import os, pathlib, signal, sys",
        "pid = pathlib.Path(__file__).with_name('pid')",
        "if sys.argv[2] == 'version': sys.exit(0)",
        "if sys.argv[1:] == ['kill', '--signal', 'TERM', 'one']: sys.exit(os.kill(int(pid.read_text()), signal.SIGUSR1))",
        "if sys.argv[1] == 'kill': sys.exit('no such container')",
        "def stopped(number, _): print('docker' if number == signal.SIGTERM else 'the container'); sys.exit(3)",
        "for number in (signal.SIGTERM, signal.SIGUSR1): signal.signal(number, stopped)",
        "pid.write_text(str(os.getpid()))",
        "print('running', flush=True)",
        "signal.pause()",
    ]
    docker.write_text("\n".join(script))
    docker.chmod(0o700)
    program = f"import sys; from sportdata.local.containers import compose; sys.exit(compose('run', container={container!r}))"
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None and command.stdout.readline() == "running\n"
        command.terminate()
        assert command.communicate(timeout=30)[0] == f"{hears}\n"
    assert command.returncode == 3

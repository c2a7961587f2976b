"""Passwords by file, and how a script finds out with which stack it deals."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sportdata.errors import BrokenWorld
from sportdata.local.guard import look_at
from sportdata.local.passwords import make_secrets
from sportdata.settings import PORTS, Settings


def bind(server: socket.socket) -> int:
    """Binds a free port and returns the offset at which PostgreSQL's would be that one."""
    for offset in range(20_000, 21_000):
        try:
            server.bind(("127.0.0.1", PORTS["postgres"] + offset))
        except OSError:
            continue
        return offset
    raise AssertionError("no free port")


@pytest.fixture
def listening() -> Iterator[int]:
    """The port offset at which something that is no PostgreSQL answers where it would be: it hangs up on everybody."""
    with socket.socket() as server:
        offset = bind(server)
        server.listen()
        threading.Thread(target=hang_up, args=(server,), daemon=True).start()
        yield offset
        server.shutdown(socket.SHUT_RDWR)


def hang_up(server: socket.socket) -> None:
    with suppress(OSError):  # the test is over
        while True:
            server.accept()[0].close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / "secrets.json").write_text(json.dumps({"sportdata_hr": "drawn"}))
    return tmp_path


def password(settings: Settings, name: str = "sportdata_hr") -> str:
    return settings.password(name).get_secret_value()


def test_a_password_is_read_from_the_folder_of_the_containers(tmp_path: Path) -> None:
    (tmp_path / "sportdata_hr").write_text("from a file\n")
    assert password(Settings(secrets=tmp_path)) == "from a file"


def test_a_file_named_for_one_role_comes_before_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sportdata_hr").write_text("of the folder")
    (tmp_path / "own").write_text("of its own")
    monkeypatch.setenv("SPORTDATA_PASSWORD_SPORTDATA_HR_FILE", str(tmp_path / "own"))
    assert password(Settings(secrets=tmp_path)) == "of its own"


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenWorld, match=f"sportdata_hr cannot be read from {tmp_path}/sportdata_hr: No such file"):
        password(Settings(secrets=tmp_path))
    (tmp_path / "sportdata_hr").write_text("\n")
    with pytest.raises(BrokenWorld, match="the file is empty"):
        password(Settings(secrets=tmp_path))


@pytest.mark.parametrize("published", ["demo-sportdata_hr", "password"])
def test_production_refuses_a_published_password(tmp_path: Path, published: str) -> None:
    (tmp_path / "sportdata_hr").write_text(published)
    assert password(Settings(secrets=tmp_path)) == published
    with pytest.raises(BrokenWorld, match="SPORTDATA_STAGE=production, and the password of sportdata_hr"):
        password(Settings(secrets=tmp_path, stage="production"))


def test_an_embedded_stack_that_is_up_comes_before_whatever_answers(home: Path, listening: int) -> None:
    with (home / "run" / "supervisor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        settings = Settings(home=home, port_offset=listening)
        assert not settings.beside_containers and password(settings) == "drawn"


def test_whatever_else_answers_at_its_port_is_not_taken_for_the_containers(home: Path, listening: int) -> None:
    settings = Settings(home=home, port_offset=listening)
    assert not settings.beside_containers and password(settings) == "drawn"


def test_with_nothing_at_the_port_the_home_counts(home: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        offset = bind(free)
        assert password(Settings(home=home, port_offset=offset)) == "drawn"
        with pytest.raises(BrokenWorld, match="no stack has been set up under"):
            password(Settings(home=tmp_path / "none", port_offset=offset))


def test_inside_a_container_nothing_is_guessed(home: Path, listening: int) -> None:
    assert not Settings(home=home, port_offset=listening, runtime="containers").beside_containers


def test_the_guard_warns_of_published_passwords_and_refuses_them_beyond_the_demo(tmp_path: Path) -> None:
    (tmp_path / "thrift").write_text("demo-thrift")
    (tmp_path / "grafana").write_text("long and drawn")
    (tmp_path / "slack_token").write_text("")
    [warning] = look_at(Settings(secrets=tmp_path))
    assert "(thrift)" in warning
    with pytest.raises(BrokenWorld, match="secrets/demo: thrift"):
        look_at(Settings(secrets=tmp_path, stage="production"))
    (tmp_path / "thrift").write_text("drawn too")
    assert look_at(Settings(secrets=tmp_path, stage="production")) == []
    (tmp_path / "thrift").write_text("")
    with pytest.raises(BrokenWorld, match="empty passwords: thrift"):
        look_at(Settings(secrets=tmp_path))


@pytest.fixture
def somebody() -> Iterator[None]:
    """This process is not root for as long: root can read everything."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    yield
    os.seteuid(own)


def test_the_guard_names_the_passwords_that_a_checkout_has_kept_to_its_owner(somebody: None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("grafana", "thrift", "user"):
            Path(folder, name).write_text("drawn")
        Path(folder, "thrift").chmod(0)
        Path(folder, "user").chmod(0)
        with pytest.raises(BrokenWorld, match=r"cannot read: thrift, user; .*`chmod -R go\+rX config data docs init monitoring secrets`"):
            look_at(Settings(secrets=Path(folder)))


def test_a_component_has_the_host_of_all_unless_it_has_its_own() -> None:
    settings = Settings(postgres_host="postgres", broker_host="redpanda", broker_port=9092)
    assert (settings.host_of("postgres"), settings.host_of("connect")) == ("postgres", "127.0.0.1")
    assert (settings.port("broker"), settings.port("connect")) == (9092, 8083)


def test_no_drawn_password_looks_like_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter(f"{'-' * (number % 3)}word-{number}" for number in range(100))
    monkeypatch.setattr("secrets.token_urlsafe", lambda _bytes: next(draws))
    make_secrets(tmp_path)
    drawn = json.loads((tmp_path / "secrets.json").read_text())
    assert [name for name, word in drawn.items() if name != "spark" and word.startswith("-")] == []

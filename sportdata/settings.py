"""Where things are and how to reach them. The only module that reads the environment (prefix `SPORTDATA_`)."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sportdata.errors import BrokenWorld

ROOT = Path(__file__).resolve().parent.parent

Role = Literal["postgres", "user", "sportdata_writer", "sportdata_hr", "sportdata_gold", "sportdata_slack", "sportdata_exporter"]
ROLES: tuple[Role, ...] = (
    "postgres",  # superuser of the embedded cluster: initialisation only
    "user",  # Debezium; `password` is the users' documented demo value
    "sportdata_writer",  # activities
    "sportdata_hr",  # HR loader: employees, distances, preferences
    "sportdata_gold",  # gold's HR reader
    "sportdata_slack",  # names and preferences
    "sportdata_exporter",  # monitoring
)


class Settings(BaseSettings):
    """One frozen set of values for a process. `SPORTDATA_HOME` holds all state, logs and secrets of one stack."""

    model_config = SettingsConfigDict(env_prefix="SPORTDATA_", frozen=True, env_ignore_empty=True)

    home: Path = ROOT / ".sportdata"
    jars: Path = ROOT / ".jars"
    config: Path = ROOT / "config" / "config.yml"
    sports: Path = ROOT / "config" / "sports.yml"
    data: Path = ROOT / "data"
    host: str = "127.0.0.1"
    port_offset: int = Field(default=0, ge=0, le=40000)
    connector: Literal["auto", "manual"] = "auto"
    exactly_once: bool = False
    streams: Literal["together", "apart"] = "together"  # bronze and gold in one Spark driver, or one each
    topic_partitions: int = Field(default=1, ge=1, le=64)
    spark_master: str = "local[2]"
    streams_memory: str = "1400m"
    thrift_memory: str = "700m"
    broker_memory: str = "512m"
    connect_memory: str = "512m"
    trigger_s: float = Field(default=1.0, gt=0)
    clock_offset_s: float = 0.0  # moves "now" for gold's calendar: rehearse a midnight without waiting for it
    database: str = "sportsdb"
    thrift_user: str = "bi"

    def port(self, name: str) -> int:
        """The port of one listener, moved by `SPORTDATA_PORT_OFFSET`."""
        return PORTS[name] + self.port_offset

    @property
    def lake(self) -> Path:
        return self.home.resolve() / "lake"

    @property
    def logs(self) -> Path:
        return self.home.resolve() / "logs"

    @property
    def run(self) -> Path:
        return self.home.resolve() / "run"

    @property
    def progress(self) -> Path:
        """Where bronze and gold say how far they are; read by `sportdata wait`."""
        return self.home.resolve() / "progress"

    @cached_property
    def _secrets(self) -> dict[str, str]:
        file = self.home / "secrets.json"
        if not file.exists():
            raise BrokenWorld(f"no stack has been set up under {self.home}: start one with `sportdata up` or set SPORTDATA_HOME")
        values: dict[str, str] = json.loads(file.read_text())
        return values

    def password(self, name: str) -> SecretStr:
        """The password of a database role or of `thrift`: from `SPORTDATA_PASSWORD_<NAME>`, else from the stack's own secrets file."""
        override = os.environ.get(f"SPORTDATA_PASSWORD_{name.upper()}")
        return SecretStr(override or self._secrets[name])

    def dsn(self, role: Role, database: str | None = None) -> str:
        """A libpq connection string for one role. It holds the password: never log it."""
        password = self.password(role).get_secret_value()
        quoted = password.replace("\\", "\\\\").replace("'", "\\'")
        return (
            f"host={self.host} port={self.port('postgres')} dbname={database or self.database} user={role} password='{quoted}' "
            "connect_timeout=10 application_name=sportdata"
        )


PORTS = {
    "postgres": 5432,
    "broker": 19092,
    "controller": 19093,
    "connect": 8083,
    "jmx": 5556,
    "thrift": 10000,
}


def pyspark_jars() -> Path:
    """The jars that pyspark brings, found without importing it (that takes longer than most commands)."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise BrokenWorld("pyspark is not installed: run `make setup`")
    return Path(spec.origin).parent / "jars"


def make_secrets(home: Path) -> None:
    """Draws the stack's passwords once, in a file that only its owner reads."""
    file = home / "secrets.json"
    if file.exists():
        return
    values: dict[str, str] = {role: secrets.token_urlsafe(18) for role in ROLES} | {"user": "password", "thrift": secrets.token_urlsafe(18)}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(values, out)

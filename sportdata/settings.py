"""Where things are and how to reach them. The only module that reads the environment (prefix `SPORTDATA_`)."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import socket
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sportdata.contracts.lakeside import Lakeside, ObjectStore, read_lakeside
from sportdata.errors import BrokenWorld

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECRETS = ROOT / "secrets" / "demo"  # published, and marked so; a container sees them below /run/secrets

Role = Literal[
    "postgres",
    "user",
    "sportdata_writer",
    "sportdata_hr",
    "sportdata_gold",
    "sportdata_slack",
    "sportdata_validator",
    "sportdata_exporter",
]
ROLES: tuple[Role, ...] = (
    "postgres",  # superuser of the embedded cluster: initialisation only
    "user",  # Debezium; `password` is the users' documented demo value
    "sportdata_writer",  # activities
    "sportdata_hr",  # HR loader: employees, distances, preferences
    "sportdata_gold",  # gold's HR reader
    "sportdata_slack",  # names and preferences
    "sportdata_validator",  # validation: activities, and who works here since when
    "sportdata_exporter",  # monitoring
)


class Settings(BaseSettings):
    """One frozen set of values for a process. `SPORTDATA_HOME` holds all state, logs and secrets of one stack."""

    model_config = SettingsConfigDict(env_prefix="SPORTDATA_", frozen=True, env_ignore_empty=True, arbitrary_types_allowed=True)

    home: Path = ROOT / ".sportdata"
    lake: Annotated[Lakeside, BeforeValidator(read_lakeside)] = Field(default_factory=lambda said: said["home"].resolve() / "lake")
    jars: Path = ROOT / ".jars"
    config: Path = ROOT / "config" / "config.yml"
    sports: Path = ROOT / "config" / "sports.yml"
    data: Path = ROOT / "data"
    expectations: Path = ROOT / "expectations"
    secrets: Path | None = None  # a folder with one file for each role, as the containers have it; None: the home's secrets.json
    stage: Literal["demo", "production"] = "demo"  # beyond the demo, its published passwords are refused
    runtime: Literal["processes", "containers"] = "processes"  # "containers" inside one
    host: str = "127.0.0.1"
    bind: str = ""  # what our servers listen on; empty: host
    postgres_host: str = ""  # empty, here and below: host
    broker_host: str = ""
    broker_port: int | None = Field(default=None, ge=1, le=65535)  # another one than from outside, inside the containers' network
    connect_host: str = ""
    thrift_host: str = ""
    spark_master_host: str = ""
    port_offset: int = Field(default=0, ge=0, le=40000)
    connector: Literal["auto", "manual"] = "auto"
    exactly_once: bool = False
    streams: Literal["together", "apart"] = "together"  # bronze and gold in one Spark driver, or one each
    topic_partitions: int = Field(default=1, ge=1, le=64)
    spark_master: str = "local[2]"
    workers: int = Field(default=0, ge=0, le=16)  # Spark workers of their own beside the driver: `sportdata up --workers N`
    worker_memory: str = "1g"
    streams_memory: str = "1400m"
    thrift_memory: str = "700m"
    broker_memory: str = "512m"
    connect_memory: str = "512m"
    trigger_s: float = Field(default=1.0, gt=0)
    clock_offset_s: float = 0.0  # moves "now" for gold's calendar: rehearse a midnight without waiting for it
    database: str = "sportsdb"
    thrift_user: str = "rh"  # reads everything; its password is `thrift`
    thrift_bi_user: str = "bi"  # reads gold without amounts of persons; its password is `thrift_bi`
    thrift_transport: Literal["binary", "http"] = "binary"
    thrift_tls: Path | None = None  # a PEM file: the private key and the chain of certificates; None: no TLS
    thrift_query_limit_s: int = Field(default=120, ge=1)  # a statement or a job that takes longer is cancelled
    thrift_task_rows: int = Field(default=10_000_000, ge=1)  # a join and the like that makes more in one task is refused
    thrift_aws_access_key_id: str = ""  # keys of its own for the Thrift server, which only reads the lake; empty: those of the lake
    thrift_aws_secret_access_key: SecretStr | None = None
    thrift_aws_session_token: SecretStr | None = None
    prometheus: str = ""  # its program, where it is not on the PATH; "off": none is started
    slack_token: SecretStr | None = None  # without one, nor a file of one, messages go to a local page
    slack_token_file: Path | None = None  # read again when it changes
    slack_channel: str = ""  # the id of a channel (C…): by a name its history cannot be read
    slack_url: str = "https://slack.com/api/"
    slack_templates: Path = ROOT / "config" / "slack.yml"
    slack_max_age_h: float = Field(default=24.0, gt=0)  # between an activity's start and its commit; older ones are a backfill
    slack_digest_above: int = Field(default=10, ge=1)  # when more are waiting, one message lists several
    slack_digest_size: int = Field(default=25, ge=2, le=100)
    slack_interval_s: float = Field(default=1.0, ge=0)  # Slack's limit is about one message a second in a channel
    slack_timeout_s: int = Field(default=10, ge=1, le=60)  # well below the watchdog of jobs/slack.py
    slack_visibility_s: float = Field(default=20.0, ge=0)  # how long a message may take to show in the channel's history
    slack_history_patience_s: float = Field(default=30.0, ge=0)  # how long Slack may deny its history before a message is uncertain
    slack_keep_days: int = Field(default=30, ge=1)  # how long the words of posted messages are kept
    aws_endpoint: str = Field(default="", validation_alias="AWS_ENDPOINT_URL")  # empty: AWS itself
    aws_region: str = Field(default="", validation_alias="AWS_REGION")
    google_maps_api_key: SecretStr | None = Field(default=None, validation_alias="GOOGLE_MAPS_API_KEY")
    google_url: str = ""  # replaces both of Google's own: a proxy, or a test
    google_keep_days: int = Field(default=30, ge=0)  # how long distances of Google are kept: docs/distances.md quotes the terms
    google_eur_per_1000: Decimal = Field(default=Decimal("5.00"), ge=0)  # the list price in dollars, taken as euros

    def port(self, name: str) -> int:
        """The port of one listener, moved by `SPORTDATA_PORT_OFFSET`."""
        if name == "broker" and self.broker_port is not None:
            return self.broker_port
        return (PORTS | PORTS_ASIDE)[name] + self.port_offset

    def host_of(self, name: Literal["postgres", "broker", "connect", "thrift", "spark_master"]) -> str:
        """Where one component is reached: in containers each has a host of its own."""
        own: str = getattr(self, f"{name}_host")
        return own or self.host

    @property
    def streams_master(self) -> str:
        """Where bronze and gold run: the stack's own cluster when it has one."""
        return f"spark://{self.host_of('spark_master')}:{self.port('spark_master')}" if self.workers else self.spark_master

    @property
    def listens_on(self) -> str:
        return self.bind or self.host

    @property
    def driver_addresses(self) -> tuple[str, str]:
        """(where a cluster's workers find a Spark driver of ours, what it listens on)."""
        in_cluster = self.runtime == "containers" and self.workers
        return (socket.gethostname(), self.listens_on) if in_cluster else (self.host, self.host)

    @property
    def is_supervised(self) -> bool:
        """Whether a supervisor holds this home: it keeps a lock on its file for as long as it lives."""
        return is_held(self.run / "supervisor.lock")

    @cached_property
    def beside_containers(self) -> bool:
        """Whether what is to be reached from this machine runs in containers (docs/adr/0014-containers.md).

        So it is when `SPORTDATA_SECRETS` names their passwords, or when, with this home's own stack down, the PostgreSQL at the port
        lets a role in with the published password that the demo's containers alone give it.
        """
        if self.runtime == "containers":
            return False
        if self.secrets is not None:
            return True
        if self.is_supervised or not DEMO_SECRETS.is_dir():
            return False
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((self.host_of("postgres"), self.port("postgres"))) != 0:
                return False
        return self._takes_the_demos_password()

    def _takes_the_demos_password(self) -> bool:
        import psycopg  # noqa: PLC0415 - for the commands that find something at the port alone

        role: Role = "sportdata_writer"
        try:
            psycopg.connect(self._where(role, (DEMO_SECRETS / role).read_text(encoding="utf-8").strip()), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False  # not let in, or no PostgreSQL: somebody else's port
        return True

    @property
    def paths(self) -> dict[str, str]:
        """Every variable that names a file or a folder, absolute: what a process that runs in another folder must be given."""
        said = {f"SPORTDATA_{name.upper()}": getattr(self, name) for name in type(self).model_fields}
        found = {variable: str(value.absolute()) for variable, value in said.items() if isinstance(value, Path)}
        files = {name: value for name, value in os.environ.items() if name.startswith("SPORTDATA_PASSWORD_") and name.endswith("_FILE")}
        found |= {name: str(Path(value).absolute()) for name, value in files.items() if value}
        if os.sep in self.prometheus:  # else a name, to be looked for on the PATH
            found["SPORTDATA_PROMETHEUS"] = str(Path(self.prometheus).absolute())
        return found | {"SPORTDATA_HOME": str(self.home.resolve()), "SPORTDATA_LAKE": str(self.lake)}

    @property
    def checkpoints(self) -> Path:
        """How far Spark has read. It stays with the home, as gold's memory does, wherever the lake is."""
        return self.home.resolve() / "lake" / "checkpoints"

    @property
    def history_lock(self) -> Path:
        """Held by whoever writes gold.kpis_historique."""
        return self.home.resolve() / "gold" / "history.lock"

    @property
    def bootstrap(self) -> str:
        """The broker's address, as its clients are given it."""
        return f"{self.host_of('broker')}:{self.port('broker')}"

    @property
    def lake_document(self) -> Path:
        """Which lake these checkpoints belong to, and where that was at the last start."""
        return self.checkpoints / "lake.json"

    @property
    def lake_is_ours(self) -> bool:
        """Whether the lake lies in the home and goes with it."""
        return isinstance(self.lake, Path) and self.lake.is_relative_to(self.home.resolve())

    @property
    def spark_class_path(self) -> str:
        """What stands before pyspark's own jars in every driver and executor: the same everywhere, as `local.class_archive` needs it."""
        return f"{self.jars.resolve() / 'spark'}/*"

    @property
    def object_store_class_path(self) -> str:
        """What stands after them (SPARK_DIST_CLASSPATH) where the lake is an object store, else ""."""
        return f"{self.jars.resolve() / 's3a'}/*" if isinstance(self.lake, ObjectStore) else ""

    @property
    def gold_memory(self) -> Path:
        """What gold knows of each activity; `adapters.gold_state` reads and writes it."""
        return self.home.resolve() / "gold" / "state.sqlite"

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
        """The password of a database role, of `thrift` or of `thrift_bi`.

        From `SPORTDATA_PASSWORD_<NAME>`, a file named by `SPORTDATA_PASSWORD_<NAME>_FILE` or in the folder `SPORTDATA_SECRETS`, else
        from the stack's own secrets file. Raises BrokenWorld when it is not to be had, or is the demo's beyond the demo.
        """
        value = os.environ.get(f"SPORTDATA_PASSWORD_{name.upper()}") or self._from_file(name)
        if not value and name not in self._secrets:
            file = self.home / "secrets.json"
            raise BrokenWorld(f"{file} has no password for {name}, which came later: `sportdata down`, then `sportdata up`, draws it")
        value = value or self._secrets[name]
        if self.stage == "production" and is_demo(value):
            raise BrokenWorld(f"SPORTDATA_STAGE=production, and the password of {name} is the published one of the demo: replace it")
        return SecretStr(value)

    def _from_file(self, name: str) -> str | None:
        named = os.environ.get(f"SPORTDATA_PASSWORD_{name.upper()}_FILE")
        folder = self.secrets or (DEMO_SECRETS if self.beside_containers else None)
        file = Path(named) if named else folder / name if folder else None
        if file is None:
            return None
        try:
            value = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BrokenWorld(f"the password of {name} cannot be read from {file}: {error.strerror}") from error
        if not value:
            raise BrokenWorld(f"the password of {name} cannot be read from {file}: the file is empty")
        return value

    def dsn(self, role: Role, database: str | None = None) -> str:
        """A libpq connection string for one role. It holds the password: never log it."""
        return self._where(role, self.password(role).get_secret_value(), database)

    def _where(self, role: Role, password: str, database: str | None = None) -> str:
        quoted = password.replace("\\", "\\\\").replace("'", "\\'")
        where = f"host={self.host_of('postgres')} port={self.port('postgres')} dbname={database or self.database}"
        return f"{where} user={role} password='{quoted}' sslmode=prefer connect_timeout=10 application_name=sportdata"


PORTS = {
    "postgres": 5432,
    "broker": 19092,
    "controller": 19093,
    "connect": 8083,
    "jmx": 5556,
    "thrift": 10000,
    "slack": 8084,
    "streams_metrics": 8087,  # of bronze and gold together, or of bronze alone
    "gold_metrics": 8088,
    "exporter": 8089,
    "prometheus": 9090,
    "spark_master": 7077,
    "spark_master_page": 8090,
    "spark_worker": 7078,  # and those after it, one for each worker
}
PORTS_ASIDE = {"validation": 8086}  # metrics of what a person starts beside the stack


def is_held(file: Path) -> bool:
    """Whether a process holds this file locked. Those who only ask share the lock, so they take nobody else for its holder."""
    try:
        with file.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def is_demo(password: str) -> bool:
    """Whether a password is one of `secrets/demo`: all are marked in the word itself, but the documented one of `user`."""
    return password == "password" or password.startswith("demo-")  # noqa: S105


def pyspark_jars() -> Path:
    """The jars that pyspark brings, found without importing it (that takes longer than most commands)."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise BrokenWorld("pyspark is not installed: run `make setup`")
    return Path(spec.origin).parent / "jars"

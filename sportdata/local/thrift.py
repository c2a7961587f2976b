"""The Thrift server of the embedded stack: its class path, its password file, its process."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from sportdata.contracts.lakeside import KEYS
from sportdata.errors import WrongUse
from sportdata.local import streams, thrift_guard
from sportdata.local.component import Component
from sportdata.settings import ROOT, Settings

OWN_KEYS = tuple(f"SPORTDATA_THRIFT_{name}" for name in KEYS)


def component(settings: Settings) -> Component:
    home = settings.home.resolve() / "thrift"
    configuration, password_file = home / "conf", home / "password"
    own_keys = keys(settings)

    def prepare() -> None:
        configuration.mkdir(parents=True, exist_ok=True)
        _write_secret(configuration / "hive-site.xml", _document(hive_options(settings, home)))
        _write_secret(password_file, "".join(f"{user}\n{password}\n" for user, password in accounts(settings).items()))

    def answers(_pid: int) -> str | None:
        try:
            with socket.create_connection((settings.host, settings.port("thrift")), timeout=1):
                return None
        except OSError as error:
            return f"port {settings.port('thrift')}: {error}"

    def command() -> list[str]:
        class_path = f"{configuration}:{thrift_guard.compiled(settings)}"
        return [sys.executable, str(ROOT / "spark_thrift" / "server.py"), class_path, str(password_file)]

    return Component(
        name="thrift",
        command=command,
        answers=answers,
        log=settings.logs / "thrift.log",
        ports={"thrift": settings.port("thrift")},
        prepare=prepare,
        # who only reads cannot make the tables, which the streams do
        needs=tuple(one.name for one in streams.components(settings)) if own_keys and settings.runtime == "processes" else (),
        secrets=OWN_KEYS if own_keys else (*OWN_KEYS, *KEYS),
        environment={"PYTHONPATH": os.fspath(ROOT), **own_keys},
    )


def keys(settings: Settings) -> dict[str, str]:
    """The object store's variables with keys of this server's own; none: it takes the lake's. Raises WrongUse for half a pair."""
    secret = settings.thrift_aws_secret_access_key
    if bool(settings.thrift_aws_access_key_id) != bool(secret):
        raise WrongUse(f"{OWN_KEYS[0]} and {OWN_KEYS[1]} belong together: only one of them is set")
    if not secret:
        return {}
    given = (settings.thrift_aws_access_key_id, secret.get_secret_value())
    token = settings.thrift_aws_session_token
    return dict(zip(KEYS, (*given, token.get_secret_value()) if token else given, strict=False))


def accounts(settings: Settings) -> dict[str, str]:
    """User and password of both accounts. Raises WrongUse when they have one name."""
    if settings.thrift_user == settings.thrift_bi_user:
        raise WrongUse(f"SPORTDATA_THRIFT_USER and SPORTDATA_THRIFT_BI_USER are both {settings.thrift_user!r}: they are two accounts")
    return {
        settings.thrift_user: settings.password("thrift").get_secret_value(),
        settings.thrift_bi_user: settings.password("thrift_bi").get_secret_value(),
    }


def hive_options(settings: Settings, home: Path) -> dict[str, str]:
    """What HiveServer2 reads from hive-site.xml alone."""
    port = str(settings.port("thrift"))
    options = {
        "hive.server2.thrift.bind.host": settings.listens_on,
        "hive.server2.transport.mode": settings.thrift_transport,
        "hive.server2.thrift.port": port,
        "hive.server2.thrift.http.port": port,
        "hive.server2.thrift.http.cookie.auth.enabled": "false",  # a cookie would outlive a change of the password
        "hive.server2.thrift.min.worker.threads": "2",
        "hive.server2.thrift.max.worker.threads": "64",
        "hive.server2.authentication": "CUSTOM",
        "hive.server2.custom.authentication.class": "PasswordFile",
        "hive.server2.allow.user.substitution": "false",  # nobody speaks for another account
        "hive.server2.idle.session.timeout": "3600000",
        "hive.server2.idle.operation.timeout": "600000",
        "hive.server2.session.check.interval": "60000",
        "hive.server2.logging.operation.enabled": "false",
    }
    if settings.thrift_tls:
        from sportdata.adapters.keystore import write_keystore

        password = secrets.token_urlsafe(18)
        write_keystore(settings.thrift_tls, home / "keystore.p12", password)
        options |= {
            "hive.server2.use.SSL": "true",
            "hive.server2.keystore.path": str(home / "keystore.p12"),
            "hive.server2.keystore.password": password,
        }
    return options


def _document(options: dict[str, str]) -> str:
    properties = (f"  <property><name>{name}</name><value>{escape(value)}</value></property>\n" for name, value in options.items())
    return f"<configuration>\n{''.join(properties)}</configuration>\n"


def _write_secret(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")  # as its Java readers take it

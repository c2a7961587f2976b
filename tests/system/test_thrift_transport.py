"""TLS and HTTP at the Thrift server, asked by the clients that a stranger has, by our own commands and by the health check."""

from __future__ import annotations

import datetime
import ssl
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhive import hive
from thrift.transport.THttpClient import THttpClient
from thrift.transport.TTransport import TTransportException

from sportdata.adapters.hive import query
from sportdata.adapters.keystore import write_keystore
from sportdata.errors import BrokenWorld
from sportdata.local import healthy
from tests.system.thrift_server import Server, running

WAYS: list[dict[str, Any]] = [
    {"thrift_transport": "binary", "tls": True},
    {"thrift_transport": "http", "tls": True},
    {"thrift_transport": "http", "tls": False},
]
STATEMENT = "SELECT count(*) FROM gold.activites"


def certificate(folder: Path) -> Path:
    """As `openssl req -x509` makes one, with its key before it."""
    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "thrift.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    trusted = pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(made, b"thrift")], serialization.BestAvailableEncryption(b"trust"))
    (folder / "trust.p12").write_bytes(trusted)
    return pem


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: f"{way['thrift_transport']}{'-tls' if way['tls'] else ''}")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("transport")
    way = dict(request.param)
    if way.pop("tls"):
        way["thrift_tls"] = certificate(folder / "tls")
    with running(folder / "home", **way) as one:
        yield one


def test_our_own_commands_read(server: Server) -> None:
    assert query(server.settings, STATEMENT) == (["count(1)"], [(105,)])


def test_our_own_commands_trust_no_other_certificate(server: Server, tmp_path: Path) -> None:
    if not server.settings.thrift_tls:
        pytest.skip("there is no certificate here")
    other = server.settings.model_copy(update={"thrift_tls": certificate(tmp_path / "other")})
    with pytest.raises(BrokenWorld, match="does not let us in"):
        query(other, STATEMENT)


def test_jdbc_reads(server: Server) -> None:
    more = ""
    if server.settings.thrift_tls:
        trusted = server.settings.thrift_tls.parent / "trust.p12"
        more += f";ssl=true;sslTrustStore={trusted};trustStorePassword=trust"
    if server.settings.thrift_transport == "http":
        more += ";transportMode=http;httpPath=cliservice"
    answer = server.jdbc_answer("bi", f"cursor.execute({STATEMENT!r})\nanswer = cursor.fetchall()", more)
    assert answer == [[105]]


def test_pyhive_reads_by_http_and_a_wrong_password_does_not(server: Server) -> None:
    if server.settings.thrift_transport != "http":
        pytest.skip("this one speaks binary")
    scheme = "https" if server.settings.thrift_tls else "http"
    common = {"scheme": scheme, "host": "127.0.0.1", "port": server.port, "auth": "BASIC"}
    with hive.connect(**common, username="bi", password=server.password("bi")) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT current_user()")
        assert cursor.fetchall() == [("bi",)]
        with pytest.raises(hive.OperationalError, match="refused: DropTable"):
            cursor.execute("DROP TABLE gold.kpis")
    for user, password in (("bi", server.password("rh")), ("rh", server.password("bi")), ("rh", "")):
        with pytest.raises((TTransportException, hive.OperationalError)):
            hive.connect(**common, username=user, password=password)


@pytest.mark.parametrize("way", ["of the request", "of the address"])
def test_nobody_speaks_for_another_account_by_http(server: Server, way: str) -> None:
    if server.settings.thrift_transport != "http" or server.settings.thrift_tls:
        pytest.skip("asked over plain HTTP")
    address = f"http://127.0.0.1:{server.port}/cliservice"
    over_http = THttpClient(address if way == "of the request" else f"{address}?doAs=rh")
    known = b64encode(f"bi:{server.password('bi')}".encode()).decode()
    over_http.setCustomHeaders({"Authorization": f"Basic {known}"})
    configuration = {"hive.server2.proxy.user": "rh"} if way == "of the request" else {}
    with pytest.raises(hive.OperationalError, match="substitution is not allowed"):
        hive.connect(thrift_transport=over_http, configuration=configuration)


def test_a_client_without_tls_gets_nothing(server: Server) -> None:
    if not server.settings.thrift_tls:
        pytest.skip("there is no TLS here")
    plain = server.settings.model_copy(update={"thrift_tls": None})
    with pytest.raises(BrokenWorld):
        query(plain, STATEMENT)


def test_the_certificate_shown_is_the_one_given(server: Server) -> None:
    if not server.settings.thrift_tls:
        pytest.skip("there is no TLS here")
    told = ssl.get_server_certificate(("127.0.0.1", server.port))
    assert told.strip() in server.settings.thrift_tls.read_text()


def test_the_health_check_logs_in(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPORTDATA_SECRETS", str(tmp_path))
    monkeypatch.setenv("SPORTDATA_THRIFT_TRANSPORT", server.settings.thrift_transport)
    monkeypatch.setenv("SPORTDATA_THRIFT_TLS", str(server.settings.thrift_tls or ""))
    monkeypatch.setattr(healthy, "THRIFT_PORT", server.port)
    (tmp_path / "thrift").write_text(server.password("rh"))
    assert healthy.login() is None
    (tmp_path / "thrift").write_text("wrong")
    assert "does not let rh in" in str(healthy.login())


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for file in (tmp_path / "no.pem", tmp_path / "none.pem"):
        with pytest.raises(BrokenWorld, match="is not a PEM file of a private key and its certificate"):
            write_keystore(file, tmp_path / "out.p12", "x")

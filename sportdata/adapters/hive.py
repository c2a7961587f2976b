"""SQL through the Thrift server, as Power BI does it (PyHive)."""

from __future__ import annotations

import logging
import re
import ssl
from base64 import b64encode
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from pyhive import hive
from pyhive.exc import Error
from thrift.transport.THttpClient import THttpClient
from thrift.transport.TSocket import TSocket
from thrift.transport.TSSLSocket import TSSLSocket
from thrift.transport.TTransport import TTransportException
from thrift_sasl import TSaslClientTransport

from sportdata.errors import BrokenWorld, WrongUse
from sportdata.settings import Settings

# Of a server that is not there thrift also warns on stderr, beside the error that it raises: one line is enough for a person.
logging.getLogger("thrift").addHandler(logging.NullHandler())


def query(settings: Settings, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """(column names, rows). Raises WrongUse for SQL that the server refuses, BrokenWorld when it does not answer."""
    where = f"{settings.host_of('thrift')}:{settings.port('thrift')}"
    try:
        connection = hive.connect(username=settings.thrift_user, thrift_transport=_transport(settings))
    except (TTransportException, OSError, HTTPException, AttributeError) as error:  # the last: Thrift's TLS socket, its handshake failed
        raise BrokenWorld(f"thrift at {where} does not let us in: {error}. Is the stack up? (`sportdata status`)") from error
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        names = [column[0] for column in cursor.description or ()]
        return names, [tuple(row) for row in cursor.fetchall()] if names else []
    except Error as error:
        raise WrongUse(f"the Thrift server refuses this statement: {_reason(error)}") from error
    except (TTransportException, OSError, HTTPException) as error:
        raise BrokenWorld(f"thrift at {where} went away: {error}") from error
    finally:
        with suppress(TTransportException, OSError, HTTPException, Error):  # the server that went away has closed it already
            connection.close()


def _transport(settings: Settings) -> Any:
    """The way to the server that the settings say. With TLS, the certificate of SPORTDATA_THRIFT_TLS is the one that is trusted."""
    host, port = settings.host_of("thrift"), settings.port("thrift")
    user, password = settings.thrift_user, settings.password("thrift").get_secret_value()
    context = None
    if settings.thrift_tls:
        context = ssl.create_default_context(cafile=settings.thrift_tls)
        context.check_hostname = False  # it is this certificate, whatever name stands in it
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if settings.thrift_transport == "http":
        over_http = THttpClient(f"{'https' if context else 'http'}://{host}:{port}/cliservice", ssl_context=context)
        over_http.setCustomHeaders({"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"})
        return over_http
    socket = TSSLSocket(host, port, ssl_context=context, validate_callback=lambda *_: None) if context else TSocket(host, port)
    return TSaslClientTransport(lambda: hive.get_installed_sasl(host, "PLAIN", username=user, password=password), "PLAIN", socket)


def _reason(error: Exception) -> str:
    """Spark's own sentence out of a Thrift status that carries whole stack traces."""
    text = str(error)
    found = re.search(r"errorMessage=(['\"])(.*?)\1[,)]", text, re.DOTALL)
    said = (found.group(2) if found else text).replace("\\n", "\n")
    lines = [line for line in said.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    return " ".join(lines)[:600].removeprefix("Error running query: ")

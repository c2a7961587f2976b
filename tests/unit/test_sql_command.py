"""`sportdata sql` against a Thrift server that knows no SQL: what a table holds is shown as it is, and a death is said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket

import pytest
from TCLIService import TCLIService, ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.server.THttpServer import THttpServer

from sportdata.adapters import hive
from sportdata.errors import BrokenWorld
from sportdata.local import commands
from sportdata.settings import PORTS, ROOT, Settings

FINE = ttypes.TStatus(ttypes.TStatusCode.SUCCESS_STATUS)
HANDLE = ttypes.THandleIdentifier(guid=b"g" * 16, secret=b"s" * 16)


class Server:
    """One table of one text column, whatever is asked; with `dies_at` it goes away instead of answering that statement."""

    def __init__(self, column: str, values: list[str], dies_at: str | None = None) -> None:
        self.column, self.values, self.dies_at = column, values, dies_at
        self.http = THttpServer(TCLIService.Processor(self), ("127.0.0.1", 0), TBinaryProtocolFactory())
        self.http.httpd.RequestHandlerClass.log_message = lambda *_: None

    def OpenSession(self, asked: ttypes.TOpenSessionReq) -> ttypes.TOpenSessionResp:
        return ttypes.TOpenSessionResp(FINE, asked.client_protocol, ttypes.TSessionHandle(HANDLE), {})

    def ExecuteStatement(self, asked: ttypes.TExecuteStatementReq) -> ttypes.TExecuteStatementResp:
        if asked.statement == self.dies_at:
            self.http.httpd.socket.close()
            raise SystemExit  # ends the thread that serves: any Exception would be an answer
        self.left = list(self.values)
        kind = ttypes.TOperationType.EXECUTE_STATEMENT
        return ttypes.TExecuteStatementResp(FINE, ttypes.TOperationHandle(HANDLE, kind, hasResultSet=True))

    def GetOperationStatus(self, _: object) -> ttypes.TGetOperationStatusResp:
        return ttypes.TGetOperationStatusResp(FINE, ttypes.TOperationState.FINISHED_STATE)

    def GetResultSetMetadata(self, _: object) -> ttypes.TGetResultSetMetadataResp:
        text = ttypes.TTypeDesc([ttypes.TTypeEntry(ttypes.TPrimitiveTypeEntry(ttypes.TTypeId.STRING_TYPE))])
        return ttypes.TGetResultSetMetadataResp(FINE, ttypes.TTableSchema([ttypes.TColumnDesc(self.column, text, 1)]))

    def FetchResults(self, _: object) -> ttypes.TFetchResultsResp:
        column = ttypes.TColumn(stringVal=ttypes.TStringColumn(self.left, b""))
        self.left = []
        return ttypes.TFetchResultsResp(FINE, False, ttypes.TRowSet(0, [], [column]))

    def CloseOperation(self, _: object) -> ttypes.TCloseOperationResp:
        return ttypes.TCloseOperationResp(FINE)

    def CloseSession(self, _: object) -> ttypes.TCloseSessionResp:
        return ttypes.TCloseSessionResp(FINE)


@contextmanager
def serving(home: Path, server: Server) -> Iterator[Settings]:
    """The settings that reach it."""

    def serve() -> None:
        with suppress(SystemExit):
            http.serve_forever(poll_interval=0.02)

    (home / "secrets.json").write_text(json.dumps({"thrift": "word"}))
    http = server.http.httpd
    serves = threading.Thread(target=serve, daemon=True)
    serves.start()
    try:
        with pytest.MonkeyPatch.context() as ports:
            ports.setitem(PORTS, "thrift", http.server_port)
            yield Settings(home=home, thrift_transport="http")
    finally:
        http.shutdown()
        http.server_close()
        serves.join()


HELD = ["Super [/rire] !", "[bold]Paul[/bold] :tada: [x]", "deux\nlignes", "\x1b[2Jvide"]


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_what_a_table_holds_is_shown_and_not_obeyed(tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path, Server("[red]note", HELD)) as settings:
        commands.sql(settings, "SELECT commentaire FROM gold.activites", form)
    shown = capsys.readouterr().out
    assert all(text in shown for text in ["[red]note", *HELD[:2]])
    if form == "table":
        assert [line.rstrip() for line in shown.splitlines()][1:] == [*HELD[:2], r"deux\nlignes", r"\x1b[2Jvide"]


def test_a_state_with_brackets_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    commands._show_status({"ready": False, "components": {"postgres": {"state": "starting", "detail": "lost [/var/x]"}}})
    assert "lost [/var/x]" in capsys.readouterr().out


def test_a_server_that_dies_under_a_statement_is_a_broken_world(tmp_path: Path) -> None:
    with serving(tmp_path, Server("n", [], dies_at="SELECT 1")) as settings, pytest.raises(BrokenWorld, match=r"thrift at .* went away"):
        hive.query(settings, "SELECT 1")


def taken_by(one: socket, port: int) -> bool:
    with suppress(OSError):
        one.bind(("127.0.0.1", port))
        return True
    return False


def test_a_server_that_is_not_there_is_said_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"thrift": "word"}))
    with socket() as taken:  # and listened to by nobody
        offset = str(next(offset for offset in range(14_000, 15_000) if taken_by(taken, offset + PORTS["thrift"])))
        environment = {"SPORTDATA_HOME": str(tmp_path), "SPORTDATA_PORT_OFFSET": offset, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-m", "sportdata", "kpis"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "does not let us in" in done.stderr

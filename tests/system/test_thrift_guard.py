"""The Thrift server for strangers: what BI tools send passes, everything else is refused and leaves no trace."""

from __future__ import annotations

import itertools
import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from pyhive import hive
from sqlalchemy import MetaData, create_engine, func, inspect, select
from sqlalchemy import Table as SqlTable
from TCLIService import TCLIService, ttypes
from thrift.transport.TTransport import TTransportException

from sportdata.contracts.sql import columns_for_bi
from sportdata.contracts.tables import BRONZE, ELIGIBILITES, HR_VERSIONS, KPIS, KPIS_HISTORIQUE, PUBLIC, SIMULATIONS
from sportdata.errors import WrongUse
from sportdata.local.thrift import accounts
from sportdata.settings import ROLES, Settings
from tests.system.clients import rows_of
from tests.system.endless import HUGE, WRITTEN_OUT
from tests.system.thrift_server import SLOW, THRICE, TODAY, Server, running
from tests.unit import lake
from tests.waiting import until

LIMIT_S = 300
GOLD = [table for table in PUBLIC if table.schema == "gold"]
AMOUNTS = ["montant_prime_euros", "montant_en_attente_euros"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("thrift") / "home", thrift_query_limit_s=LIMIT_S) as one:
        yield one


def one_a_line(file: str) -> list[str]:
    return [line for line in Path(__file__).with_name(file).read_text().splitlines() if not line.startswith("--")]


# ---- what BI tools send ----------------------------------------------------------------------------------------------------------------

STATEMENTS = one_a_line("sent_by_bi_tools.sql")


@pytest.mark.parametrize("user", ["bi", "rh"])
def test_what_bi_tools_send_passes(server: Server, user: str) -> None:
    """For rh, who may read more, what differs: whole tables, and what is no query."""
    refused = []
    statements = STATEMENTS if user == "bi" else [one for one in STATEMENTS if "*" in one or not one.startswith(("SELECT", "WITH"))]
    with server.connect(user, database="gold") as connection:
        for statement in statements:
            try:
                rows_of(connection, statement)
            except hive.OperationalError as error:
                refused.append(f"{statement}: {error.args[0].status.errorMessage}")
    assert refused == []


def test_answers_are_right(server: Server) -> None:
    assert server.ask("bi", "SELECT sum(nb_activites), max(distance_km) FROM gold.eligibilites") == [(105, Decimal("15.100"))]
    assert server.ask("rh", "SELECT sum(montant_prime_euros) FROM gold.eligibilites") == [(Decimal("1500.00"),)]
    assert server.ask("bi", "SELECT prime_total_eur FROM gold.kpis") == [(Decimal("1500.00"),)]


# ---- who reads what --------------------------------------------------------------------------------------------------------------------


def test_bi_reads_everything_of_gold_but_the_amounts_of_persons(server: Server) -> None:
    with server.connect("bi") as connection:
        for table in GOLD:
            cursor = connection.cursor()
            cursor.execute(f"SELECT * FROM {table.full_name}")
            assert [column[0] for column in cursor.description] == [column.name for column in columns_for_bi(table)]
            assert len(cursor.fetchall()) == len(server.ask("rh", f"SELECT 1 FROM {table.full_name}"))
    assert [column.name for column in ELIGIBILITES.columns if column not in columns_for_bi(ELIGIBILITES)] == AMOUNTS


def test_bi_reads_no_pending_amount_and_no_earlier_total_which_may_be_those_of_one_person(server: Server) -> None:
    assert "pending_eur can be read by the account rh alone" in server.refusal("bi", "SELECT pending_eur FROM gold.kpis")
    for when in ("VERSION AS OF 0", "TIMESTAMP AS OF '2026-01-01'"):
        assert "gold" in server.refusal("bi", f"SELECT prime_total_eur FROM gold.kpis {when}")
    assert server.ask("rh", "SELECT pending_eur FROM gold.kpis VERSION AS OF 0") == []


def test_bi_reads_no_amount_of_a_bu_which_may_be_one_person(server: Server) -> None:
    for table in (KPIS_HISTORIQUE, SIMULATIONS):
        for column in ("prime_total_eur", "pending_eur"):
            assert column in server.refusal("bi", f"SELECT {column} FROM {table.full_name}")
            assert server.ask("rh", f"SELECT {column} FROM {table.full_name}") == []


@pytest.mark.parametrize("column", AMOUNTS)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT {} FROM gold.eligibilites",
        "SELECT e.{} FROM gold.eligibilites e",
        "SELECT `gold`.`eligibilites`.`{}` FROM gold.eligibilites",
        "SELECT bu FROM gold.eligibilites ORDER BY {}",
        "SELECT bu FROM gold.eligibilites WHERE {} > 1000",
        "SELECT bu, sum({}) FROM gold.eligibilites GROUP BY bu",
        "WITH a AS (SELECT * FROM gold.eligibilites) SELECT {} FROM a",
        "SELECT max((SELECT max({}) FROM gold.eligibilites))",
        "EXPLAIN SELECT {} FROM gold.eligibilites",
    ],
)
def test_an_amount_is_refused_to_bi_with_the_account_that_has_it(server: Server, statement: str, column: str) -> None:
    said = server.refusal("bi", statement.format(column.upper()))
    assert f"the column {column.upper()} can be read by the account rh alone" in said
    server.ask("rh", statement.format(column))


def test_bronze_is_of_rh_alone(server: Server) -> None:
    for statement in ("SELECT * FROM bronze.sport_activities", "DESCRIBE bronze.sport_activities", "USE bronze", "SHOW TABLES IN bronze"):
        assert "the schema bronze can be read by the account rh alone" in server.refusal("bi", statement)
        server.ask("rh", statement)


def test_no_catalogue_call_shows_bi_what_it_may_not_read(server: Server) -> None:
    shown = {user: metadata(server, user, "GetColumns", schemaName="%", tableName="%") for user in ("rh", "bi")}
    columns = {user: {(row[1], row[2], row[3]) for row in rows} for user, rows in shown.items()}
    assert columns["rh"] == {(table.schema, table.name, column.name) for table in PUBLIC for column in table.columns}
    assert columns["bi"] == {(table.schema, table.name, column.name) for table in PUBLIC for column in columns_for_bi(table)}
    assert {row[1] for row in metadata(server, "bi", "GetTables", schemaName="%", tableName="%")} == {"gold"}
    told = str(server.ask("bi", "DESCRIBE EXTENDED gold.eligibilites") + server.ask("bi", "SHOW CREATE TABLE gold.eligibilites"))
    assert not any(column in told for column in AMOUNTS)


# ---- attacks ---------------------------------------------------------------------------------------------------------------------------

ATTACKS = one_a_line("attacks.sql")


def files(*folders: Path) -> dict[str, int]:
    """Every file below and when it was written; logs and Spark's own scratch files aside."""
    found = {}
    for folder in folders:
        found |= {str(file): file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    return found


@pytest.mark.parametrize("user", ["rh", "bi"])
def test_every_attack_is_refused_and_leaves_nothing(server: Server, user: str, tmp_path: Path) -> None:
    salaries = server.lake / HR_VERSIONS.schema / HR_VERSIONS.name
    assert salaries.is_dir()
    watched = (server.lake, server.settings.home / "thrift", server.settings.home / "spark" / "thrift" / "warehouse", tmp_path)
    before = files(*watched)
    passed = []
    with server.connect(user, database="gold") as connection:
        for attack in ATTACKS:
            try:
                rows = rows_of(connection, attack.format(salaries=salaries, out=tmp_path / "out"))
                passed.append(f"{attack}: {rows[:2]}")
            except hive.OperationalError as error:
                said = str(error.args[0].status.errorMessage)
                if not any(reason in said for reason in ("refused: ", "PARSE_SYNTAX_ERROR", "TABLE_OR_VIEW_NOT_FOUND")):
                    passed.append(f"{attack}: refused by chance, {said[:200]}")
        assert rows_of(connection, "SELECT employees FROM kpis") == [(2,)]
    assert passed == []
    assert files(*watched) == before


SETTINGS = [
    "spark.sql.variable.substitute=true",
    "spark.sql.catalog.other=org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.thriftServer.queryTimeout=0",
]


@pytest.mark.parametrize("user", ["rh", "bi"])
def test_a_setting_has_no_effect(server: Server, user: str) -> None:
    with server.connect(user) as connection:
        for setting in SETTINGS:
            assert rows_of(connection, f"SET {setting}") == []
        assert rows_of(connection, "SELECT '${env:PATH} ${spark.driver.host} ${system:user.dir}'") == [
            ("${env:PATH} ${spark.driver.host} ${system:user.dir}",)
        ]
        rows_of(connection, "SET TIME ZONE 'Asia/Tokyo'")
        assert rows_of(connection, "SELECT current_timezone()") == [("UTC",)]


@pytest.mark.parametrize(
    "settings",
    [
        {"set:system:sportdata.thrift.password.file": "/etc/passwd"},
        {"set:hiveconf:spark.sql.variable.substitute": "true"},
        {"set:hivevar:spark.sql.variable.substitute": "true"},
        {"spark.sql.variable.substitute": "true"},
    ],
)
def test_what_a_client_sets_when_it_connects_has_no_effect(server: Server, settings: dict[str, str]) -> None:
    with server.connect("bi", configuration=settings) as connection:
        assert rows_of(connection, "SELECT '${env:PATH}'") == [("${env:PATH}",)]
    assert server.ask("bi", "SELECT current_user()") == [("bi",)]


@pytest.mark.parametrize("schema", ["bronze", "delta", "global_temp", "gold; DROP TABLE gold.kpis", "interne"])
def test_no_session_opens_in_a_schema_that_is_not_the_accounts(server: Server, schema: str) -> None:
    with pytest.raises((hive.OperationalError, TTransportException)):
        server.connect("bi", database=schema)
    server.ask("bi", "SELECT * FROM gold.kpis")


def test_nobody_speaks_for_another_account(server: Server) -> None:
    with pytest.raises(hive.OperationalError, match="substitution is not allowed"):
        server.connect("bi", configuration={"hive.server2.proxy.user": "rh"})
    with server.connect("bi") as connection:
        request = ttypes.TOpenSessionReq(client_protocol=ttypes.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V6, username="rh")
        handle = connection.client.OpenSession(request).sessionHandle
        asked = ttypes.TExecuteStatementReq(handle, "SELECT current_user()", runAsync=False)
        answer = connection.client.FetchResults(ttypes.TFetchResultsReq(connection.client.ExecuteStatement(asked).operationHandle, 0, 1))
        assert answer.results.columns[0].stringVal.values == ["bi"]


WRONG = [("bi", "of rh"), ("rh", "of bi"), ("rh", ""), ("", ""), ("root", "of rh"), ("rh\nbi", "of rh")]


@pytest.mark.parametrize(("user", "password"), WRONG)
def test_each_account_has_its_own_password(server: Server, user: str, password: str) -> None:
    word = server.password(password.removeprefix("of ")) if password else "x"
    with pytest.raises((TTransportException, hive.OperationalError)):
        hive.connect(host="127.0.0.1", port=server.port, username=user, password=word, auth="CUSTOM")


def test_the_process_holds_no_secret_but_its_own(server: Server) -> None:
    drawn: dict[str, str] = json.loads((server.settings.home / "secrets.json").read_text())
    of_others = [drawn[name] for name in (*ROLES, "spark") if name != "user"]
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    assert any("java" in process.name() for process in family)
    for process in family:
        try:
            held = str(process.environ()) + str(process.cmdline())
        except psutil.NoSuchProcess:  # a child that has ended meanwhile
            continue
        assert [word for word in of_others if word in held] == []
    own = server.settings.home / "thrift"
    texts = {file: file.read_bytes().decode(errors="replace") for file in own.rglob("*") if file.is_file()}
    assert [file for file, text in texts.items() if any(word in text for word in of_others)] == []
    assert texts[own / "password"].split() == ["rh", drawn["thrift"], "bi", drawn["thrift_bi"]]
    assert (own / "password").stat().st_mode & 0o077 == 0
    log = server.settings.logs.joinpath("thrift.log").read_text()
    assert [name for name, word in drawn.items() if name != "user" and word in log] == []


def test_two_accounts_have_two_names(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="SPORTDATA_THRIFT_USER and SPORTDATA_THRIFT_BI_USER are both 'bi'"):
        accounts(Settings(home=tmp_path, thrift_user="bi"))


# ---- clients ---------------------------------------------------------------------------------------------------------------------------


def metadata(server: Server, user: str, call: str, **wanted: Any) -> list[tuple[Any, ...]]:
    """What a catalogue call of the protocol answers, which is what ODBC and JDBC drivers build their trees from."""
    with server.connect(user) as connection:
        client: TCLIService.Client = connection.client
        request = getattr(ttypes, f"T{call}Req")(sessionHandle=connection.sessionHandle, **wanted)
        answer = getattr(client, call)(request)
        assert answer.status.statusCode == ttypes.TStatusCode.SUCCESS_STATUS, answer.status
        fetched = client.FetchResults(ttypes.TFetchResultsReq(answer.operationHandle, ttypes.TFetchOrientation.FETCH_FIRST, 10_000))
        columns = [next(value for value in vars(column).values() if value is not None).values for column in fetched.results.columns]
        return list(zip(*columns, strict=True))


@pytest.mark.parametrize("user", ["rh", "bi"])
def test_the_catalogue_calls_of_drivers_are_answered(server: Server, user: str) -> None:
    assert {"gold", "default"} <= {row[0] for row in metadata(server, user, "GetSchemas")}
    tables = {row[2] for row in metadata(server, user, "GetTables", schemaName="gold", tableName="%")}
    assert tables == {table.name for table in GOLD}
    assert {"INT", "STRING", "DECIMAL", "TIMESTAMP", "DATE", "BOOLEAN"} <= {row[0] for row in metadata(server, user, "GetTypeInfo")}
    assert {"TABLE", "VIEW"} <= {row[0] for row in metadata(server, user, "GetTableTypes")}
    assert metadata(server, user, "GetFunctions", functionName="sum")
    assert metadata(server, user, "GetCatalogs") is not None


def test_jdbc_reads_its_catalogue_and_rows(server: Server) -> None:
    script = """
meta = connection.jconn.getMetaData()
def column(found, name):
    rows = []
    while found.next():
        rows.append(str(found.getString(name)))
    return rows
answer = {"columns": column(meta.getColumns(None, "gold", "eligibilites", "%"), "COLUMN_NAME"),
          "tables": column(meta.getTables(None, "gold", "%", None), "TABLE_NAME"),
          "types": len(column(meta.getTypeInfo(), "TYPE_NAME"))}
cursor.execute("SELECT bu, count(*) FROM gold.activites GROUP BY bu")
answer["rows"] = cursor.fetchall()
try:
    cursor.execute("SELECT montant_prime_euros FROM gold.eligibilites")
except Exception as error:
    answer["refused"] = str(error)
"""
    answer = server.jdbc_answer("bi", script, "?spark.sql.variable.substitute=true#evil=1")
    assert answer["columns"] == [column.name for column in columns_for_bi(ELIGIBILITES)]
    assert sorted(answer["tables"]) == sorted(table.name for table in GOLD)
    assert answer["types"] > 10
    assert answer["rows"] == [["Ventes", 105]]
    assert "can be read by the account rh alone" in answer["refused"]


def test_beeline_reads_and_is_refused(server: Server) -> None:
    read = server.beeline("bi", "SELECT count(*) AS n FROM gold.activites")
    assert read.returncode == 0, read.stderr
    assert "105" in read.stdout
    refused = server.beeline("bi", "DROP TABLE gold.kpis")
    assert refused.returncode != 0
    assert "refused: DropTable" in refused.stderr + refused.stdout


@pytest.mark.parametrize("user", ["rh", "bi"])
def test_sqlalchemy_reflects_and_reads(server: Server, user: str) -> None:
    where = f"hive://{user}@127.0.0.1:{server.port}/gold"
    engine = create_engine(where, connect_args={"auth": "CUSTOM", "password": server.password(user)})
    try:
        with engine.connect() as connection:
            assert inspect(engine).has_table("eligibilites", schema="gold")
            table = SqlTable("activites", MetaData(), autoload_with=connection, schema="gold")
            counted = select(table.c.bu, func.count()).where(table.c.compte).group_by(table.c.bu)
            assert connection.execute(counted).fetchall() == [("Ventes", 105)]
    finally:
        engine.dispose()


def test_several_clients_read_whole_batches_while_gold_is_written(server: Server) -> None:
    rows = lake.clean(TODAY)
    done = threading.Event()
    seen: dict[int, set[int]] = {number: set() for number in range(4)}
    reads = dict.fromkeys(seen, 0)
    wrong: list[str] = []

    def read(number: int) -> None:
        with server.connect("bi" if number % 2 else "rh") as connection:
            while not done.is_set():
                reads[number] += 1
                found = rows_of(connection, "SELECT batch_id, count(*), sum(nb_activites) FROM gold.eligibilites GROUP BY batch_id")
                seen[number] |= {row[0] for row in found}
                if [row[1:] for row in found] != [(2, 105)]:
                    wrong.append(str(found))

    def write(batches: Iterator[int]) -> bool:
        """A batch while all of them read, and no more of them than readers: a slow machine would have ever more versions to go through."""
        batch, before = next(batches), sum(reads.values())
        lake.overwrite(server.lake, ELIGIBILITES, [{**row, "batch_id": batch} for row in rows["eligibilites"]])
        until(lambda: sum(reads.values()) > before)
        return all(len(found) > 3 for found in seen.values())

    threads = [threading.Thread(target=read, args=(number,)) for number in seen]
    for thread in threads:
        thread.start()
    batches = itertools.count(100)
    try:
        until(lambda: write(batches), timeout=600)
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
        lake.write(server.lake, rows)
    assert wrong == []


# ---- limits ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", HUGE)
def test_what_grows_without_end_is_refused(server: Server, statement: str) -> None:
    assert "more than 10000000 rows in one task" in server.refusal("bi", statement)
    assert server.ask("bi", "SELECT count(*) FROM gold.activites") == [(105,)]


@pytest.mark.parametrize("statement", WRITTEN_OUT, ids=range(len(WRITTEN_OUT)))
def test_what_grows_before_there_is_a_job_to_cancel_is_refused(server: Server, statement: str) -> None:
    assert "refused: " in server.refusal("bi", statement)
    assert psutil.pid_exists(server.pid) and server.ask("bi", "SELECT 1") == [(1,)]


def test_a_fetch_is_never_larger_than_ten_thousand_rows_whatever_the_client_asks(server: Server) -> None:
    with server.connect("bi") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT a.id, b.id FROM gold.activites a, gold.activites b, gold.activites c LIMIT 25000")
        handle = cursor._operationHandle
        sizes = []
        while not sizes or sizes[-1]:
            answer = connection.client.FetchResults(ttypes.TFetchResultsReq(handle, ttypes.TFetchOrientation.FETCH_NEXT, 1_000_000))
            sizes.append(len(next(value for value in vars(answer.results.columns[0]).values() if value is not None).values))
    assert sizes == [10_000, 10_000, 5_000, 0]


def test_a_large_result_arrives(server: Server) -> None:
    assert (
        len(server.ask("bi", "SELECT a.id, b.id, c.duree_s FROM gold.activites a, gold.activites b, gold.activites c LIMIT 100000"))
        == 100_000
    )


BAD = ["SELEC 1", "SELECT nothing FROM gold.kpis", "SELECT * FROM gold.none", "", ";", "SELECT 1/0 +", "('" * 3000]


@pytest.mark.parametrize("bad", BAD)
def test_bad_sql_is_told_and_survived(server: Server, bad: str) -> None:
    with server.connect("bi") as connection:
        with pytest.raises(hive.OperationalError):
            rows_of(connection, bad)
        assert rows_of(connection, "SELECT 1") == [(1,)]


def test_dropped_connections_are_survived_and_their_statements_ended(server: Server) -> None:
    for begun in (b"", b"\x01", b"\x01\x00\x00\x00\x05PLAIN", b"GET / HTTP/1.0\r\n\r\n", os.urandom(400), struct.pack(">BI", 1, 2**31 - 1)):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(begun)
    connection = server.connect("bi")
    cursor = connection.cursor()
    cursor.execute(f"SELECT max({SLOW}) FROM {THRICE}", async_=True)
    until(lambda: cursor.poll().operationState == ttypes.TOperationState.RUNNING_STATE)
    connection._transport.close()
    assert server.ask("bi", "SELECT 1") == [(1,)]
    until(lambda: busy(server) < 0.5, timeout=60)


def busy(server: Server) -> float:
    """Cores that the server uses, over a second."""
    java = next(process for process in psutil.Process(server.pid).children(recursive=True) if "java" in process.name())
    return java.cpu_percent(interval=1) / 100


def test_the_tables_of_the_contract_are_still_those_of_the_lake(server: Server) -> None:
    """After everything above."""
    assert server.ask("rh", f"SELECT count(*) FROM {BRONZE.full_name}") == [(0,)]
    assert server.ask("rh", f"SELECT employees FROM {KPIS.full_name}") == [(2,)]

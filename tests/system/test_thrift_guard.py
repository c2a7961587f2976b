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
from sportdata.local.thrift import accounts, compile_guard
from sportdata.settings import ROLES, Settings
from tests.system.clients import rows_of
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


# ---- what BI tools send ----------------------------------------------------------------------------------------------------------------

STATEMENTS = """
SELECT 1
SELECT * FROM gold.kpis LIMIT 200
SELECT * FROM `spark_catalog`.`gold`.`eligibilites` LIMIT 200
SELECT `t`.`bu`, count(1) AS `n`, avg(`t`.`distance_km`) FROM `gold`.`eligibilites` AS `t` GROUP BY `t`.`bu` ORDER BY `n` DESC LIMIT 1001
SELECT bu, sum(CASE WHEN prime_sportive THEN 1 ELSE 0 END) / count(*) AS share FROM gold.eligibilites GROUP BY bu HAVING count(*) > 0
SELECT count(DISTINCT employee_id), min(date_debut), max(date_debut), sum(distance_m), stddev(duree_s) FROM gold.activites
SELECT date_trunc('MONTH', date_debut) AS mois, type_activite, count(*) FROM gold.activites GROUP BY 1, 2 ORDER BY 1, 2
SELECT year(jour), month(jour), quarter(jour), dayofweek(jour), weekofyear(jour), extract(DAY FROM jour) FROM gold.activites LIMIT 3
SELECT date_format(jour, 'yyyy-MM'), add_months(jour, 1), datediff(current_date(), jour), last_day(jour) FROM gold.activites LIMIT 3
SELECT to_date('2026-01-01'), CAST('2026-01-01' AS TIMESTAMP), TIMESTAMP '2026-01-01 00:00:00', DATE '2026-01-01' + INTERVAL 1 DAY
SELECT from_utc_timestamp(date_debut, 'Europe/Paris') FROM gold.activites WHERE jour BETWEEN DATE '2026-01-01' AND DATE '2026-12-31'
SELECT upper(bu), concat(bu, ' ', moyen_deplacement), substring(bu, 1, 3), length(trim(bu)), replace(bu, 'e', 'E') FROM gold.eligibilites
SELECT * FROM gold.activites WHERE type_activite LIKE 'Ru%' AND lower(commentaire) IN ('dupont') AND distance_m IS NOT NULL LIMIT 10
SELECT coalesce(distance_m, 0), nullif(duree_s, 0), if(compte, 1, 0), round(distance_m / 1000, 1), CAST(id AS DOUBLE) FROM gold.activites
SELECT bu, row_number() OVER (PARTITION BY bu ORDER BY nb_activites DESC), sum(nb_activites) OVER (ORDER BY bu) FROM gold.eligibilites
SELECT bu, rank() OVER w, lag(nb_activites) OVER w FROM gold.eligibilites WINDOW w AS (PARTITION BY bu ORDER BY nb_activites)
WITH a AS (SELECT bu, count(*) AS n FROM gold.activites GROUP BY bu), b AS (SELECT max(n) AS m FROM a) SELECT * FROM a JOIN b ON a.n = b.m
SELECT a.bu, e.nb_activites FROM gold.activites a LEFT JOIN gold.eligibilites e ON a.employee_id = e.employee_id LIMIT 5
SELECT * FROM (SELECT bu, nb_activites FROM gold.eligibilites) `custom_query` WHERE 1 = 0
SELECT * FROM gold.eligibilites WHERE employee_id IN (SELECT employee_id FROM gold.activites) AND EXISTS (SELECT 1 FROM gold.kpis)
SELECT (SELECT max(nb_activites) FROM gold.eligibilites) AS m, bu FROM gold.eligibilites
SELECT bu FROM gold.eligibilites UNION SELECT bu FROM gold.activites EXCEPT SELECT 'x' INTERSECT SELECT 'y'
SELECT * FROM (SELECT bu, type_activite, duree_s FROM gold.activites) PIVOT (sum(duree_s) FOR type_activite IN ('Trail', 'Escalade'))
SELECT bu, percentile_approx(duree_s, 0.5), collect_set(type_activite) FROM gold.activites GROUP BY ROLLUP (bu)
SELECT bu, count(*) FILTER (WHERE compte) FROM gold.activites GROUP BY GROUPING SETS ((bu), ())
SELECT bu, type_activite, employee_id, count(*) FROM gold.activites GROUP BY CUBE (bu, type_activite, employee_id)
SELECT replace(replace(replace(replace(replace(replace('x', 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'à', 'a'), 'î', 'i'), 'ç', 'c') FROM gold.kpis
SELECT regexp_replace(regexp_replace(regexp_replace(commentaire, '[éèê]', 'e'), '[àâ]', 'a'), '[^a-z]+', ' ') FROM gold.activites LIMIT 3
SELECT transform(split(commentaire, ' '), word -> upper(word)), size(split(commentaire, ' ')) FROM gold.activites LIMIT 3
SELECT bu, array_join(collect_set(type_activite), ', ') FROM gold.activites GROUP BY bu
SELECT concat(bu, ' ', type_activite) AS a, concat(a, ' ', commentaire) AS b, concat(a, b) AS c FROM gold.activites LIMIT 3
SELECT employee_id, collect_set(date_format(jour, 'yyyy-MM')), listagg(date_format(jour, 'dd/MM/yyyy'), ', ') FROM gold.activites GROUP BY 1
SELECT exists(split(commentaire, ' '), a -> exists(split(commentaire, ' '), b -> a < b)) FROM gold.activites LIMIT 3
SELECT code, count(*) FROM gold.anomalies GROUP BY code
SELECT word FROM gold.activites LATERAL VIEW explode(split(type_activite, ' ')) AS word LIMIT 3
SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t (id, name) ORDER BY id LIMIT 1 OFFSET 1
SELECT prime_total_eur, wellness_days, last_activity FROM gold.kpis
SELECT current_database(), current_date(), current_timestamp(), current_user(), version()
SHOW SCHEMAS
SHOW DATABASES LIKE '*'
SHOW TABLES
SHOW TABLES IN gold
SHOW TABLES IN `spark_catalog`.`gold` LIKE '*'
SHOW TABLE EXTENDED IN gold LIKE '*'
SHOW VIEWS IN gold
SHOW COLUMNS IN gold.eligibilites
SHOW FUNCTIONS
SHOW TBLPROPERTIES gold.kpis
SHOW CURRENT NAMESPACE
SHOW CATALOGS
DESCRIBE gold.eligibilites
DESCRIBE TABLE EXTENDED gold.activites
DESCRIBE gold.activites bu
DESCRIBE DATABASE gold
DESCRIBE FUNCTION sum
DESCRIBE QUERY SELECT bu FROM gold.eligibilites
EXPLAIN SELECT * FROM gold.eligibilites
EXPLAIN EXTENDED SELECT sum(nb_activites) FROM gold.eligibilites
USE gold
USE SCHEMA default
USE spark_catalog.gold
SET
SET -v
SET spark.sql.shuffle.partitions
SET hive.execution.engine=mr
SET TIME ZONE 'Europe/Paris'
SET CATALOG spark_catalog
RESET
""".strip().splitlines()


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

ATTACKS = """
INSERT INTO gold.kpis SELECT * FROM gold.kpis
INSERT OVERWRITE gold.kpis SELECT * FROM gold.kpis
INSERT OVERWRITE DIRECTORY '{out}' USING csv SELECT * FROM gold.kpis
INSERT OVERWRITE LOCAL DIRECTORY '{out}' STORED AS TEXTFILE SELECT * FROM gold.kpis
FROM gold.kpis INSERT OVERWRITE DIRECTORY '{out}' USING json SELECT *
WITH a AS (SELECT 1) INSERT INTO gold.kpis SELECT * FROM a
UPDATE gold.kpis SET employees = 0
DELETE FROM gold.kpis
MERGE INTO gold.kpis t USING gold.kpis s ON t.employees = s.employees WHEN MATCHED THEN DELETE
TRUNCATE TABLE gold.kpis
DROP TABLE gold.kpis
DROP TABLE IF EXISTS gold.none
DROP VIEW gold.eligibilites
DROP SCHEMA gold CASCADE
CREATE SCHEMA mine LOCATION '{out}'
CREATE TABLE gold.mine (a INT) USING csv LOCATION '{out}'
CREATE TABLE gold.mine USING text LOCATION '/etc/passwd'
CREATE TABLE gold.mine USING jdbc OPTIONS (url 'jdbc:postgresql://127.0.0.1/x', dbtable 'hr.employes')
CREATE TABLE gold.mine USING delta LOCATION '{salaries}'
CREATE TABLE gold.mine AS SELECT 1 AS a
CREATE OR REPLACE TABLE gold.kpis AS SELECT 1 AS a
CREATE VIEW gold.mine AS SELECT * FROM delta.`{salaries}`
CREATE TEMPORARY VIEW mine AS SELECT * FROM text.`/etc/passwd`
CREATE TEMPORARY VIEW mine USING csv OPTIONS (path '/etc/passwd')
CREATE GLOBAL TEMPORARY VIEW mine USING jdbc OPTIONS (url 'jdbc:postgresql://127.0.0.1/x', dbtable 'hr.employes')
CREATE FUNCTION f AS 'java.lang.Runtime'
CREATE TEMPORARY FUNCTION f AS 'org.apache.hadoop.hive.ql.udf.UDFLower' USING JAR '/tmp/f.jar'
CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN x + 1
CREATE FUNCTION f() RETURNS TABLE (v STRING) RETURN SELECT * FROM text.`/etc/passwd`
ALTER TABLE gold.kpis ADD COLUMNS (a INT)
ALTER TABLE gold.kpis SET LOCATION '{salaries}'
ALTER TABLE gold.kpis SET TBLPROPERTIES ('a' = 'b')
ALTER VIEW gold.eligibilites AS SELECT 1
COMMENT ON TABLE gold.kpis IS 'mine'
ANALYZE TABLE gold.kpis COMPUTE STATISTICS
REFRESH TABLE gold.kpis
REFRESH '{salaries}'
CACHE TABLE mine AS SELECT * FROM delta.`{salaries}`
UNCACHE TABLE gold.kpis
CLEAR CACHE
LOAD DATA LOCAL INPATH '/etc/passwd' INTO TABLE gold.kpis
MSCK REPAIR TABLE gold.kpis
ADD JAR '/tmp/evil.jar'
ADD FILE '/etc/passwd'
ADD ARCHIVE '/tmp/evil.zip'
LIST FILES
LIST JARS
DECLARE VARIABLE x INT DEFAULT 1
SET VAR x = 1
EXECUTE IMMEDIATE 'DROP TABLE gold.kpis'
BEGIN SELECT 1; DROP TABLE gold.kpis; END
CALL system.run()
EXPLAIN DROP TABLE gold.kpis
EXPLAIN CODEGEN INSERT INTO gold.kpis SELECT * FROM gold.kpis
EXPLAIN SELECT * FROM delta.`{salaries}`
DESCRIBE QUERY SELECT * FROM delta.`{salaries}`
VACUUM gold.kpis RETAIN 0 HOURS
VACUUM '{salaries}'
OPTIMIZE gold.kpis
RESTORE TABLE gold.kpis TO VERSION AS OF 0
DESCRIBE HISTORY gold.kpis
DESCRIBE DETAIL '{salaries}'
DESCRIBE DETAIL gold.kpis
GENERATE symlink_format_manifest FOR TABLE gold.kpis
CONVERT TO DELTA parquet.`{salaries}`
CREATE TABLE gold.mine SHALLOW CLONE gold.kpis
SELECT * FROM delta.`{salaries}`
SELECT * FROM DELTA.`{salaries}@v0`
SELECT * FROM delta.`file:{salaries}` VERSION AS OF 0
SELECT * FROM parquet.`{salaries}`
SELECT * FROM json.`{salaries}/_delta_log`
SELECT * FROM text.`/etc/passwd`
SELECT * FROM csv.`/etc/passwd`
SELECT * FROM binaryFile.`/etc/passwd`
SELECT * FROM `org.apache.spark.sql.execution.datasources.text.TextFileFormat`.`/etc/passwd`
SELECT * FROM spark_catalog.delta.`{salaries}`
SELECT * FROM (SELECT * FROM text.`/etc/passwd`) t
SELECT * FROM gold.kpis, text.`/etc/passwd`
SELECT * FROM gold.kpis WHERE employees IN (SELECT length(value) FROM text.`/etc/passwd`)
SELECT (SELECT max(value) FROM text.`/etc/passwd`)
SELECT * FROM gold.kpis k JOIN LATERAL (SELECT * FROM text.`/etc/passwd`) t
SELECT EXISTS (SELECT 1 FROM text.`/etc/passwd`)
SELECT 1 UNION ALL SELECT value FROM text.`/etc/passwd`
WITH a AS (SELECT * FROM text.`/etc/passwd`) SELECT * FROM a
WITH a AS (WITH b AS (SELECT * FROM text.`/etc/passwd`) SELECT * FROM b) SELECT 1
SELECT 1 FROM gold.kpis ORDER BY (SELECT max(value) FROM text.`/etc/passwd`)
SELECT transform(array(1), x -> (SELECT count(*) FROM text.`/etc/passwd`))
SELECT sum(1) OVER (ORDER BY (SELECT max(value) FROM text.`/etc/passwd`)) FROM gold.kpis
TABLE delta.`{salaries}`
TABLE interne.hr_versions
SELECT * FROM interne.hr_versions
SELECT * FROM gold.`../interne/hr_versions`
SELECT * FROM gold.`{salaries}`
SELECT * FROM IDENTIFIER('delta.`{salaries}`')
SELECT IDENTIFIER('reflect')('java.lang.System', 'getenv', 'HOME')
SELECT * FROM gold.kpis WITH ('path' = '{salaries}')
SELECT * FROM STREAM gold.kpis
SELECT * FROM table_changes('gold.kpis', 0)
SELECT * FROM table_changes_by_path('{salaries}', 0)
SELECT * FROM read_files('/etc/passwd')
SELECT * FROM read_kafka(bootstrapServers => '127.0.0.1:9092')
SELECT * FROM range(1000000000000)
SELECT * FROM stack(2, 1, 2)
SELECT * FROM reflect('java.lang.System', 'getenv')
SELECT reflect('java.lang.System', 'getenv', 'HOME')
SELECT REFLECT('java.lang.System', 'exit', 1)
SELECT builtin.reflect('java.lang.System', 'getenv', 'HOME')
SELECT system.builtin.reflect('java.lang.System', 'getenv', 'HOME')
SELECT try_reflect('java.lang.System', 'getenv', 'HOME')
SELECT java_method('java.lang.System', 'getProperty', 'user.dir')
SELECT * FROM gold.kpis WHERE reflect('java.lang.System', 'getenv', 'HOME') = ''
SELECT count(*) FILTER (WHERE reflect('java.lang.System', 'getenv', 'HOME') = '') FROM gold.kpis
SELECT sum(1) OVER (ORDER BY reflect('java.lang.System', 'getenv', 'HOME')) FROM gold.kpis
SELECT transform(array(1), x -> reflect('java.lang.System', 'getenv', 'HOME'))
SELECT 1 FROM gold.kpis LATERAL VIEW explode(array(reflect('java.lang.System', 'getenv', 'HOME'))) AS a
SELECT 1 GROUP BY reflect('java.lang.System', 'getenv', 'HOME')
SELECT * FROM VALUES (reflect('java.lang.System', 'getenv', 'HOME'))
SELECT input_file_name() FROM gold.kpis
SELECT input_file_block_start() FROM gold.kpis
SELECT _metadata.file_path FROM gold.kpis
SELECT _METADATA.file_path FROM gold.activites
SELECT _metadata.* FROM gold.kpis
SELECT struct(k._METADATA.*) FROM gold.kpis k
SELECT repeat('x', 2000000000)
SELECT lpad('x', 2000000000, 'y')
SELECT space(2000000000)
SELECT sequence(1, 1000000000)
SELECT array_repeat(1, 1000000000)
SELECT from_json('{{}}', 'a INT')
SELECT schema_of_json('[]')
SELECT raise_error('x')
SELECT approx_count_distinct(id, 0.00001) FROM gold.activites
WITH RECURSIVE t (s) AS (SELECT 'a' UNION ALL SELECT s || s FROM t) SELECT length(s) FROM t
SELECT TRANSFORM (employees) USING 'cat /etc/passwd' FROM gold.kpis
SELECT TRANSFORM (employees) USING 'touch {out}' AS (a STRING) FROM gold.kpis
FROM gold.kpis MAP employees USING 'cat' AS a
USE delta
USE global_temp
USE other_catalog
SHOW TABLES IN delta
SHOW SCHEMAS IN other_catalog
SHOW PARTITIONS delta.`{salaries}`
SHOW COLUMNS IN delta.`{salaries}`
SHOW TBLPROPERTIES delta.`{salaries}`
DESCRIBE delta.`{salaries}`
DESCRIBE EXTENDED parquet.`{salaries}`
SHOW CREATE TABLE delta.`{salaries}`
""".strip().splitlines()


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


def test_the_guard_is_compiled_anew_when_its_sources_change(server: Server) -> None:
    classes = server.settings.home / "thrift" / "classes"
    made = (classes / "StatementCheck.class").stat().st_mtime_ns
    compile_guard(server.settings, classes)
    assert (classes / "StatementCheck.class").stat().st_mtime_ns == made
    (classes / "sources.sha256").write_text("of other sources")
    compile_guard(server.settings, classes)
    assert (classes / "StatementCheck.class").stat().st_mtime_ns > made


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

HUNDRED = ", ".join(map(str, range(100)))


def unpivoted(times: int) -> str:
    """A relation with a column `id` and 60 rows for each row of gold.activites, again and again."""
    if times == 0:
        return "gold.activites"
    columns = [f"c{number}" for number in range(60)]
    wide = ", ".join(f"id AS {column}" for column in columns)
    return f"(SELECT id FROM (SELECT {wide} FROM {unpivoted(times - 1)}) UNPIVOT (id FOR name IN ({', '.join(columns)})))"


HUGE = [
    "SELECT a.*, b.*, c.id, d.id FROM gold.activites a, gold.activites b, gold.activites c, gold.activites d",
    "SELECT count(*) FROM gold.activites a, gold.activites b, gold.activites c, gold.activites d, gold.activites e",
    "SELECT a.id FROM gold.activites a JOIN gold.activites b USING (bu) JOIN gold.activites c USING (bu) JOIN gold.activites d USING (bu)",
    f"SELECT count(*) FROM gold.kpis {' '.join(f'LATERAL VIEW explode(array({HUNDRED})) t{number} AS a{number}' for number in range(7))}",
    f"SELECT * FROM gold.kpis {' '.join(f'LATERAL VIEW explode(array({HUNDRED})) t{number} AS a{number}' for number in range(7))}",
    f"SELECT max(id) FROM {unpivoted(5)}",
]


@pytest.mark.parametrize("statement", HUGE)
def test_what_grows_without_end_is_refused(server: Server, statement: str) -> None:
    assert "more than 10000000 rows in one task" in server.refusal("bi", statement)
    assert server.ask("bi", "SELECT count(*) FROM gold.activites") == [(105,)]


THIRTY = range(30)
SIXTEEN = f"'{'a' * 16}'"
REPLACE, BY = "replace(" * 8, f", 'a', {SIXTEEN})" * 8
SUMS = ", ".join(f"employees + {number}" for number in THIRTY)


def thirty_times(inner: str, around: str) -> str:
    for _ in THIRTY:
        inner = around.format(inner)
    return inner


WRITTEN_OUT = [
    f"SELECT count(*) FROM gold.kpis GROUP BY CUBE ({SUMS})",
    f"SELECT count(*) FROM gold.kpis GROUP BY {SUMS} WITH CUBE",
    f"SELECT count(*) FROM gold.kpis GROUP BY GROUPING SETS (CUBE ({SUMS}), ())",
    f"SELECT count(*) FROM gold.kpis GROUP BY {', '.join(f'ROLLUP (employees + {number})' for number in THIRTY)}",
    f"SELECT length({REPLACE}{SIXTEEN}{BY})",
    f"SELECT * FROM VALUES ({REPLACE}{SIXTEEN}{BY})",
    f"SELECT 1 LIMIT length({REPLACE}{SIXTEEN}{BY})",
    f"SELECT transform(array({SIXTEEN}), word -> {REPLACE}word{BY})",
    f"SELECT {thirty_times(SIXTEEN, 'hex({})')}",
    f"SELECT length(s) FROM ({thirty_times(f'SELECT {SIXTEEN} AS s', 'SELECT s || s AS s FROM ({})')})",
    f"SELECT {SIXTEEN} AS s0, {', '.join(f's{number} || s{number} AS s{number + 1}' for number in THIRTY)}",
    f"SELECT * FROM ({thirty_times('SELECT employees AS n FROM gold.kpis', 'SELECT n + n AS n FROM ({})')}) WHERE n > 0",
    f"SELECT * FROM {thirty_times('gold.kpis', '(SELECT *, * FROM {})')}",
    "WITH w0 AS (SELECT * FROM gold.kpis), "
    + ", ".join(f"w{number + 1} AS (SELECT * FROM w{number} UNION ALL SELECT * FROM w{number})" for number in THIRTY)
    + " SELECT count(*) FROM w30",
    f"SELECT {'1, ' * 40_000} 1",
    "SELECT length(" + thirty_times("'x'", "regexp_replace({}, '', version())") + ")",
    "SELECT length(" + thirty_times("'a'", "replace({}, 'a', md5('6403'))") + ")",
    "SELECT length(" + thirty_times("'0'", "replace({}, '0', CAST(CAST(1 AS DECIMAL(38, 37)) AS STRING))") + ")",
    "SELECT exists(l, a -> exists(l, b -> exists(l, c -> a + b + c < 0))) FROM (SELECT collect_list(id) AS l FROM gold.activites)",
]


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

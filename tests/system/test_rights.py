"""Each component reads and writes what its work needs and nothing else; nothing listens beyond this machine, no secret lies about."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import errors, sql

from sportdata.adapters.connect import call
from sportdata.contracts.topics import CONNECTOR, PUBLICATION
from sportdata.local.stack import components
from sportdata.settings import ROLES, Role, Settings
from tests.system.conftest import Stack
from tests.system.vanishing import read_each

LOOPBACK = {"127.0.0.1", "::ffff:127.0.0.1", "::1"}

ACTIVITY = {"id", "employee_id", "date_debut", "type_activite", "distance_m", "duree_s", "commentaire"}
EMPLOYE = {
    "employee_id", "nom", "prenom", "date_naissance", "bu", "date_embauche", "salaire_brut", "type_contrat", "jours_cp", "adresse",
    "moyen_deplacement", "sport", "actif", "modifie_le",
}  # fmt: skip
DISTANCE = {"employee_id", "mode", "distance_m", "incertitude_m", "fournisseur", "empreinte_adresse", "calcule_le"}
PREFERENCE = {"employee_id", "slack_ok"}
JOURNAL = {"numero", "transaction", "relation", "operation", "employee_id", "ancien", "nouveau", "par", "le"}
LEDGER = {
    "slack.annonces": ACTIVITY | {"etat", "raison", "lsn", "rang", "commis_le", "seule", "message", "devenue"},
    "slack.messages": {"numero", "etat", "canal", "texte", "nombre", "tente_le", "poste_le", "ts", "detail"},
    "slack.illisibles": {"topic", "partition", "position", "raison", "vu_le"},
    "slack.reperes": {"seul", "vide", "premier_instantane", "truncate_lsn", "truncate_le", "entendu_le", "registre"},
}

# Role → table → the columns that it may read. What is not listed is closed, columns that somebody adds later included.
READABLE: dict[str, dict[str, set[str]]] = {
    "user": {"public.sport_activities": ACTIVITY},
    "sportdata_writer": {"public.sport_activities": ACTIVITY, "hr.employes": {"employee_id", "sport", "date_embauche", "actif"}},
    "sportdata_hr": {"hr.employes": EMPLOYE, "hr.distances": DISTANCE, "hr.preferences": PREFERENCE, "hr.journal": JOURNAL},
    "sportdata_gold": {
        "hr.employes": {"employee_id", "bu", "date_embauche", "salaire_brut", "moyen_deplacement", "actif", "modifie_le"},
        "hr.distances": {"employee_id", "distance_m", "incertitude_m", "calcule_le"},
        "hr.journal": {"transaction"},
    },
    "sportdata_slack": {"hr.employes": {"employee_id", "nom", "prenom", "actif"}, "hr.preferences": PREFERENCE, **LEDGER},
    "sportdata_validator": {
        "public.sport_activities": ACTIVITY - {"commentaire"},
        "hr.employes": {"employee_id", "date_embauche", "actif"},
    },
    "sportdata_exporter": {},
}
WRITABLE: dict[str, set[str]] = {
    "user": set(),
    "sportdata_writer": {"public.sport_activities"},
    "sportdata_hr": {"hr.employes", "hr.distances", "hr.preferences"},
    "sportdata_gold": set(),
    "sportdata_slack": set(LEDGER),
    "sportdata_validator": set(),
    "sportdata_exporter": set(),
}

REFUSED: tuple[tuple[Role, str], ...] = (
    ("sportdata_gold", "SELECT id FROM public.sport_activities"),
    ("sportdata_gold", "SELECT nom FROM hr.employes"),
    ("sportdata_gold", "SELECT prenom FROM hr.employes"),
    ("sportdata_gold", "SELECT adresse FROM hr.employes"),
    ("sportdata_gold", "SELECT date_naissance FROM hr.employes"),
    ("sportdata_gold", "SELECT * FROM hr.employes"),
    ("sportdata_gold", "SELECT ancien FROM hr.journal"),
    ("sportdata_gold", "SELECT nouveau FROM hr.journal"),
    ("sportdata_gold", "UPDATE hr.employes SET actif = true"),
    ("sportdata_gold", "DELETE FROM hr.distances"),
    *((role, "SELECT hr.oublie_distances(0)") for role in ROLES if role not in {"postgres", "sportdata_gold", "sportdata_hr"}),
    ("user", "SELECT employee_id FROM hr.employes"),
    ("user", "SELECT 1 FROM hr.distances"),
    ("user", "SELECT 1 FROM hr.preferences"),
    ("user", "SELECT 1 FROM hr.journal"),
    ("user", "INSERT INTO public.sport_activities (employee_id) VALUES (1)"),
    ("user", "UPDATE public.sport_activities SET duree_s = 1"),
    ("user", "DELETE FROM public.sport_activities"),
    ("user", "TRUNCATE public.sport_activities"),
    ("user", "CREATE TABLE public.mine (id int)"),
    ("user", "CREATE TABLE hr.mine (id int)"),
    ("user", "CREATE TEMP TABLE mine (id int)"),
    ("user", "CREATE SCHEMA mine"),
    ("user", "ALTER TABLE public.sport_activities REPLICA IDENTITY DEFAULT"),
    ("user", f"ALTER PUBLICATION {PUBLICATION} ADD TABLE hr.employes"),
    ("user", f"ALTER PUBLICATION {PUBLICATION} OWNER TO CURRENT_USER"),
    ("user", "CREATE PUBLICATION mine"),
    ("user", "CREATE PUBLICATION mine FOR ALL TABLES"),
    ("user", "SET ROLE sportdata_owner"),
    ("user", "CREATE ROLE mine"),
    ("user", "SELECT pg_read_file('postgresql.conf')"),
    ("sportdata_writer", "SELECT salaire_brut FROM hr.employes"),
    ("sportdata_writer", "SELECT nom FROM hr.employes"),
    ("sportdata_writer", "SELECT prenom FROM hr.employes"),
    ("sportdata_writer", "SELECT adresse FROM hr.employes"),
    ("sportdata_writer", "SELECT 1 FROM hr.journal"),
    ("sportdata_writer", "UPDATE hr.employes SET sport = 'Judo'"),
    ("sportdata_slack", "SELECT salaire_brut FROM hr.employes"),
    ("sportdata_slack", "SELECT adresse FROM hr.employes"),
    ("sportdata_slack", "SELECT distance_m FROM hr.distances"),
    ("sportdata_slack", "SELECT id FROM public.sport_activities"),
    ("sportdata_slack", "DELETE FROM slack.annonces"),
    ("sportdata_gold", "SELECT id FROM slack.annonces"),
    ("sportdata_slack", "UPDATE hr.preferences SET slack_ok = true"),
    ("sportdata_hr", "SELECT id FROM public.sport_activities"),
    ("sportdata_hr", "DELETE FROM hr.journal"),
    ("sportdata_hr", "UPDATE hr.journal SET par = 'somebody else'"),
    ("sportdata_validator", "SELECT commentaire FROM public.sport_activities"),
    ("sportdata_validator", "SELECT nom FROM hr.employes"),
    ("sportdata_validator", "SELECT salaire_brut FROM hr.employes"),
    ("sportdata_validator", "SELECT adresse FROM hr.employes"),
    ("sportdata_validator", "DELETE FROM public.sport_activities"),
    ("sportdata_validator", "CREATE TABLE public.mine (id int)"),
    ("sportdata_exporter", "SELECT 1 FROM hr.employes"),
    ("sportdata_exporter", "SELECT 1 FROM public.sport_activities"),
)


def column_rights(settings: Settings) -> list[tuple[str, str, str, bool, bool]]:
    """(role, table, column, may read, may write the table in any way) of every table that is not PostgreSQL's own."""
    query = """
        SELECT r.rolname, n.nspname || '.' || c.relname, a.attname,
               has_schema_privilege(r.oid, n.oid, 'USAGE') AND has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT'),
               has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE') OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')
        FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE r.rolcanlogin AND NOT r.rolsuper AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
          AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'"""
    with psycopg.connect(settings.dsn("postgres")) as connection:
        return connection.execute(query).fetchall()


def test_each_role_reads_and_writes_exactly_what_is_listed_here(stack: Stack) -> None:
    rights = column_rights(stack.settings)
    readable: dict[str, dict[str, set[str]]] = {role: {} for role, *_ in rights}
    writable: dict[str, set[str]] = {role: set() for role, *_ in rights}
    for role, table, column, reads, writes in rights:
        if reads:
            readable[role].setdefault(table, set()).add(column)
        if writes:
            writable[role].add(table)
    assert readable == READABLE
    assert writable == WRITABLE


@pytest.mark.parametrize(("role", "statement"), REFUSED, ids=[f"{role}: {statement}" for role, statement in REFUSED])
def test_a_statement_beyond_the_role_is_refused(stack: Stack, role: Role, statement: str) -> None:
    with psycopg.connect(stack.settings.dsn(role)) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize("role", [role for role, tables in READABLE.items() if tables])
def test_each_role_does_read_what_its_work_needs(stack: Stack, role: Role) -> None:
    with psycopg.connect(stack.settings.dsn(role)) as connection:
        for table, columns in READABLE[role].items():
            names = sql.SQL(", ").join(map(sql.Identifier, sorted(columns)))
            connection.execute(sql.SQL("SELECT {} FROM {} LIMIT 1").format(names, sql.Identifier(*table.split("."))))


def test_the_role_that_names_people_on_slack_sees_names_and_preferences(stack: Stack) -> None:
    with psycopg.connect(stack.settings.dsn("sportdata_slack")) as connection:
        rows = connection.execute(
            "SELECT nom, prenom, coalesce(slack_ok, true) FROM hr.employes LEFT JOIN hr.preferences USING (employee_id) WHERE actif"
        ).fetchall()
    assert len(rows) > 100
    assert all(nom and prenom and slack_ok for nom, prenom, slack_ok in rows)


@pytest.mark.parametrize("role", READABLE)
def test_no_role_that_logs_in_owns_anything(stack: Stack, role: str) -> None:
    owned = "SELECT deptype, classid::regclass, objid FROM pg_shdepend WHERE refobjid = %s::text::regrole AND deptype = 'o'"
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        assert connection.execute(owned, [f'"{role}"']).fetchall() == []
        for catalog, owner in (
            ("pg_class", "relowner"),
            ("pg_publication", "pubowner"),
            ("pg_database", "datdba"),
            ("pg_proc", "proowner"),
        ):
            query = sql.SQL("SELECT * FROM {} WHERE {} = %s::text::regrole").format(sql.Identifier(catalog), sql.Identifier(owner))
            assert connection.execute(query, [f'"{role}"']).fetchall() == []
        assert connection.execute(owned, ["sportdata_owner"]).fetchall() != []


def test_the_publication_holds_the_activities_and_nothing_else(stack: Stack) -> None:
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        assert connection.execute("SELECT pubname, schemaname, tablename FROM pg_publication_tables").fetchall() == [
            (PUBLICATION, "public", "sport_activities")
        ]


def test_of_what_runs_as_the_owner_only_forgetting_old_distances_is_more_than_a_trigger(stack: Stack) -> None:
    query = """SELECT p.proname FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner
               WHERE o.rolname = 'sportdata_owner' AND p.prosecdef AND p.prorettype <> 'trigger'::regtype"""
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        assert connection.execute(query).fetchall() == [("oublie_distances",)]


@pytest.mark.parametrize("role", READABLE)
def test_no_role_can_call_a_function_of_the_owner_but_who_forgets_distances(stack: Stack, role: str) -> None:
    allowed = [("hr.oublie_distances(integer)",)] if role in {"sportdata_gold", "sportdata_hr"} else []
    query = """SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname IN ('public', 'hr', 'slack') AND has_function_privilege(%s, p.oid, 'EXECUTE')"""
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        assert connection.execute(query, [role]).fetchall() == allowed


@pytest.fixture
def peeking_slot(stack: Stack) -> Iterator[str]:
    """The name of a slot that is gone afterwards, whoever has made it."""
    name = "peeking"
    yield name
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", [name])


def test_the_connectors_role_cannot_read_hr_from_the_write_ahead_log(stack: Stack, peeking_slot: str) -> None:
    """REPLICATION lets a role decode every table's changes, unless pgoutput with its publications is all that is installed."""
    with psycopg.connect(stack.settings.dsn("user"), autocommit=True) as spy:
        try:
            spy.execute("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", [peeking_slot])
        except psycopg.Error as refusal:
            assert refusal.sqlstate in {"42501", "58P01", "42704"}, refusal  # no right, no such file, no such plugin
            return
        with psycopg.connect(stack.settings.dsn("sportdata_hr")) as hr:
            hr.execute(
                "UPDATE hr.employes SET salaire_brut = salaire_brut + 0.01 WHERE employee_id = (SELECT min(employee_id) FROM hr.employes)"
            )
            hr.execute(
                "UPDATE hr.employes SET salaire_brut = salaire_brut - 0.01 WHERE employee_id = (SELECT min(employee_id) FROM hr.employes)"
            )
        seen = spy.execute("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL)", [peeking_slot]).fetchall()
    assert [line for (line,) in seen if "hr.employes" in line] == []


@pytest.mark.parametrize("role", ROLES)
def test_a_wrong_password_is_refused(stack: Stack, role: Role) -> None:
    settings = stack.settings
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=settings.host,
            port=settings.port("postgres"),
            user=role,
            password="wrong",
            dbname=settings.database if role != "postgres" else "postgres",
        )


@pytest.mark.parametrize("role", ["user", "postgres"])
def test_nobody_gets_a_physical_replication_connection(stack: Stack, role: Role) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for replication connection"):
        psycopg.connect(stack.settings.dsn(role) + " replication=true")


def test_the_connectors_role_gets_a_logical_replication_connection(stack: Stack) -> None:
    with psycopg.connect(stack.settings.dsn("user") + " replication=database", autocommit=True) as connection:
        answer = connection.pgconn.exec_(b"IDENTIFY_SYSTEM")
        assert answer.get_value(0, 3) == stack.settings.database.encode()


def test_passwords_are_stored_as_scram_verifiers(stack: Stack) -> None:
    with psycopg.connect(stack.settings.dsn("postgres")) as connection:
        stored = dict(connection.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin").fetchall())
    assert set(stored) == set(ROLES)
    assert {name: str(password).partition("$")[0] for name, password in stored.items()} == dict.fromkeys(ROLES, "SCRAM-SHA-256")


def processes(stack: Stack) -> list[psutil.Process]:
    stack.until_ready()
    supervisor = psutil.Process(stack.status()["supervisor"])
    return [supervisor, *supervisor.children(recursive=True)]


def test_every_listening_socket_of_the_stack_is_on_the_loopback(stack: Stack) -> None:
    listening: set[tuple[str, int]] = set()
    for process in processes(stack):
        try:
            sockets = process.net_connections(kind="tcp")
        except psutil.NoSuchProcess:  # a PostgreSQL backend that has ended meanwhile
            continue
        listening |= {(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN}
    own = [one for one in components(stack.settings) if not one.optional]
    assert {port for one in own for port in one.ports.values()} <= {port for _, port in listening}
    assert [(ip, port) for ip, port in listening if ip not in LOOPBACK] == []


@pytest.fixture(scope="module")
def passwords(stack: Stack) -> list[str]:
    """Every password of the stack but the documented demo word, which is no secret."""
    values: dict[str, str] = json.loads((stack.settings.home / "secrets.json").read_text())
    return [value for value in values.values() if value != "password"]


def test_no_password_stands_in_a_process_list(stack: Stack, passwords: list[str]) -> None:
    lines = []
    for process in processes(stack):
        try:
            lines.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    assert any("postgres" in line for line in lines)
    assert any("ConnectDistributed" in line for line in lines)
    assert len(passwords) >= 7
    assert [line for line in lines if any(password in line for password in passwords)] == []


def test_no_password_stands_in_a_log(stack: Stack, passwords: list[str]) -> None:
    logs = [file for file in stack.settings.logs.rglob("*") if file.is_file()]
    assert {"postgres.log", "broker.log", "connect.log", "streams.log", "thrift.log"} <= {file.name for file in logs if file.stat().st_size}
    assert [file.name for file in logs if any(password in file.read_text(errors="replace") for password in passwords)] == []


def test_no_password_stands_in_what_connect_shows_of_its_connector(stack: Stack, passwords: list[str]) -> None:
    shown: list[Any] = []
    for path in (f"/connectors/{CONNECTOR}/config", f"/connectors/{CONNECTOR}/tasks", "/connectors?expand=info&expand=status"):
        status, answer = call(stack.settings, "GET", path)
        assert status == 200
        shown.append(answer)
    text = json.dumps(shown)
    assert shown[0]["database.user"] == "user"
    assert shown[0]["database.password"].startswith("${file:")
    assert [password for password in passwords if password in text] == []


def small_files(home: Path) -> Iterator[Path]:
    """The files that a component's start writes, the data of PostgreSQL, of the broker and of the lake apart."""
    data = {home / "postgres", home / "kafka" / "data", home / "lake"}
    for folder, folders, files in os.walk(home):
        folders[:] = [name for name in folders if Path(folder, name) not in data]
        yield from (Path(folder, name) for name in files)


def test_a_file_that_holds_a_password_is_readable_by_its_owner_alone(stack: Stack, passwords: list[str]) -> None:
    home = stack.settings.home.resolve()
    holding = [seen for seen in read_each(small_files(home)) if any(password.encode() in seen.content for password in passwords)]
    modes = {str(seen.path.relative_to(home)): oct(seen.mode) for seen in holding}
    assert "secrets.json" in modes
    assert modes == dict.fromkeys(modes, "0o600")


def test_the_home_is_open_to_its_owner_alone(stack: Stack) -> None:
    assert oct(stat.S_IMODE(stack.settings.home.stat().st_mode)) == "0o700"

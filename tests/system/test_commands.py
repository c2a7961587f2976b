"""What a person at the command line relies on: exit codes, what is printed, and that a refusal changes nothing (CONTRACT §7)."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import psycopg
import pytest

from sportdata.contracts.delivery import ID, RH_COLUMNS, SALAIRE_BRUT, SHEET
from sportdata.contracts.tables import ELIGIBILITES
from sportdata.local.sample_delivery import write_sample
from sportdata.local.status import supervisor_alive
from tests.system.conftest import OFFSET, Stack, as_delivered
from tests.system.oracle import compare, shown

COMPONENTS = ["postgres", "broker", "connect", "bronze", "gold", "thrift", "slack"]
MONEY = re.compile(r"\d+\.\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def load(stack: Stack, folder: Path, *more: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    rh, sport = folder / "donnees_rh.xlsx", folder / "donnees_sportives.xlsx"
    return stack.run("load-hr", "--rh", str(rh), "--sport", str(sport), *more, expect=expect)


@pytest.fixture(scope="module")
def delivery(stack: Stack) -> Path:
    """The folder of the delivery that this stack has loaded, with a year of activities behind it."""
    return as_delivered(stack)


def employees_as_bytes(stack: Stack) -> bytes:
    """hr.employes with the transaction that wrote each row: the same only if nothing at all has been written."""
    rows = "COPY (SELECT xmin, * FROM hr.employes ORDER BY employee_id) TO STDOUT"
    with psycopg.connect(stack.settings.dsn("postgres")) as connection, connection.cursor().copy(rows) as copy:
        return b"".join(bytes(block) for block in copy)


def one_line(text: str) -> bool:
    return text.startswith("error: ") and text.count("\n") == 1


def test_up_again_changes_nothing(stack: Stack) -> None:
    stack.until_ready()
    before = stack.status()
    assert "already" in stack.run("up").stdout
    stack.run("up", "--wait")
    after = stack.status()
    assert after["supervisor"] == before["supervisor"]
    assert {name: one["pid"] for name, one in after["components"].items()} == {
        name: one["pid"] for name, one in before["components"].items()
    }


def test_status_names_the_components_of_the_contract_with_state_pid_and_port(stack: Stack) -> None:
    stack.until_ready()
    status = json.loads(stack.run("status", "--json").stdout)
    assert status["ready"] is True
    assert list(status["components"]) == COMPONENTS
    running = status["components"]
    assert {one["state"] for one in running.values()} == {"ready"}
    assert all(psutil.pid_exists(one["pid"]) for one in running.values())
    ports = {name: one["port"] for name, one in running.items() if one["port"]}
    assert ports == {name: stack.settings.port(name) for name in ("postgres", "broker", "connect", "thrift", "slack")}
    for name in COMPONENTS:
        assert name in stack.run("status").stdout


def test_env_as_a_shell_reads_it_and_env_as_json_agree(stack: Stack) -> None:
    stack.until_ready()
    values = json.loads(stack.run("env", "--json").stdout)
    assert {
        "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD",
        "KAFKA_BROKERS", "CONNECT_URL", "THRIFT_HOST", "THRIFT_PORT", "THRIFT_USER", "THRIFT_PASSWORD",
    } <= set(values)  # fmt: skip
    script = stack.run("env").stdout + f'\n{shlex.quote(sys.executable)} -c "import json, os; print(json.dumps(dict(os.environ)))"'
    bare = {"PATH": os.environ["PATH"]}
    seen = json.loads(subprocess.run(["sh", "-c", script], env=bare, capture_output=True, text=True, check=True).stdout)
    assert {name: seen[name] for name in values} == values


def test_with_the_values_of_env_one_writes_activities(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    values = json.loads(stack.run("env", "--json").stdout)
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"):
        monkeypatch.setenv(name, values[name])
    with psycopg.connect() as connection:
        assert connection.execute("INSERT INTO public.sport_activities (duree_s) VALUES (1) RETURNING duree_s").fetchone() == (1,)
        connection.rollback()
    host, port = values["KAFKA_BROKERS"].split(":")
    for address in ((host, int(port)), (values["THRIFT_HOST"], int(values["THRIFT_PORT"]))):
        socket.create_connection(address, timeout=5).close()


def test_loading_the_same_delivery_again_changes_nothing(stack: Stack, delivery: Path) -> None:
    before = employees_as_bytes(stack)
    said = load(stack, delivery).stdout
    assert "161 unchanged" in said
    assert "0 added, 0 changed, 0 left" in said
    assert employees_as_bytes(stack) == before


def copy_with(delivery: Path, out: Path, change: Callable[[Any], None]) -> Path:
    """The delivery once more, its HR sheet changed."""
    out.mkdir()
    (out / "donnees_sportives.xlsx").write_bytes((delivery / "donnees_sportives.xlsx").read_bytes())
    book = openpyxl.load_workbook(delivery / "donnees_rh.xlsx")
    change(book[SHEET])
    book.save(out / "donnees_rh.xlsx")
    return out


def test_a_workbook_with_an_id_twice_is_refused_whole_naming_the_cell(stack: Stack, delivery: Path, tmp_path: Path) -> None:
    column = RH_COLUMNS.index(ID) + 1
    repeated: list[int] = []

    def repeat_an_id(sheet: Any) -> None:
        repeated.append(sheet.cell(3, column).value)
        sheet.cell(7, column).value = repeated[0]
        sheet.cell(9, RH_COLUMNS.index(SALAIRE_BRUT) + 1).value = 99_999  # a good change beside it must not be applied either

    before = employees_as_bytes(stack)
    refusal = load(stack, copy_with(delivery, tmp_path / "twice", repeat_an_id), expect=2).stderr
    assert f"sheet '{SHEET}', row 7, column '{ID}': {repeated[0]}" in refusal
    assert one_line(refusal)
    assert employees_as_bytes(stack) == before


def test_a_workbook_with_a_negative_salary_is_refused_whole_naming_the_cell(stack: Stack, delivery: Path, tmp_path: Path) -> None:
    def owe(sheet: Any) -> None:
        sheet.cell(5, RH_COLUMNS.index(SALAIRE_BRUT) + 1).value = -1234

    before = employees_as_bytes(stack)
    refusal = load(stack, copy_with(delivery, tmp_path / "negative", owe), expect=2).stderr
    assert f"sheet '{SHEET}', row 5, column '{SALAIRE_BRUT}': -1234" in refusal
    assert employees_as_bytes(stack) == before


def test_a_file_that_is_no_workbook_is_refused(stack: Stack, delivery: Path, tmp_path: Path) -> None:
    text = tmp_path / "donnees_rh.xlsx"
    text.write_text("ID salarié;Nom\n1;Durand\n")
    before = employees_as_bytes(stack)
    done = stack.run("load-hr", "--rh", str(text), "--sport", str(delivery / "donnees_sportives.xlsx"), expect=2)
    assert "donnees_rh.xlsx is not a workbook" in done.stderr
    assert one_line(done.stderr)
    absent = stack.run("load-hr", "--rh", str(tmp_path / "nowhere.xlsx"), expect=2)
    assert "nowhere.xlsx" in absent.stderr
    assert employees_as_bytes(stack) == before


def test_more_than_a_tenth_of_leavers_needs_confirmation_and_they_leave_gold_but_not_hr(
    stack: Stack, delivery: Path, tmp_path: Path
) -> None:
    write_sample(tmp_path, employees=161, seed=7, leavers=17)
    before = employees_as_bytes(stack)
    refusal = load(stack, tmp_path, expect=2).stderr
    assert "17 of 161" in refusal
    assert "--confirm" in refusal
    assert employees_as_bytes(stack) == before
    try:
        assert "17 left" in load(stack, tmp_path, "--confirm").stdout
        stack.wait()
        with psycopg.connect(stack.settings.dsn("sportdata_hr")) as connection:
            rows = connection.execute("SELECT employee_id, actif, nom IS NOT NULL FROM hr.employes").fetchall()
        leavers = {who for who, active, _ in rows if not active}
        assert (len(rows), len(leavers)) == (161, 17)
        entitled = {row["employee_id"] for row in shown(stack.settings, ELIGIBILITES)}
        assert entitled == {who for who, _, _ in rows} - leavers
        assert compare(stack.settings) == []
    finally:
        back = load(stack, delivery).stdout
    assert "17 back" in back
    stack.wait()
    assert stack.kpis()["employees"] == 161
    assert compare(stack.settings) == []


def test_a_tenth_of_leavers_needs_no_confirmation(stack: Stack, delivery: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, employees=161, seed=7, leavers=16)
    try:
        assert "16 left" in load(stack, tmp_path).stdout
    finally:
        load(stack, delivery)


def activities(stack: Stack) -> tuple[int, int]:
    with psycopg.connect(stack.settings.dsn("sportdata_writer")) as connection:
        row = connection.execute("SELECT count(*), coalesce(max(id), 0) FROM public.sport_activities").fetchone()
    assert row is not None
    return row


def test_a_second_run_of_the_generator_adds_nothing(stack: Stack, delivery: Path) -> None:
    before = activities(stack)
    assert before[0] > 1000
    assert "nothing added" in stack.run("strava_generator.py", "--seed", "99").stdout
    assert activities(stack) == before


def test_more_employees_than_hr_knows_are_refused_naming_the_script_that_makes_them(stack: Stack, delivery: Path) -> None:
    before = activities(stack)
    refusal = stack.run("strava_generator.py", "--employees", "5000", "--append", expect=2).stderr
    assert "5000" in refusal
    assert "161" in refusal
    assert "sample_delivery" in refusal
    assert one_line(refusal)
    assert activities(stack) == before


def test_sql_prints_the_same_rows_as_table_csv_and_json(stack: Stack, delivery: Path) -> None:
    statement = """SELECT employee_id, bu, montant_prime_euros, derniere_activite, date_reference
                   FROM gold.eligibilites WHERE derniere_activite IS NOT NULL ORDER BY employee_id LIMIT 5"""
    rows = json.loads(stack.run("sql", statement, "--format", "json").stdout)
    assert len(rows) == 5
    assert all(MONEY.fullmatch(row["montant_prime_euros"]) and MOMENT.fullmatch(row["derniere_activite"]) for row in rows)
    lines = list(csv.DictReader(StringIO(stack.run("sql", statement, "--format", "csv").stdout)))
    assert [list(line) for line in lines] == [list(row) for row in rows]
    for line, row in zip(lines, rows, strict=True):
        for name in ("employee_id", "bu", "montant_prime_euros", "date_reference"):
            assert line[name] == str(row[name])
    table = stack.run("sql", statement).stdout.splitlines()
    assert [name in table[0] for name in rows[0]] == [True] * 5
    for printed, row in zip([line for line in table[1:] if line.strip(" ─━")], rows, strict=True):
        assert str(row["employee_id"]) in printed
        assert row["montant_prime_euros"] in printed


@pytest.mark.parametrize(
    ("statement", "named"),
    [("SELEC 1", "SELEC"), ("SELECT nonsense FROM gold.kpis", "nonsense"), ("SELECT 1 FROM gold.nowhere", "nowhere")],
)
def test_bad_sql_exits_2_with_one_line_that_names_what_is_wrong(stack: Stack, statement: str, named: str) -> None:
    done = stack.run("sql", statement, expect=2)
    assert one_line(done.stderr)
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not re.search(r"\bat org\.apache\.", done.stderr)
    assert done.stdout == ""


def test_kpis_have_the_keys_and_forms_of_the_contract(stack: Stack, delivery: Path) -> None:
    values = stack.kpis()
    money, counts = ["prime_total_eur", "pending_eur"], ["employees", "prime_employees", "wellness_employees", "wellness_days"]
    counts += ["wrong_declarations", "to_check", "unknown_distances", "activities", "batch_id"]
    assert list(values) == [
        "employees", "prime_total_eur", "prime_employees", "pending_eur", "wellness_employees", "wellness_days", "wrong_declarations",
        "to_check", "unknown_distances", "activities", "last_activity", "as_of", "batch_id",
    ]  # fmt: skip
    assert {name: type(values[name]) for name in counts} == dict.fromkeys(counts, int)
    assert all(isinstance(values[name], str) and MONEY.fullmatch(values[name]) for name in money)
    assert MOMENT.fullmatch(values["last_activity"])
    assert DAY.fullmatch(values["as_of"])
    assert values["activities"] > 1000
    printed = stack.run("kpis").stdout
    assert values["prime_total_eur"] in printed


@pytest.mark.parametrize(
    "arguments", [("dance",), ("wait", "--timeout", "-1"), ("sql",), ("sql", "SELECT 1", "--format", "xml"), ("logs", "nobody")]
)
def test_wrong_use_exits_2(stack: Stack, arguments: tuple[str, ...]) -> None:
    done = stack.run(*arguments, expect=2)
    assert done.stderr
    assert "Traceback" not in done.stderr


def processes_of(home: Path) -> list[int]:
    """Everything that was started with this SPORTDATA_HOME."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SPORTDATA_HOME") == str(home):
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_a_taken_port_is_named_and_nothing_is_left_running(stack: Stack, tmp_path: Path) -> None:
    assert processes_of(stack.settings.home) != []
    second = Stack(tmp_path / "second", OFFSET + 500)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", second.settings.port("thrift")))
        taken.listen()
        done = second.run("up", "--wait", expect=2)
    assert f"port {second.settings.port('thrift')} (thrift" in done.stderr
    assert "SPORTDATA_PORT_OFFSET" in done.stderr
    assert one_line(done.stderr)
    assert not supervisor_alive(second.settings)
    assert processes_of(second.settings.home) == []
    assert second.run("status", "--json", expect=1).stdout.count('"stopped"') == len(COMPONENTS)


def test_commands_against_a_stack_that_is_down_say_so(tmp_path: Path) -> None:
    nobody = Stack(tmp_path / "nobody", OFFSET + 500)
    for arguments in (("wait",), ("kpis",), ("env",), ("load-hr",), ("strava_generator.py",)):
        done = nobody.run(*arguments, expect=2)
        assert one_line(done.stderr)
        assert "sportdata up" in done.stderr
    assert "nothing was running" in nobody.run("down").stdout


def test_reset_refuses_a_folder_that_is_no_home(tmp_path: Path) -> None:
    other = Stack(tmp_path / "holidays", OFFSET + 500)
    photo = other.settings.home / "photo.jpg"
    photo.write_bytes(b"sea")
    done = other.run("reset", expect=2)
    assert "not the home of a stack" in done.stderr
    assert photo.read_bytes() == b"sea"

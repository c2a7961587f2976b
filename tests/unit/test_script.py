"""Every script ends with one line and the right exit code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from sportdata.errors import AnswerIsNo, BrokenWorld, WrongUse
from sportdata.local.script import positive, positive_seconds, run
from sportdata.settings import ROOT


def raising(error: BaseException) -> Callable[[], int | None]:
    def main() -> int | None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (WrongUse("no such\n employee"), 2, "error: no such employee\n"),
        (BrokenWorld("no broker"), 2, "error: no broker\n"),
        (AnswerIsNo("too late"), 1, "error: too late\n"),
        (psycopg.OperationalError("gone\n"), 2, "error: PostgreSQL stopped answering: gone (see `sportdata status`)\n"),
        (psycopg.errors.UniqueViolation("the key is there\nDETAIL: id 1"), 2, "error: PostgreSQL refuses: the key is there DETAIL: id 1\n"),
        (PermissionError(13, "Permission denied", "/root/rh.xlsx"), 2, "error: /root/rh.xlsx: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run(raising(error))
    assert (end.value.code, capsys.readouterr().err) == (code, said)


def test_a_pipe_that_is_read_no_further_ends_a_command_without_a_word() -> None:
    program = "from sportdata.local.script import run; run(lambda: print('x\\n' * 1_000_000))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as command:
        assert command.stdout and command.stderr
        assert command.stdout.readline() == b"x\n"
        command.stdout.close()
        assert (command.stderr.read(), command.wait()) == (b"", 141)


def test_a_file_that_is_not_utf_8_is_one_line_that_shows_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sports.yml"
    file.write_text("nom: Randonnée", encoding="latin-1")
    with pytest.raises(SystemExit) as end:
        run(lambda: len(file.read_text(encoding="utf-8")))
    assert end.value.code == 2
    assert capsys.readouterr().err == "error: what should be UTF-8 text is not, near 'nom: Randonnée': save that file as UTF-8\n"


def test_a_lost_connection_is_code_2_and_says_where_in_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run(raising(ConnectionResetError(104, "Connection reset by peer")))
    first, *rest = capsys.readouterr().err.splitlines()
    assert (end.value.code, first) == (2, "error: [Errno 104] Connection reset by peer")
    assert any("in main" in line for line in rest)


def test_what_the_terminal_cannot_show_ends_no_command() -> None:
    program = "from sportdata.local.script import run; run(lambda: print('… 1 café of 2 €'))"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "\\u2026 1 café of 2 \\u20ac\n".encode("latin-1"), b"")


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run(raising(ZeroDivisionError()))


@pytest.mark.parametrize("result", [None, 0, 1])
def test_what_a_main_returns_is_the_exit_code(result: int | None) -> None:
    with pytest.raises(SystemExit) as end:
        run(lambda: result)
    assert (end.value.code or 0) == (result or 0)


@pytest.mark.parametrize("text", ["0", "-1", "x", "nan", "inf"])
def test_what_is_not_positive_is_refused(text: str) -> None:
    for kind in (positive, positive_seconds):
        with pytest.raises(ValueError, match=r"."):
            kind(text)

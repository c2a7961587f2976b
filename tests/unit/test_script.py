"""Every script ends with one line and the right exit code."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from sportdata.errors import AnswerIsNo, BrokenWorld, WrongUse
from sportdata.local.script import positive, positive_seconds, run


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
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run(raising(error))
    assert (end.value.code, capsys.readouterr().err) == (code, said)


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

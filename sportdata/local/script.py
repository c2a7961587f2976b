"""How every script and command ends: one line on stderr and the right exit code, never a traceback for a user's mistake."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

import psycopg

from sportdata.errors import BrokenWorld, SportdataError


def run(main: Callable[[], int | None]) -> NoReturn:
    """Runs a main and exits with its code (None: 0).

    A SportdataError becomes `error: …` and its exit code, a lost PostgreSQL likewise (2), Ctrl-C exit code 130. Anything
    else is a defect of ours and keeps its traceback.
    """
    try:
        sys.exit(main())
    except SportdataError as error:
        fail(error)
    except psycopg.OperationalError as error:
        fail(BrokenWorld(f"PostgreSQL stopped answering: {error} (see `sportdata status`)"))
    except KeyboardInterrupt:
        sys.exit(130)


def fail(error: SportdataError) -> NoReturn:
    """Says what went wrong on one line of stderr, its detail below, and exits with the error's code."""
    sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
    if error.detail:
        sys.stderr.write(f"{error.detail.rstrip()}\n")
    sys.exit(error.exit_code)


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(f"{number} is not positive")
    return number


def positive_seconds(text: str) -> float:
    """A finite number of seconds above 0, for argparse."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(f"{number} is not a number of seconds")
    return number

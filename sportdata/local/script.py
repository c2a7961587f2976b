"""How every script and command ends: one line on stderr and the right exit code, never a traceback for a user's mistake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

import psycopg
from pydantic import ValidationError

from sportdata.errors import BrokenWorld, SportdataError, WrongUse
from sportdata.settings import Settings


def run(main: Callable[[], int | None]) -> NoReturn:
    """Runs a main and exits with its code (None: 0).

    A SportdataError becomes `error: …` and its exit code, a lost PostgreSQL likewise (2), Ctrl-C exit code 130. Anything
    else is a defect of ours and keeps its traceback.
    """
    try:
        sys.exit(main())
    except SportdataError as error:
        fail(error)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        fail(WrongUse("; ".join(_refused_settings(error))))
    except psycopg.OperationalError as error:
        fail(BrokenWorld(f"PostgreSQL stopped answering: {error} (see `sportdata status`)"))
    except KeyboardInterrupt:
        sys.exit(130)


def _refused_settings(error: ValidationError) -> Iterator[str]:
    """Which variable, what is wrong with it and, unless the message tells, its value: `AWS_…` and `GOOGLE_…` have no prefix of ours."""
    for one in error.errors():
        name = str(one["loc"][0])
        variable = name if name.isupper() else f"SPORTDATA_{name.upper()}"
        value = "" if one["type"] == "value_error" else f", and it is {one['input']!r}"
        yield f"{variable}: {one['msg'].removeprefix('Value error, ')}{value}"


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

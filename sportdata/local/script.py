"""How every script and command ends: one line on stderr and the right exit code, never a traceback for a user's mistake."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import NoReturn

import psycopg
from pydantic import ValidationError

from sportdata.errors import BrokenWorld, SportdataError, WrongUse
from sportdata.local.proxies import reach_ours_directly
from sportdata.settings import Settings


def run(main: Callable[[], int | None]) -> NoReturn:
    """Runs a main and exits with its code (None: 0).

    A SportdataError becomes `error: …` and its exit code, and so (2) do a file that cannot be read or written, a lost connection
    and what PostgreSQL refuses; Ctrl-C is exit code 130, a pipe that is read no further 141. Anything else is a defect of ours and
    keeps its traceback.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal in Latin-1 has no "…": what is done must not end in an error
    reach_ours_directly()
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
    except psycopg.DatabaseError as error:
        fail(BrokenWorld(f"PostgreSQL refuses: {error}"))
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python's own flush at the end fails again
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        fail(_broken(error))
    except UnicodeDecodeError as error:
        near = error.object[max(error.start - 20, 0) : error.end + 20].decode("latin-1")
        fail(BrokenWorld(f"what should be UTF-8 text is not, near {near!r}: save that file as UTF-8"))
    except KeyboardInterrupt:
        sys.exit(130)


def _broken(error: OSError) -> BrokenWorld:
    """The file and what is wrong with it; what has no file is a connection, and only the place in the program tells which."""
    if error.filename is None:
        return BrokenWorld(str(error), detail="".join(traceback.format_exception(error)))
    return BrokenWorld(f"{error.filename}: {error.strerror or error}")


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

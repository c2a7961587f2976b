"""Every error a user can meet descends from one base, so that `sportdata` can print one line and the right exit code."""

from __future__ import annotations


class SportdataError(Exception):
    """Something a user can act on. The message says what, where, which value, and what to do."""

    exit_code = 2

    def __init__(self, message: str, detail: str = "") -> None:
        """`detail` is shown below the message as it stands: the last lines of a log."""
        super().__init__(message)
        self.detail = detail


class WrongUse(SportdataError):
    """The command was called in a way that cannot work."""


class BrokenWorld(SportdataError):
    """A component, a file, a port or a download is not as it must be."""


class RefusedInput(SportdataError):
    """A workbook, a configuration or a CSV is refused whole; nothing of it has been applied."""


class AnswerIsNo(SportdataError):
    """The command worked, and its answer is no: a timeout, or data that fail a check."""

    exit_code = 1

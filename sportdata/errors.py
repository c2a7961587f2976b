"""Every error a user can meet descends from one base, so that `sportdata` can print one line and the right exit code."""

from __future__ import annotations


class SportdataError(Exception):
    """Something a user can act on. The message says what, where, which value, and what to do."""

    exit_code = 2


class WrongUse(SportdataError):
    """The command was called in a way that cannot work."""


class BrokenWorld(SportdataError):
    """A component, a file, a port or a download is not as it must be."""


class RefusedInput(SportdataError):
    """A workbook, a configuration or a CSV is refused whole; nothing of it has been applied."""


class AnswerIsNo(SportdataError):
    """The command worked, and its answer is no: a timeout, or data that fail a check."""

    exit_code = 1

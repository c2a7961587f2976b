"""What goes to a routing service and what comes back. Nothing else of an employee ever leaves this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sportdata.contracts.distances import TravelMode
from sportdata.errors import BrokenWorld, SportdataError


@dataclass(frozen=True)
class Question:
    """Home addresses, the office's, and one mode of travel: no name, no id."""

    origins: tuple[str, ...]
    destination: str
    mode: TravelMode


@dataclass(frozen=True)
class Answer:
    """The way from one origin: metres, or why there is none.

    `is_lasting`: it is the address that has no way, and asking again soon would say the same.
    """

    distance_m: int | None
    reason: str = ""
    is_lasting: bool = False


class RouteService(Protocol):
    """One API of the provider."""

    name: str
    most_origins: int

    def ask(self, question: Question) -> list[Answer]:
        """One answer per origin, in their order.

        Raises NotOffered, TryAgain, RefusedQuestion, QuotaUsedUp, or BrokenWorld when the key is refused.
        """


class NotOffered(BrokenWorld):
    """The project or the key may not use this API; another one may still do."""


class QuotaUsedUp(BrokenWorld):
    """The provider answers nothing more for now: a daily limit, or one that waiting did not lift."""


class TryAgain(SportdataError):
    """A passing fault: overload, a timeout, a lost connection, an answer that broke off."""

    def __init__(self, message: str, is_quota: bool = False) -> None:
        """`is_quota`: too many questions in too short a time, rather than a fault."""
        super().__init__(message)
        self.is_quota = is_quota


class RefusedQuestion(SportdataError):
    """The provider refuses the question as it stands; with several origins, one of them may be why."""


def hidden(text: str, key: str) -> str:
    """A provider's words without the key, which some of its messages repeat."""
    return " ".join(text.replace(key, "…").split())


def answered(question: Question, answers: Sequence[Answer | None]) -> list[Answer]:
    """The answers, one per origin. Raises TryAgain when some are missing."""
    whole = [answer for answer in answers if answer is not None]
    if len(whole) != len(question.origins):
        raise TryAgain(f"{len(whole)} answers came for {len(question.origins)} addresses")
    return whole

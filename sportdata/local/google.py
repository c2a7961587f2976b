"""`maps.py --provider google`: what it costs, then question by question, each saved before the next is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain

from sportdata.adapters.google_matrix import Matrix
from sportdata.adapters.google_routes import Routes
from sportdata.adapters.places import french_places
from sportdata.contracts.distances import Commuter, Distance, Lost
from sportdata.contracts.places import Place
from sportdata.contracts.routes import Answer, NotOffered, Question, QuotaUsedUp, RefusedQuestion, RouteService, TryAgain
from sportdata.errors import AnswerIsNo, BrokenWorld, WrongUse
from sportdata.settings import Settings
from sportdata.stages.places import Gazetteer
from sportdata.stages.routes import Trip, batches, cost_eur, plan, question, understood

FREE_A_MONTH = 10_000  # elements of this kind that Google gives each month, by its price list of March 2025
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)


@dataclass(frozen=True)
class Spending:
    """What may be spent: the most in euros (None: no limit), and who is asked (None: nobody, it is agreed)."""

    most_eur: Decimal | None = None
    confirm: Callable[[str], bool] | None = None


@dataclass
class Asked:
    """What came of it so far."""

    distances: list[Distance]
    lost: list[Lost]
    left_out: int = 0


def ask_google(
    settings: Settings,
    office: str,
    due: Sequence[Commuter],
    spending: Spending,
    *,
    save: Callable[[Sequence[Distance], Sequence[Lost]], int],
    echo: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
) -> Asked:
    """The distances of everybody who is due, saved request by request, and those for whom Google has none.

    `save` gets the distances and the lost of a request; it says how many it left out, because their journeys had changed meanwhile.

    Raises WrongUse (no key, or too expensive), AnswerIsNo (not agreed), BrokenWorld (key, quota, network) with what was done:
    it stays, and the next run goes on from there.
    """
    if settings.google_maps_api_key is None:
        raise WrongUse("--provider google needs a key in the environment variable GOOGLE_MAPS_API_KEY; see docs/distances.md")
    planned = plan(due, _placed_from(office))
    asked = Asked([], list(planned.lost))
    if not planned.trips:
        echo("nothing to ask Google: no address is new, changed, only estimated or too old")
        return asked
    _agree(settings, len(planned.trips), spending, echo)
    asking = _Asking(settings, office, echo, pause)
    done = 0
    try:
        for trips, answers in asking.answers(planned.trips):
            results = [understood(trip, answer) for trip, answer in zip(trips, answers, strict=True)]
            found, lost = (list(chain.from_iterable(column)) for column in zip(*results, strict=True))
            asked.left_out += save(found, lost)
            asked.distances += found
            asked.lost += lost
            done += len(trips)
            echo(f"  {done} of {len(planned.trips)} asked, {len(asked.distances)} distances kept")
    except BrokenWorld as error:
        kept = f"{done} of {len(planned.trips)} were asked and are kept; run maps.py --provider google again for the others"
        raise type(error)(f"{error}. {kept}") from error
    return asked


def _placed_from(office: str) -> Callable[[str], bool]:
    """Whether the offline places know for sure where an address is; they are read when one is asked for."""

    @cache
    def places() -> tuple[Gazetteer, Place | None]:
        gazetteer = Gazetteer(french_places())
        found = gazetteer.locate(office)
        return gazetteer, found if isinstance(found, Place) else None

    def is_placed(address: str) -> bool:
        gazetteer, near = places()
        found = gazetteer.locate(address, near)
        return isinstance(found, Place) and not found.is_guess

    return is_placed


def _agree(settings: Settings, elements: int, spending: Spending, echo: Callable[[str], None]) -> None:
    cost = cost_eur(elements, settings.google_eur_per_1000)
    echo(
        f"asking Google for {elements} distances: at most {cost} EUR, at {settings.google_eur_per_1000} EUR per 1 000 "
        f"(SPORTDATA_GOOGLE_EUR_PER_1000); Google's first {FREE_A_MONTH} of a month are free"
    )
    if spending.most_eur is not None and cost > spending.most_eur:
        raise WrongUse(f"{cost} EUR is more than --max-cost {spending.most_eur}: nothing was asked")
    if spending.confirm is not None and not spending.confirm("Home addresses and modes of travel go to Google. Go on? [y/N] "):
        raise AnswerIsNo("not agreed: nothing was asked")


class _Asking:
    """Asks one service, and the older one from the moment that the first is refused."""

    def __init__(self, settings: Settings, office: str, echo: Callable[[str], None], pause: Callable[[float], None]) -> None:
        if settings.google_maps_api_key is None:
            raise WrongUse("GOOGLE_MAPS_API_KEY is not set")
        self._key, self._url = settings.google_maps_api_key, settings.google_url
        self._office, self._echo, self._pause = office, echo, pause
        self._service: RouteService = Routes(self._key, self._url)
        self._refused: NotOffered | None = None

    def answers(self, trips: Sequence[Trip]) -> Iterator[tuple[list[Trip], list[Answer]]]:
        """Trips with one answer each, request by request; every trip comes once."""
        waiting = list(batches(trips, self._service.most_origins))
        while waiting:
            batch = waiting.pop(0)
            try:
                yield batch, self._patiently(question(batch, self._office))
            except NotOffered as refused:
                self._fall_back(refused)
                waiting = list(batches([*batch, *chain.from_iterable(waiting)], self._service.most_origins))
            except RefusedQuestion as refused:
                if len(batch) == 1:
                    yield batch, [Answer(None, str(refused))]
                else:  # which of them it was: halve until it stands alone, so that the others go on
                    middle = len(batch) // 2
                    waiting = [batch[:middle], batch[middle:], *waiting]

    def _fall_back(self, refused: NotOffered) -> None:
        if self._refused is not None:
            raise BrokenWorld(f"{self._refused}; and {refused}. Enable the Routes API for the key's project") from refused
        self._echo(f"{refused}; falling back to the older Distance Matrix API")
        self._refused = refused
        self._service = Matrix(self._key, self._url)

    def _patiently(self, asked: Question) -> list[Answer]:
        for seconds in PAUSES_S:
            try:
                return self._service.ask(asked)
            except TryAgain as fault:
                self._echo(f"  {fault}; trying again in {seconds:g} s")
                self._pause(seconds)
        try:
            return self._service.ask(asked)
        except TryAgain as fault:
            error = QuotaUsedUp if fault.is_quota else BrokenWorld
            raise error(f"{fault}, after {len(PAUSES_S) + 1} attempts") from fault

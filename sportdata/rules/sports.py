"""The sports that are known, and by which names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from sportdata.rules.text import normalise

Saison = Literal["toute", "ete", "hiver"]


@dataclass(frozen=True)
class Sport:
    """One sport. `verbe` follows « tu viens de », `seance` is a noun with its article (« une randonnée »).

    Speeds are km/h, durations minutes; ranges are (lowest, highest) of an ordinary session. A sport whose `distance` is
    False has no speed.
    """

    nom: str
    famille: str
    synonymes: tuple[str, ...]
    verbe: str
    seance: str
    emoji: str
    distance: bool
    vitesse_max_kmh: float | None
    vitesse_kmh: tuple[float, float] | None
    duree_min: tuple[int, int]
    saison: Saison = "toute"

    @property
    def labels(self) -> tuple[str, ...]:
        """Every name of the sport, its own first."""
        return (self.nom, *self.synonymes)


class Sportif(NamedTuple):
    """Who may do which sport since when: all that a generator needs to know of a person."""

    employee_id: int
    sport: str | None
    date_embauche: date | None


class Catalogue:
    """The sports by normalised name or synonym."""

    def __init__(self, sports: Iterable[Sport]) -> None:
        """Raises ValueError when a name is blank or stands for two sports (or twice for one)."""
        self.sports = tuple(sports)
        self._by_key: dict[str, Sport] = {}
        for sport in self.sports:
            for label in sport.labels:
                self._add(normalise(label), label, sport)

    def _add(self, key: str, label: str, sport: Sport) -> None:
        if not key:
            raise ValueError(f"{sport.nom!r} has a blank name or synonym")
        other = self._by_key.setdefault(key, sport)
        if other is not sport:
            raise ValueError(f"{label!r} names both {other.nom!r} and {sport.nom!r}")
        if sum(normalise(name) == key for name in sport.labels) > 1:
            raise ValueError(f"{label!r} is given twice for {sport.nom!r} (case and accents do not count)")

    def find(self, label: str | None) -> Sport | None:
        """The sport of a label, case, accents and blanks aside; None when it is not in the catalogue."""
        return self._by_key.get(normalise(label))

    def items(self) -> Iterator[tuple[str, Sport]]:
        """Each normalised name or synonym with its sport."""
        return iter(self._by_key.items())

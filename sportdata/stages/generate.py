"""A coherent year of sport: who does what, when, how far, how fast. Pure: the clock and the seed are arguments.

Only `Random.random()` is used, whose sequence Python promises not to change: the same seed gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from math import log
from random import Random
from typing import NamedTuple

from sportdata.errors import WrongUse
from sportdata.rules.calendar import PARIS, today_in_paris
from sportdata.rules.sports import Catalogue, Saison, Sport, Sportif

Row = tuple[int, datetime, str, float | None, int, str | None]
"""employee_id, date_debut (UTC), type_activite, distance_m, duree_s, commentaire: the columns of sport_activities after id."""

WALKING = "Marche"  # what people do who declare no sport
MONTHS: Mapping[Saison, tuple[float, ...]] = {
    "toute": (0.9, 0.9, 1.0, 1.1, 1.1, 1.1, 0.9, 0.7, 1.2, 1.1, 1.0, 0.8),
    "ete": (0.4, 0.5, 0.8, 1.1, 1.3, 1.5, 1.4, 1.2, 1.3, 0.9, 0.5, 0.4),
    "hiver": (2.5, 2.8, 2.0, 0.6, 0.05, 0.02, 0.02, 0.02, 0.02, 0.05, 0.4, 1.8),
}
DAWN_S, DUSK_S = 6 * 3600, 22 * 3600  # nobody starts earlier or ends later, in Paris
WORKDAY_STARTS_H, WEEKEND_STARTS_H = (6.5, 12.1, 12.4, 17.8, 18.3, 18.8, 19.2), (8.5, 9.5, 10.2, 14.5, 15.5, 16.5)

LONGEST_DAYS = 36_525  # a century
COMMENT_SHARE = 0.12
COMMENTS: Mapping[str, tuple[str, ...]] = {
    "course": ("Reprise du sport :)", "Sortie avec les collègues", "Nouveau record personnel !", "Fractionné, ça pique"),
    "marche": ("Randonnée de St Guilhem le désert, je vous la conseille c'est top", "Pic Saint-Loup, superbe vue", "En famille"),
    "roue": ("Bord de mer jusqu'à Palavas", "Vent de face à l'aller comme au retour", "Belle boucle dans l'arrière-pays"),
    "eau": ("L'eau était parfaite", "Ça fait du bien !", "Technique et endurance"),
    "raquette": ("Belle victoire", "Défaite honorable", "Qui veut jouer la semaine prochaine ?"),
    "collectif": ("Tournoi inter-entreprises", "Il nous manque un joueur", "Victoire au dernier moment !"),
    "combat": ("Entraînement intense", "Bon cardio", "De la technique aujourd'hui"),
}
ANY_COMMENT = ("Quelle belle séance !", "Fatigué mais content", "On remet ça la semaine prochaine")


class Habit(NamedTuple):
    """What one person does: a sport, how many times a year, how good (0-1), how much they like each day of the week."""

    sport: Sport
    per_year: float
    level: float
    weekdays: tuple[float, ...]


def generate(
    sportifs: Iterable[Sportif],
    *,
    seed: int,
    days: int,
    until: date,
    now: datetime,
    catalogue: Catalogue,
    activities: int | None = None,
) -> Iterator[Row]:
    """The activities of the days (until - days, until], person by person in the order of their ids, each in order of time.

    A day that is not over at `now` (aware) is left out, so that nothing is in the future and that the same seed and until give
    the same rows all day long. With `activities`, exactly so many rows. Raises WrongUse when no day or nobody is left.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise WrongUse(f"{days} days are asked for; allowed: 1 to {LONGEST_DAYS}")
    first, last = until - timedelta(days=days - 1), min(until, today_in_paris(now) - timedelta(days=1))
    if first > last:
        raise WrongUse(f"no complete day in the {days} days until {until}: choose more --days or an earlier --until")
    dates = (first + timedelta(days=number) for number in range((last - first).days + 1))
    calendar = [(day, _midnight(day)) for day in dates]
    people = [(one, _habit(one, seed, catalogue), _hired(one, first, len(calendar))) for one in sorted(sportifs, key=_id)]
    numbers = [habit.per_year * (len(calendar) - start) / 365 for _, habit, start in people]
    counts = [round(number) for number in numbers]
    if activities is not None:
        counts = _shares(activities, numbers if sum(numbers) else [float(len(calendar) - start) for *_, start in people])
    for (one, habit, start), count in zip(people, counts, strict=True):
        if count:
            yield from _year(one, habit, count, _random(seed, one, "year"), calendar[start:])


def one_now(sportif: Sportif, now: datetime, random: Random, catalogue: Catalogue) -> Row:
    """One activity of a person that starts `now`."""
    habit = _habit(sportif, int(random.random() * 1e9), catalogue)
    metres, seconds = _effort(habit, random, weekend=now.astimezone(PARIS).weekday() >= 5, longest_s=DUSK_S - DAWN_S)
    return (sportif.employee_id, now, habit.sport.nom, metres, seconds, _comment(habit.sport, random))


def unknown_sports(sportifs: Iterable[Sportif], catalogue: Catalogue) -> list[str]:
    """The declared sports that the catalogue has under no name: whoever declares one is taken for somebody without a sport."""
    return sorted({one.sport.strip() for one in sportifs if one.sport and one.sport.strip() and catalogue.find(one.sport) is None})


def _id(sportif: Sportif) -> int:
    return sportif.employee_id


def _random(seed: int, sportif: Sportif, purpose: str) -> Random:
    return Random(f"{seed}/{sportif.employee_id}/{purpose}")  # noqa: S311 - invents demo data, guards nothing


def _midnight(day: date) -> datetime:
    """From which seconds of the day are counted; by the offset of noon, as nothing starts in the night of a change of clocks."""
    noon = datetime.combine(day, time(12), PARIS).astimezone(UTC)
    return noon - timedelta(hours=12)


def _hired(sportif: Sportif, first: date, days: int) -> int:
    """On which of so many days, counted from 0, a person begins to work here; `days` when on none."""
    if sportif.date_embauche is None:
        return 0
    return min(max((sportif.date_embauche - first).days, 0), days)


def _habit(sportif: Sportif, seed: int, catalogue: Catalogue) -> Habit:
    """Most who declare a sport do it 18 to 75 times a year, few less; one in seven of the others walks now and then."""
    random = _random(seed, sportif, "habit")
    chance, amount, level = random.random(), random.random(), random.random()
    weekdays = (*[1.0 if random.random() < 0.35 else 0.15 for _ in range(5)], 0.8, 0.8)
    declared = catalogue.find(sportif.sport)
    if declared is None:
        walking = catalogue.find(WALKING) or catalogue.sports[0]
        return Habit(walking, 1 + 5 * amount if chance < 0.15 else 0.0, level, weekdays)
    return Habit(declared, 18 + 57 * amount**2 if chance < 0.97 else 2 + 11 * amount, level, weekdays)


def _shares(total: int, weights: Sequence[float]) -> list[int]:
    """The total in whole numbers, in proportion to the weights; none for a weight of 0."""
    reached = [0.0, *accumulate(weights)]
    if not reached[-1]:
        raise WrongUse("nobody was employed in these days: choose a later --until")
    return [round(total * after / reached[-1]) - round(total * before / reached[-1]) for before, after in pairwise(reached)]


def _year(sportif: Sportif, habit: Habit, count: int, random: Random, calendar: Sequence[tuple[date, datetime]]) -> Iterator[Row]:
    """So many activities on the days of a calendar (a day, its midnight); more than one a day only when there are too few days."""
    every_day, remainder = divmod(count, len(calendar))
    chosen = _days(habit, remainder, [day for day, _ in calendar], random)
    for number, (day, midnight) in enumerate(calendar):
        sessions = every_day + (number in chosen)
        weekend = day.weekday() >= 5
        for session in range(sessions):
            slot_s = (DUSK_S - DAWN_S) // sessions
            metres, seconds = _effort(habit, random, weekend, longest_s=slot_s)
            start_s = _start(random, weekend) if sessions == 1 else DAWN_S + session * slot_s
            start = midnight + timedelta(seconds=min(start_s, DUSK_S - seconds))
            yield (sportif.employee_id, start, habit.sport.nom, metres, seconds, _comment(habit.sport, random))


def _days(habit: Habit, count: int, calendar: Sequence[date], random: Random) -> set[int]:
    """So many different days, drawn by the weight of their month and weekday (Efraimidis and Spirakis: the largest log(u)/w)."""
    months = MONTHS[habit.sport.saison]
    keys = [log(1.0 - random.random()) / (months[day.month - 1] * habit.weekdays[day.weekday()]) for day in calendar]
    return set(sorted(range(len(calendar)), key=keys.__getitem__)[len(calendar) - count :])


def _start(random: Random, weekend: bool) -> int:
    """A second of the Paris day: before work, at lunch, after work; in the morning or the afternoon at weekends."""
    hours = WEEKEND_STARTS_H if weekend else WORKDAY_STARTS_H
    return int(3600 * (hours[int(random.random() * len(hours))] + 0.5 * random.random()))


def _effort(habit: Habit, random: Random, weekend: bool, longest_s: int) -> tuple[float | None, int]:
    """Metres (None where they mean nothing) and seconds, within the ranges of the sport; longer at weekends."""
    shortest, longest = habit.sport.duree_min
    share = (random.random() + random.random()) / 2
    minutes = shortest + (longest - shortest) * (0.3 + 0.7 * share if weekend else 0.8 * share)
    seconds = max(1, min(int(60 * minutes), longest_s))
    if habit.sport.vitesse_kmh is None:
        return None, seconds
    slowest, fastest = habit.sport.vitesse_kmh
    form = 0.8 * habit.level + 0.2 * random.random()
    return float(int((slowest + (fastest - slowest) * form) / 3.6 * seconds)), seconds


def _comment(sport: Sport, random: Random) -> str | None:
    if random.random() >= COMMENT_SHARE:
        return None
    sentences = COMMENTS.get(sport.famille, ANY_COMMENT)
    return sentences[int(random.random() * len(sentences))]

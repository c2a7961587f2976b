"""What the suites of `expectations/` need beyond the rows: the limits of each sport, and the rhythm of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from sportdata.contracts.validation import Rhythm, SportLimits
from sportdata.rules.sports import Catalogue

HISTORY_DAYS = 14  # below, nothing is usual yet
USUAL_WEEKS = 8
LONGEST_PAUSE_DAYS = 7  # a longer one was an outage, not a habit
FEWEST_A_WEEK = 20  # below, chance alone makes a third or three times as many
LOOK_BACK_DAYS = 400


def sport_limits(catalogue: Catalogue, labels: Iterable[str | None]) -> Iterator[SportLimits]:
    """The limits of each label that names a sport, case, accents and blanks aside; the others are left out. No label twice.

    The catalogue's own labels always come, so that one which appears while the check runs is known too.
    """
    known = {label for sport in catalogue.sports for label in sport.labels}
    for label in sorted(known | {label for label in labels if label}):
        sport = catalogue.find(label)
        if sport is not None:
            slowest = None if sport.vitesse_kmh is None else sport.vitesse_kmh[0]
            shortest, longest = (60 * minutes for minutes in sport.duree_min)
            yield SportLimits(label, sport.distance, sport.vitesse_max_kmh, slowest, shortest, longest)


def rhythm(activities_by_day: Mapping[date, int], today: date) -> Rhythm:
    """Freshness and volume on the eve of `today`, whose own activities are still coming in; later days are left aside."""
    days = sorted(day for day, number in activities_by_day.items() if number and day <= today)
    if not days:
        return Rhythm(None, None, None, None, None, None, None)
    age = (today - days[-1]).days
    recent = [day for day in days if (days[-1] - day).days <= 7 * USUAL_WEEKS]
    pause = min(max(((after - before).days for before, after in pairwise(recent)), default=0), LONGEST_PAUSE_DAYS)
    this_week, usual = _volumes(activities_by_day, days[0], today)
    share = None if usual is None or usual < FEWEST_A_WEEK else this_week / usual
    return Rhythm(days[-1], age, pause, max(age - pause, 0), this_week, usual, share)


def _volumes(activities_by_day: Mapping[date, int], first: date, today: date) -> tuple[int, float | None]:
    """The activities of the last seven whole days, and the median of the whole weeks before; None below 14 days of history."""
    whole = min((today - first).days // 7, USUAL_WEEKS + 1)
    weeks = [sum(activities_by_day.get(today - timedelta(days=7 * week + day), 0) for day in range(1, 8)) for week in range(max(whole, 1))]
    return weeks[0], None if (today - first).days < HISTORY_DAYS else float(median(weeks[1:]))

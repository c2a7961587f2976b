"""Writes a coherent year of activities for the employees that HR knows."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime

from rich.console import Console
from rich.progress import track

from sportdata.adapters import activities as table
from sportdata.adapters.catalogue import catalogue
from sportdata.adapters.postgres import connect
from sportdata.local.script import positive, run
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings
from sportdata.stages.generate import generate, unknown_sports

EXAMPLES = """examples:
  strava_generator.py                                      a year until today; a second run adds nothing
  strava_generator.py --seed 7 --until 2026-06-30          the same rows wherever and whenever it runs
  strava_generator.py --employees 50 --activities 100000 --append"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=42, help="the same seed and --until give the same rows (default: 42)")
    parser.add_argument("--days", type=positive, default=365, help="how many days back from --until (default: 365)")
    parser.add_argument(
        "--until", type=date.fromisoformat, metavar="DATE", help="the last day; one that is not over is left out (default: today)"
    )
    parser.add_argument("--employees", type=positive, metavar="N", help="only the first N active employees (default: all)")
    parser.add_argument("--activities", type=positive, metavar="N", help="exactly N rows (default: as many as people really do)")
    parser.add_argument("--append", action="store_true", help="add to what is there (the same --seed adds the same again)")
    return parser.parse_args()


def main() -> None:
    """Reads who does which sport, then copies their activities in one transaction."""
    asked, settings, now = arguments(), Settings(), datetime.now(UTC)
    say = Console(soft_wrap=True, highlight=False, markup=False, emoji=False).print
    period = {"seed": asked.seed, "days": asked.days, "until": asked.until or today_in_paris(now), "now": now}
    sports = catalogue(settings)
    with connect(settings, "sportdata_writer") as connection:
        table.lock(connection)
        if not asked.append and not table.is_empty(connection):
            return say("public.sport_activities already holds activities: nothing added (--append adds more)")
        people = table.active_sportifs(connection, asked.employees)
        for label in unknown_sports(people, sports):
            say(f"warning: no sport is called {label!r} in {settings.sports.name}: who declares it does little (a word in synonymes helps)")
        rows = generate(people, **period, catalogue=sports, activities=asked.activities)
        bar = track(rows, "Writing", total=asked.activities, console=Console(stderr=True), disable=not sys.stderr.isatty())
        written = table.copy(connection, bar)
    return say(f"{written} activities written for {len(people)} employees")


if __name__ == "__main__":
    run(main)

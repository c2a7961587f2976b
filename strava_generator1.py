"""Writes one activity dated now, to see it travel; with --every, a steady flow until Ctrl-C."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from datetime import UTC, datetime
from random import SystemRandom

from rich.console import Console

from sportdata.adapters import activities as table
from sportdata.adapters.catalogue import catalogue
from sportdata.adapters.postgres import connect
from sportdata.errors import WrongUse
from sportdata.local.script import positive_seconds, run
from sportdata.rules.sports import Catalogue
from sportdata.settings import Settings
from sportdata.stages.generate import Row, one_now


def sentence(row: Row, sports: Catalogue) -> str:
    """« Le salarié 59019 vient de courir 10,8 km en 46 min ! 🏃 »: no name, which the role that writes may not read."""
    employee_id, _, label, metres, seconds, comment = row
    sport = sports.find(label)
    hours, minutes = divmod(seconds // 60, 60)
    lasting = f"{hours} h {minutes:02}" if hours else f"{minutes} min"
    done = f"pendant {lasting}" if metres is None else f"{f'{metres / 1000:.1f}'.removesuffix('.0')} km en {lasting}".replace(".", ",")
    verb, emoji = (sport.verbe, sport.emoji) if sport else (label, "🏅")
    return f"Le salarié {employee_id} vient de {verb} {done} ! {emoji}" + (f' ("{comment}")' if comment else "")


def main() -> None:
    """Writes an activity, says so, and again as long as asked."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: strava_generator1.py --employee 59019 --every 2")
    parser.add_argument("--employee", type=int, metavar="ID", help="whose activity (default: anyone who declares a sport)")
    parser.add_argument("--every", type=positive_seconds, metavar="SECONDS", help="then one more each so many seconds, until Ctrl-C")
    asked, settings, random = parser.parse_args(), Settings(), SystemRandom()
    sports, say = catalogue(settings), Console(soft_wrap=True, highlight=False, markup=False).print
    with connect(settings, "sportdata_writer", autocommit=True) as connection, suppress(KeyboardInterrupt):
        active = table.active_sportifs(connection)
        people = [one for one in active if one.employee_id == asked.employee or (asked.employee is None and one.sport)]
        if asked.employee is not None and not people:
            raise WrongUse(f"--employee {asked.employee}: HR knows no active employee of that id")
        while True:
            row = one_now(random.choice(people or active), datetime.now(UTC), random, sports)
            say(f"{table.insert(connection, row)}: {sentence(row, sports)}", emoji=False)
            if asked.every is None:
                break
            time.sleep(asked.every)


if __name__ == "__main__":
    run(main)

"""Writes one activity dated now, to see it travel, and says what Slack should show; with --every, a steady flow until Ctrl-C."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from datetime import UTC, datetime
from random import SystemRandom

from rich.console import Console

from sportdata.adapters import activities as table
from sportdata.adapters.catalogue import catalogue
from sportdata.adapters.ledger import Ledger
from sportdata.adapters.postgres import connect
from sportdata.contracts.announcements import read_templates
from sportdata.errors import WrongUse
from sportdata.local.script import positive_seconds, run
from sportdata.rules.calendar import today_in_paris
from sportdata.settings import Settings
from sportdata.stages.announce import expected
from sportdata.stages.generate import one_now


def main() -> None:
    """Writes an activity, says what the channel should read, and again as long as asked."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: strava_generator1.py --employee 59019 --every 2")
    parser.add_argument("--employee", type=int, metavar="ID", help="whose activity (default: anyone who declares a sport)")
    parser.add_argument("--every", type=positive_seconds, metavar="SECONDS", help="then one more each so many seconds, until Ctrl-C")
    asked, settings, random = parser.parse_args(), Settings(), SystemRandom()
    sports, say = catalogue(settings), Console(soft_wrap=True, highlight=False, markup=False, emoji=False).print
    templates = read_templates(settings.slack_templates.read_text(encoding="utf-8"), settings.slack_templates.name)
    with (
        connect(settings, "sportdata_writer", autocommit=True) as connection,
        connect(settings, "sportdata_slack", autocommit=True) as names,  # the role that writes may not read names
        suppress(KeyboardInterrupt),
    ):
        today = today_in_paris(datetime.now(UTC))
        active = [one for one in table.active_sportifs(connection) if one.date_embauche is None or one.date_embauche <= today]
        people = [one for one in active if one.employee_id == asked.employee or (asked.employee is None and one.sport)]
        if asked.employee is not None and not people:
            raise WrongUse(f"--employee {asked.employee}: HR knows no active employee of that id who has been hired by today")
        if not active:
            raise WrongUse("HR knows nobody who is active and has been hired by today: sportdata load-hr")
        while True:
            row = one_now(random.choice(people or active), datetime.now(UTC), random, sports)
            person = Ledger(names).people([row[0]]).get(row[0])
            number = table.insert(connection, row)
            say(f"{number}: {expected(number, row, person, templates, sports)}")
            if asked.every is None:
                break
            time.sleep(asked.every)


if __name__ == "__main__":
    run(main)

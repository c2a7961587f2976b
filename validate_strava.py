"""Checks the activities in PostgreSQL and gold against the suites of expectations/. Exit: 0 fine, 1 data fail, 2 could not check."""

from __future__ import annotations

import argparse
import json
import sys

from rich.console import Console

from sportdata.errors import BrokenWorld
from sportdata.local.containers import VALIDATION, hand_over
from sportdata.local.script import positive_seconds, run
from sportdata.local.validate import Wish, check
from sportdata.local.validate_report import show
from sportdata.local.validate_watch import watch
from sportdata.settings import Settings

EXAMPLES = """examples:
  validate_strava.py                                     everything, once gold shows what was committed before
  validate_strava.py --only postgres --suite rythme --strict    one suite on the source alone; warnings fail too
  validate_strava.py --only gold --wait 0                gold as it is, even while the stack is down
  validate_strava.py --json | jq '.suites[].outcomes[] | select(.success | not)'
  validate_strava.py --watch --every 30                  again and again, with metrics for Prometheus"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", action="append", default=[], metavar="NAME", help="only this suite; may be given again")
    parser.add_argument("--only", choices=["postgres", "gold"], help="only one of the two (default: both)")
    parser.add_argument("--strict", action="store_true", help="a warning fails too")
    parser.add_argument("--wait", type=float, default=120, metavar="S", help="how long gold may take; 0: as it is (default: 120)")
    parser.add_argument("--no-docs", action="store_true", help="leave the Data Docs as they are")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the whole report as JSON")
    form.add_argument("--watch", action="store_true", help="until Ctrl-C, with metrics on port 8086 (+ SPORTDATA_PORT_OFFSET)")
    parser.add_argument("--every", type=positive_seconds, default=60, metavar="S", help="between two starts of --watch (default: 60)")
    return parser.parse_args()


def main() -> int:
    asked, settings, out = arguments(), Settings(), Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 140)
    if settings.beside_containers:
        return hand_over(["python", "validate_strava.py", *sys.argv[1:]], VALIDATION if asked.watch else None)
    wish = Wish(tuple(asked.suite), asked.only, asked.strict, asked.wait, docs=not asked.no_docs)
    if asked.watch:
        return watch(settings, wish, asked.every, out)
    with Console(stderr=True).status("starting") as status:
        report = check(settings, wish, status.update)
    if asked.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        show(report, out)
    if report.unchecked:
        raise BrokenWorld("; ".join(report.unchecked))
    return report.exit_code


if __name__ == "__main__":
    run(main)

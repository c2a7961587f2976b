"""Works out the home-office distances of the employees that have none yet."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sportdata.errors import WrongUse
from sportdata.local.distances import work_out
from sportdata.local.google import Spending
from sportdata.local.script import run
from sportdata.settings import Settings

EXAMPLES = """examples:
  python maps.py                                             estimate what is missing, without a network
  python maps.py --provider recorded --file distances.csv    take recorded distances (employee_id,mode,distance_km)
  python maps.py --provider google --max-cost 1.50           ask Google (key in GOOGLE_MAPS_API_KEY); says the cost, then asks you
  python maps.py --provider google --max-cost 1.50 --yes     the same from a script
"""


def euros(text: str) -> Decimal:
    """An amount of euros, for argparse."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text} is not an amount of euros") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{text} is not an amount of euros")
    return amount


def agreed(question: str) -> bool:
    """Asks whoever sits at the terminal."""
    if not sys.stdin.isatty():
        raise WrongUse("--provider google sends addresses and may cost money, and nobody can be asked here: agree with --yes")
    try:
        return input(question).strip().lower() in {"y", "yes", "o", "oui"}
    except EOFError:  # Ctrl-D
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--provider", choices=["google", "recorded", "estimate"], default="estimate", help="default: %(default)s")
    parser.add_argument("--file", type=Path, help="the CSV of --provider recorded")
    parser.add_argument("--max-cost", type=euros, metavar="EUR", help="with --provider google: ask nothing that may cost more")
    parser.add_argument("--yes", action="store_true", help="with --provider google: do not ask me first")
    options = parser.parse_args()
    if options.file and options.provider != "recorded":
        raise WrongUse(f"--file goes with --provider recorded, not with {options.provider}")
    if (options.yes or options.max_cost is not None) and options.provider != "google":
        raise WrongUse(f"--yes and --max-cost go with --provider google, not with {options.provider}")
    work_out(Settings(), options.provider, options.file, print, Spending(options.max_cost, None if options.yes else agreed))


if __name__ == "__main__":
    run(main)

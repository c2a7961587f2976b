"""Works out the home-office distances of the employees that have none yet."""

from __future__ import annotations

import argparse
from pathlib import Path

from sportdata.errors import WrongUse
from sportdata.local.distances import work_out
from sportdata.local.script import run
from sportdata.settings import Settings

EXAMPLES = """examples:
  python maps.py                                             estimate what is missing, without a network
  python maps.py --provider recorded --file distances.csv    take recorded distances (employee_id,mode,distance_km)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--provider", choices=["google", "recorded", "estimate"], default="estimate", help="default: %(default)s")
    parser.add_argument("--file", type=Path, help="the CSV of --provider recorded")
    parser.add_argument("--max-cost", type=float, metavar="EUR", help="the most that --provider google may spend")
    parser.add_argument("--yes", action="store_true", help="do not ask before --provider google spends")
    options = parser.parse_args()
    if options.provider == "google":
        raise WrongUse("--provider google is not available in this version: use --provider estimate, or recorded with --file")
    if options.file and options.provider != "recorded":
        raise WrongUse(f"--file goes with --provider recorded, not with {options.provider}")
    work_out(Settings(), options.provider, options.file, echo=print)


if __name__ == "__main__":
    run(main)

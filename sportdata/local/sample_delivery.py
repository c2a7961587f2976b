"""Writes the sample delivery of `data/`: `python -m sportdata.local.sample_delivery`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sportdata.adapters.workbook import write_workbook
from sportdata.contracts.delivery import RH_COLUMNS, SHEET, SPORT_COLUMNS
from sportdata.errors import WrongUse
from sportdata.local.script import positive, run
from sportdata.settings import ROOT
from sportdata.stages.sample_delivery import make_people

RH_FILE, SPORT_FILE = "donnees_rh.xlsx", "donnees_sportives.xlsx"
BLANK_ROWS = 838  # formatted and empty at the foot of the sport workbook, as the real one has them
EXAMPLES = """examples:
  python -m sportdata.local.sample_delivery                       the delivery of data/, byte for byte
  python -m sportdata.local.sample_delivery --leavers 5 --out x   the next one, in which 5 people are gone
"""


def write_sample(out: Path, employees: int, seed: int, leavers: int = 0) -> tuple[Path, Path]:
    """Writes both workbooks into a folder (made if need be) and returns where; the last `leavers` people are left out.

    Raises WrongUse when nobody would be left.
    """
    if not 0 <= leavers < employees:
        raise WrongUse(f"--leavers {leavers}: of {employees} employees at least one must stay")
    people = make_people(employees, seed)[: employees - leavers]
    out.mkdir(parents=True, exist_ok=True)
    rh, sport = out / RH_FILE, out / SPORT_FILE
    write_workbook(rh, SHEET, RH_COLUMNS, [person.rh_row() for person in people])
    write_workbook(sport, SHEET, SPORT_COLUMNS, [person.sport_row() for person in people], BLANK_ROWS)
    return rh, sport


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--employees", type=positive, default=161, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=ROOT / "data", help="default: data/")
    parser.add_argument("--leavers", type=int, default=0, help="how many of the people have left (default: %(default)s)")
    options = parser.parse_args()
    for file in write_sample(options.out, options.employees, options.seed, options.leavers):
        print(file)  # noqa: T201 - the command's own output


if __name__ == "__main__":
    run(main)

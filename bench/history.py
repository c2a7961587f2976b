"""Speed of the history on this machine, without a stack: a year of activities in gold's memory, then a replay, and what normal life costs.

Prints figures with the machine and the load; it asserts nothing.

    .venv/bin/python bench/history.py                                      1 000 000 activities of 1 000 employees
    .venv/bin/python bench/history.py --activities 1000000 --employees 10000
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psutil

from sportdata.adapters.activity_counts import ActivityCounts
from sportdata.adapters.gold_state import Change, GoldState
from sportdata.adapters.hr_reader import HrRow
from sportdata.adapters.hr_versions import HrVersions
from sportdata.adapters.kpis_history import KpisHistory
from sportdata.adapters.parameter_versions import ParameterVersions
from sportdata.contracts.parameters import read_parameters
from sportdata.jobs.company import Company
from sportdata.jobs.known import day_number, parameters_by_day
from sportdata.rules.declarations import BIKE, WALK
from sportdata.settings import ROOT, Settings

TODAY = date(2026, 6, 15)
CHUNK = 50_000


def changes(count: int, employees: int, draw: random.Random) -> Iterator[list[Change]]:
    today = day_number(TODAY)
    for start in range(0, count, CHUNK):
        yield [
            Change(0, "c", number, number, "", False, True, None, draw.randint(1, employees), 0, draw.choice(("Tennis", "Runing", "Judo")),
                   5000.0, 1800, None, 0, today - draw.randint(0, 364), "", True, 0)
            for number in range(start + 1, min(start + CHUNK, count) + 1)
        ]  # fmt: skip


def somebody(who: int, draw: random.Random) -> HrRow:
    hired = TODAY - timedelta(days=draw.randint(10, 4000))
    salary = Decimal(draw.randint(2_000_000, 9_000_000)) / 100
    mode, metres = draw.choice((WALK, BIKE, "Transports en commun")), draw.randint(500, 40_000)
    return HrRow(who, f"BU {who % 6}", hired, salary, mode, True, None, metres, draw.choice((0, 900)), None)


def timed(title: str, work: Callable[[], object]) -> None:
    began, cpu = time.monotonic(), time.process_time()
    said = work()
    print(
        f"{title}: {time.monotonic() - began:.2f} s ({time.process_time() - cpu:.2f} s of processor)" + (f", {said}" if said else ""),
        flush=True,
    )


class Bench:
    def __init__(self, home: Path, activities: int, employees: int) -> None:
        self.draw, self.home, self.employees, self.last = random.Random(1), home, employees, activities
        self.settings = Settings(home=home)
        self.state = GoldState(home / "gold" / "state.sqlite")
        self.hr, self.rules = HrVersions(self.settings.lake), ParameterVersions(self.settings.lake)
        self.parameters = read_parameters(self.settings.config.read_text(), "config.yml")
        now = datetime(2026, 6, 15, tzinfo=UTC)
        self.hr.remember([somebody(who, self.draw) for who in range(1, employees + 1)], now, TODAY)
        self.rules.remember(self.parameters, now, TODAY)
        with self.state.transaction():
            self.state.remember("batch_id", "1")
            for part in changes(activities, employees, self.draw):
                self.state.apply("t", part)
        self.kpis = KpisHistory(self.settings.lake, self.settings.history_lock)
        self.company = Company(parameters_by_day(self.rules.all, day_number(TODAY), self.parameters), day_number(TODAY))

    def replay(self) -> str:
        config = self.home / "config.yml"
        config.write_text(self.settings.config.read_text().replace("date_reference: null", f"date_reference: {TODAY}"))
        environment = {**os.environ, "SPORTDATA_HOME": str(self.home), "SPORTDATA_PORT_OFFSET": "12900", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "sportdata", "replay", "--config", str(config), "--reason", "bench"]
        return subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]

    def take_up(self, chosen: set[int] | None) -> None:
        versions = self.hr.all if chosen is None else {who: self.hr.all[who] for who in chosen}
        activities = ActivityCounts(self.state.file)
        self.company.put(versions, activities, chosen is None)
        self.company.put_rights(versions)
        self.company.put_done(versions, activities, chosen is None)
        activities.close()
        self.kpis.show(self.company.indicators.rows(), datetime.now(UTC), 1)
        for rows in (
            self.company.eligibilites_historique(), self.company.simulations(), self.company.proches_du_seuil(),
            self.company.declarations(), self.company.pratique_mensuelle(lambda label: label),
        ):  # fmt: skip
            list(rows)

    def correct(self, how_many: int) -> None:
        """So many activities of any day move to today, as in 30 s of a steady flow."""
        today = day_number(TODAY)
        moved = [
            Change(0, "u", self.draw.randint(1, self.last), self.last + 1 + number, "", False, True, None,
                   self.draw.randint(1, self.employees), 0, "Tennis", None, 60, None, 0, today, "", True, 0)
            for number in range(how_many)
        ]  # fmt: skip
        self.last += how_many
        with self.state.transaction():
            touched = self.state.apply("t", moved)
        timed(f"{how_many} corrections, {len(touched)} employees touched", lambda: self.take_up(touched))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--activities", type=int, default=1_000_000)
    parser.add_argument("--employees", type=int, default=1_000)
    asked = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="sportdata-bench-") as folder:
        bench = Bench(Path(folder) / "home", asked.activities, asked.employees)
        print(f"{asked.activities} activities of {asked.employees} employees are in gold's memory", flush=True)
        timed("replay of a year, as the command", bench.replay)
        timed("the whole history after a start", lambda: bench.take_up(None))
        for how_many in (1, 10, 300):
            bench.correct(how_many)
        print(f"resident at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()

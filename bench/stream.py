"""Speed of the stream on this machine: a backlog from COPY to gold, then the freshness of live changes over that history.

A stack of its own, on other ports; removed afterwards. Prints figures with the machine and the load; it asserts nothing.

    make bench                                   1 000 000 activities, then 10 changes a second for a minute
    .venv/bin/python bench/stream.py --history 100000 --rate 10 --seconds 60
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg

from sportdata.adapters import delta
from sportdata.contracts.tables import KPIS
from sportdata.settings import ROOT, Settings

INSERT = "INSERT INTO public.sport_activities (employee_id, date_debut, type_activite, duree_s) VALUES (%s, %s, 'Tennis', 60)"


class Bench:
    def __init__(self, home: Path, offset: int) -> None:
        self.settings = Settings(home=home, port_offset=offset)
        self.environment = {**os.environ, "SPORTDATA_HOME": str(home), "SPORTDATA_PORT_OFFSET": str(offset)}

    def run(self, *command: str) -> str:
        first = [str(ROOT / command[0])] if command[0].endswith(".py") else ["-m", "sportdata", command[0]]
        done = subprocess.run(
            [sys.executable, *first, *command[1:]], env=self.environment, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True
        )
        return done.stdout

    def usage(self) -> dict[str, tuple[float, int]]:
        """Component → (CPU seconds so far, resident bytes), children included."""
        status = json.loads(self.run("status", "--json"))["components"]
        return {name: _family(one["pid"]) for name, one in status.items() if one.get("pid") and name != "gold"}

    def backlog(self, history: int) -> None:
        began = time.monotonic()
        before = self.usage()
        self.run("strava_generator.py", "--activities", str(history))
        copied = time.monotonic()
        self.run("wait", "--timeout", "1200")
        after = self.usage()
        total = time.monotonic() - began
        print(f"backlog: {history} activities, COPY {copied - began:.1f} s, from its start to gold (all tables) {total:.1f} s")
        print(f"  {history / (copied - began):.0f} activities a second are written (the aim: a million in less than 30 s)")
        _show("  CPU seconds", {name: f"{after[name][0] - before[name][0]:.0f}" for name in after})
        _show("  resident MB", {name: f"{after[name][1] / 1e6:.0f}" for name in after})

    def live(self, rate: float, seconds: float) -> None:
        sent: list[tuple[datetime, float]] = []
        stop = threading.Event()
        seen: list[tuple[float, datetime]] = []
        watcher = threading.Thread(target=self._watch, args=(stop, seen), daemon=True)
        watcher.start()
        before, began = self.usage(), time.monotonic()
        self._change(rate, seconds, sent)
        self.run("wait", "--timeout", "300")
        elapsed, after = time.monotonic() - began, self.usage()
        stop.set()
        watcher.join()
        late = sorted(next(at for at, last in seen if last >= start) - committed for start, committed in sent)
        cuts = statistics.quantiles(late, n=100)
        print(f"live: {rate:g} changes/s for {seconds:g} s (80 % inserts, 15 % updates, 5 % deletes), {len(late)} inserts measured")
        print(f"  commit to gold.kpis: p50 {statistics.median(late):.2f} s, p95 {cuts[94]:.2f} s, max {late[-1]:.2f} s")
        _show("  CPU seconds per minute", {name: f"{(after[name][0] - before[name][0]) / elapsed * 60:.0f}" for name in after})

    def _change(self, rate: float, seconds: float, sent: list[tuple[datetime, float]]) -> None:
        draw = random.Random(1)
        with psycopg.connect(self.settings.dsn("postgres"), autocommit=True) as connection:
            employees = [row[0] for row in connection.execute("SELECT employee_id FROM hr.employes WHERE actif")]
            highest = connection.execute("SELECT max(id) FROM public.sport_activities").fetchone()[0]
            due = time.monotonic()
            for _ in range(int(rate * seconds)):
                kind, one = draw.random(), draw.randint(1, highest)
                if kind < 0.8:
                    start = datetime.now(UTC)
                    connection.execute(INSERT, [draw.choice(employees), start])
                    sent.append((start, time.monotonic()))
                elif kind < 0.95:
                    connection.execute("UPDATE public.sport_activities SET duree_s = duree_s + 1 WHERE id = %s", [one])
                else:
                    connection.execute("DELETE FROM public.sport_activities WHERE id = %s", [one])
                due += 1 / rate
                time.sleep(max(0.0, due - time.monotonic()))

    def _watch(self, stop: threading.Event, seen: list[tuple[float, datetime]]) -> None:
        """Notes when each newer last_activity became readable."""
        table = delta.open_table(self.settings.lake, KPIS)
        known = -1
        while not stop.wait(0.05):
            table.update_incremental()
            if table.version() != known:
                known = table.version()
                last = delta.select(table, ["last_activity"]).read_all().to_pylist()[0]["last_activity"]
                seen.append((time.monotonic(), last or datetime.now(UTC) - timedelta(days=999)))

    def idle(self, seconds: float) -> None:
        before, began = self.usage(), time.monotonic()
        time.sleep(seconds)
        after, elapsed = self.usage(), time.monotonic() - began
        shares = {name: (after[name][0] - before[name][0]) / elapsed * 100 for name in after}
        _show(
            f"idle for {seconds:g} s, % of a core",
            {**{name: f"{share:.1f}" for name, share in shares.items()}, "all": f"{sum(shares.values()):.1f}"},
        )


def _family(pid: int) -> tuple[float, int]:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in family), sum(one.memory_info().rss for one in family)


def _show(title: str, values: dict[str, str]) -> None:
    names = {"bronze": "bronze+gold"}
    print(f"{title}: " + ", ".join(f"{names.get(name, name)} {value}" for name, value in values.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--history", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--idle", type=float, default=60)
    parser.add_argument("--port-offset", type=int, default=12_000)
    asked = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="sportdata-bench-") as folder:
        bench = Bench(Path(folder) / "home", asked.port_offset)
        try:
            bench.run("up", "--wait")
            bench.run("load-hr")
            bench.run("maps.py")
            bench.run("wait")
            bench.idle(asked.idle)
            bench.backlog(asked.history)
            print("first, with a JVM that has compiled little:")
            bench.live(asked.rate, asked.seconds)
            print("then, warmed up:")
            bench.live(asked.rate, asked.seconds)
        finally:
            bench.run("reset")


if __name__ == "__main__":
    main()

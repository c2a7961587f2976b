"""Beside the way: tells Prometheus what no process of ours counts by itself."""

from sportdata.jobs.exporter import run as run_exporter
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: run_exporter(Settings()))

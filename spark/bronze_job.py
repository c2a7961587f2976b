"""4b: the topic becomes bronze. In containers it runs on its own; in the embedded stack it shares a driver with gold (both_jobs.py)."""

from sportdata.jobs.streams import run as run_streams
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: run_streams(Settings(), bronze=True, gold=False))

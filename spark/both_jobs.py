"""4b and 5 in one Spark driver: what a laptop runs."""

from sportdata.jobs.streams import run as run_streams
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: run_streams(Settings(), bronze=True, gold=True))

"""5: bronze and HR data become gold."""

from sportdata.jobs.streams import run as run_streams
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: run_streams(Settings(), bronze=False, gold=True))

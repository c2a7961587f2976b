"""4a: announces each new activity in Slack, once; without a token, on a page of this machine."""

from sportdata.jobs.slack import run as run_slack
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: run_slack(Settings()))

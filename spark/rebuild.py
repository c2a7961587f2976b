"""Gold anew, once, from bronze and the HR versions alone; `sportdata rebuild` runs it."""

from sportdata.jobs.rebuild import rebuild
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: rebuild(Settings()))

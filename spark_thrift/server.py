"""6: SQL for Power BI over the Delta tables. Arguments: the class path with hive-site.xml and the password check, and the password file."""

import sys

from sportdata.jobs.thrift import serve
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: serve(Settings(), sys.argv[1], sys.argv[2]))

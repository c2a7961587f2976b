"""6: SQL for Power BI over the Delta tables. Arguments: the class path of hive-site.xml and the guard, and the password file."""

import sys

from sportdata.jobs.thrift import serve
from sportdata.local.script import run
from sportdata.settings import Settings

if __name__ == "__main__":
    run(lambda: serve(Settings(), sys.argv[1], sys.argv[2]))

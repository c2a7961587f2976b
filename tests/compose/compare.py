"""Run in a container beside PostgreSQL and the lake: prints, as JSON, every difference between gold and what SQL works out."""

from __future__ import annotations

import json
import sys

from sportdata.settings import Settings
from tests.system.oracle import compare

if __name__ == "__main__":
    sys.stdout.write(json.dumps(compare(Settings(), skip_since=True)))

"""Makes docs/metrics.md of sportdata/metrics.py; `--check` only says (1) when it is not what it would be."""

from __future__ import annotations

import sys

from sportdata.metrics import catalogue
from sportdata.settings import ROOT

FILE = ROOT / "docs" / "metrics.md"
HEAD = """\
# Metrics

Made from `sportdata/metrics.py` by `make monitoring`. The end of a name says its unit: `_seconds`, `_bytes`, `_euros`,
`_timestamp_seconds` (Unix time); without one it is a count, or 1 for yes.

| metric | kind | labels | what it says |
|---|---|---|---|
"""


def page() -> str:
    lines = (f"| `{one.name}` | {one.kind or '(of others)'} | {', '.join(one.labels)} | {one.meaning} |" for one in catalogue())
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    if FILE.exists() and FILE.read_text() == page():
        return 0
    if "--check" in sys.argv[1:]:
        sys.stderr.write("docs/metrics.md is not what sportdata/metrics.py says: run `make monitoring`\n")
        return 1
    FILE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())

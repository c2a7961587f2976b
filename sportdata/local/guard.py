"""What the containers ask before anything starts: can the passwords be read, are they the demo's, and may they be?

Run as `python -m sportdata.local.guard`.
"""

from __future__ import annotations

import os
from pathlib import Path

from sportdata.errors import BrokenWorld
from sportdata.local.script import run
from sportdata.settings import Settings, is_demo

OPEN = (
    "after a checkout with umask 027 or 077: `chmod -R go+rX config data docs init monitoring secrets`; in a folder of your own: chmod "
    "0444 the files (secrets/README.md)"
)
MAY_BE_EMPTY = {"slack_token", "thrift_tls"}


def look_at(settings: Settings) -> list[str]:
    """Warnings. Raises BrokenWorld for a password that is missing or cannot be read, or is the demo's beyond the demo."""
    folder = settings.secrets or Path("/run/secrets")
    files = [file for file in sorted(folder.iterdir()) if file.is_file()]
    if closed := [file.name for file in files if not os.access(file, os.R_OK, effective_ids=True)]:
        raise BrokenWorld(f"passwords that the containers' users cannot read: {', '.join(closed)}; {OPEN}")
    passwords = {file.name: file.read_text(encoding="utf-8").strip() for file in files}
    if empty := [name for name, password in passwords.items() if not password and name not in MAY_BE_EMPTY]:
        raise BrokenWorld(f"empty passwords: {', '.join(empty)}; write one into each file of the folder SPORTDATA_SECRETS")
    published = [name for name, password in passwords.items() if is_demo(password)]
    if not published:
        return []
    if settings.stage != "demo":
        what = f"SPORTDATA_STAGE={settings.stage}, and these passwords are the published ones of secrets/demo: {', '.join(published)}"
        raise BrokenWorld(f"{what}. Put others into a folder and name it by SPORTDATA_SECRETS (secrets/README.md)")
    return [f"WARNING: published demo passwords are in use ({', '.join(published)}): for a trial on this machine only (secrets/README.md)"]


if __name__ == "__main__":
    run(lambda: print(*look_at(Settings()), sep="\n"))  # noqa: T201

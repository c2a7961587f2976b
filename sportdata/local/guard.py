"""What the containers ask before anything starts: are these the demo's passwords, and may they be?

Run as `python -m sportdata.local.guard`.
"""

from __future__ import annotations

from pathlib import Path

from sportdata.errors import BrokenWorld
from sportdata.local.script import run
from sportdata.settings import Settings, is_demo

MAY_BE_EMPTY = {"slack_token", "thrift_tls"}


def look_at(settings: Settings) -> list[str]:
    """Warnings. Raises BrokenWorld for a password that is missing, or is the demo's beyond the demo."""
    folder = settings.secrets or Path("/run/secrets")
    passwords = {file.name: file.read_text(encoding="utf-8").strip() for file in sorted(folder.iterdir()) if file.is_file()}
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

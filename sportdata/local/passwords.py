"""The passwords of one stack, drawn at its first start (`Settings.password` reads them)."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path

from sportdata.settings import ROLES


def make_secrets(home: Path) -> None:
    """Draws the stack's passwords once, in a file that only its owner reads; those of roles that came later are added."""
    folder = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two starts at once: the second takes what the first has drawn
        _draw_secrets(home)
    finally:
        os.close(folder)


def _draw_secrets(home: Path) -> None:
    file = home / "secrets.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    names = (*ROLES, "thrift", "thrift_bi")
    drawn = {name: _drawn() for name in names} | {"user": "password", "spark": secrets.token_urlsafe(32)}
    if drawn.keys() <= known.keys():
        return
    beside = home / "secrets.json.new"
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(drawn | known, out)
    beside.replace(file)


def _drawn() -> str:
    """A password that no program takes for one of its options, as `beeline -p` takes what begins with a dash."""
    while (word := secrets.token_urlsafe(18)).startswith("-"):
        pass
    return word

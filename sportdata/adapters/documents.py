"""Small JSON documents that one process writes and others read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_atomically(file: Path, content: Any) -> None:
    """A reader sees the old document or the new one, never half of one."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.write_text(json.dumps(content))
    scratch.replace(file)


def read_document(file: Path) -> dict[str, Any] | None:
    """A document written by `write_atomically`, or None when there is none."""
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    return content

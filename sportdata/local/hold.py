"""A command such as `rebuild` holds a component down while it does its work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sportdata.errors import WrongUse
from sportdata.local.lock import take
from sportdata.settings import Settings, is_held


@contextmanager
def held_down(settings: Settings, name: str) -> Iterator[int]:
    """The supervisor stops the component, or does not start it, until the block ends; or until this process and all end that inherit
    the descriptor it is given.

    Raises WrongUse while another command holds it.
    """
    file = _file(settings, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        if not take(lock):
            raise WrongUse(f"another command holds {name} down: try again once it has ended")
        yield lock.fileno()


def is_held_down(settings: Settings, name: str) -> bool:
    return is_held(_file(settings, name))


def _file(settings: Settings, name: str) -> Path:
    return settings.run / f"hold-{name}.lock"

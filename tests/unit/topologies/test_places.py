"""Places: by name, by coordinates, and what is said about a name that is unknown."""

import pytest
from pydantic import ValidationError

from topologies.azure import regions
from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.places import Place, find_place, gazetteer


@pytest.mark.parametrize("name", ["Lisbon", "lisbon", " LISBON "])
def test_a_city_is_found_whatever_its_case(name: str) -> None:
    assert find_place(name) == Place(name="Lisbon", latitude=38.72, longitude=-9.14)


def test_accents_do_not_matter() -> None:
    assert find_place("São Paulo") is find_place("Sao Paulo")


def test_an_unknown_city_names_the_nearest() -> None:
    with pytest.raises(WorldError, match='unknown place "Lisbonne"; did you mean "Lisbon"'):
        find_place("Lisbonne")


def test_a_place_is_read_from_a_name_or_from_coordinates() -> None:
    assert Place.model_validate("Tokyo") == find_place("Tokyo")
    assert Place.model_validate({"latitude": 1.5, "longitude": -2}).name == "1.5, -2"


@pytest.mark.parametrize("latitude, longitude", [(91.0, 0.0), (0.0, -181.0), (float("nan"), 0.0)])
def test_a_place_is_on_the_globe(latitude: float, longitude: float) -> None:
    with pytest.raises(ValidationError):
        Place(name="nowhere", latitude=latitude, longitude=longitude)


def test_the_gazetteer_has_many_cities_and_one_near_every_region() -> None:
    cities = gazetteer().values()
    assert len(cities) >= 150
    # Microsoft's own coordinates of these are of the middle of a country or a state, far from any city.
    coarse = {"France Central", "France South", "East US", "West Central US"}
    for name, place in regions().items():
        nearest_km = min(great_circle_km(place, city) for city in cities)
        assert nearest_km < (400 if name in coarse else 70), name

"""Cities by their names: the largest first, by a country where one is given, else what is near."""

from __future__ import annotations

import pytest

from topologies.cities import UnknownCity, locate
from topologies.load import parse_world
from topologies.places import Place, gazetteer


def test_a_name_that_several_have_gives_all_of_them_the_largest_first() -> None:
    found = locate("Lagos")
    assert [city.country for city in found] == ["Nigeria", "Portugal"]
    assert found[0].people > found[1].people


@pytest.mark.parametrize("name", ["Lagos, Portugal", "lagos, portugal", " LAGOS ,PT"])
def test_a_country_chooses(name: str) -> None:
    (city,) = locate(name)
    assert (city.country, city.place.latitude, city.place.longitude) == ("Portugal", 37.1, -8.67)


@pytest.mark.parametrize(("name", "own"), [("Cologne", "Köln"), ("koln", "Köln"), ("São Paulo", "São Paulo")])
def test_accents_and_names_that_others_have_for_it_find_it_too(name: str, own: str) -> None:
    assert locate(name)[0].place.name == own


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Lagox", 'no city is called "Lagox"; did you mean "Largo" or "Lagos"'),
        ("Lagos, France", 'no city is called "Lagos, France"; right would be one in Nigeria or Portugal'),
        ("", "right would be a city of more than 15,000 people"),
        ("☃", "right would be a city of more than 15,000 people"),
    ],
)
def test_none_is_told_with_what_is_near(name: str, says: str) -> None:
    with pytest.raises(UnknownCity) as error:
        locate(name)
    assert says in str(error.value)


def test_its_words_can_be_put_into_a_world_file() -> None:
    city = locate("Lagos")[0]
    assert city.as_toml == 'place = { name = "Lagos", latitude = 6.45, longitude = 3.39 }'
    text = f'name = "x"\n[[resolvers]]\nname = "r"\nprefix = "100.64.0.0/29"\n{city.as_toml}\n'
    with pytest.raises(Exception, match="clouds"):  # nothing is wrong with the place
        parse_world(text)
    assert Place.model_validate(city.place.model_dump()) == city.place


@pytest.mark.parametrize("name", ["Chicago", "Lisbon", "Tokyo", "Johannesburg", "Sydney"])
def test_it_agrees_with_the_built_in_gazetteer(name: str) -> None:
    built_in, found = gazetteer()[name.casefold()], locate(name)[0].place
    assert abs(built_in.latitude - found.latitude) < 0.1
    assert abs(built_in.longitude - found.longitude) < 0.1

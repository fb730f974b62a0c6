"""How long the Internet takes between two places."""

from itertools import permutations

import pytest
from hypothesis import given

from topologies.internet import internet_rtt_ms
from topologies.places import Place, find_place

from .made_up_plans import ARTICLE, PATIENT, overridden
from .made_up_worlds import places

LISBON, NORTH_EUROPE = ARTICLE.place_of("isplis"), ARTICLE.place_of("dub")


def test_light_needs_its_time_on_a_path_half_as_long_again() -> None:
    # Lisbon and Dublin are 1,641 km apart; the group index of a fibre is 1.468.
    rtt_ms = internet_rtt_ms(ARTICLE, LISBON, find_place("Dublin"))
    assert rtt_ms == pytest.approx(2 * 1641.3 * 1.5 * 1.468 / 299.792458, abs=0.02)


@pytest.mark.parametrize(
    "between",
    [
        ("isplis", "dub"),
        ("dub", "isplis"),
        ("traveller", "dub"),
        ("isplis", "msdns2"),
        ("edge2", "traveller"),
    ],
)
def test_what_the_world_says_of_two_nodes_counts_for_everybody_at_their_places(
    between: tuple[str, str],
) -> None:
    world = overridden(*between, 46)
    for a, b in permutations((LISBON, NORTH_EUROPE)):
        assert internet_rtt_ms(world, a, b) == 46


def test_a_place_is_where_it_is_whatever_its_name() -> None:
    nameless = Place(name="", latitude=LISBON.latitude, longitude=LISBON.longitude)
    assert internet_rtt_ms(overridden("isplis", "dub", 46), nameless, NORTH_EUROPE) == 46


@pytest.mark.parametrize("between", [("isplis", "ams"), ("ispsea", "dub"), ("isplis", "traveller")])
def test_what_the_world_says_of_other_places_does_not_count(between: tuple[str, str]) -> None:
    expected = internet_rtt_ms(ARTICLE, LISBON, NORTH_EUROPE)
    assert internet_rtt_ms(overridden(*between, 46), LISBON, NORTH_EUROPE) == expected


@PATIENT
@given(places)
def test_what_the_world_says_of_one_place_is_no_way_to_another(place: Place) -> None:
    # Not even from that place to itself.
    if place not in (LISBON, NORTH_EUROPE):
        world = overridden("isplis", "dub", 1e6)
        assert internet_rtt_ms(world, LISBON, place) < 1000
        assert internet_rtt_ms(world, LISBON, LISBON) == 0

"""How long the Internet takes between two places."""

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.access import Line
from topologies.internet import internet_lines, internet_rtt_ms
from topologies.places import Place, find_place
from topologies.world import Border, Internet, World

from .made_up_plans import ARTICLE, MODEST, PATIENT, overridden
from .made_up_worlds import places, worlds

SHANGHAI, BEIJING = find_place("Shanghai"), find_place("Beijing")
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


# Loss and borders


def _world(*borders: Border, loss_percent: float = 0) -> World:
    internet = Internet(borders=borders, loss_percent=loss_percent)
    return ARTICLE.model_copy(update={"internet": internet})


def _border(*around: str, rate_mbit: float | None = 1, loss_percent: float = 1) -> Border:
    return Border(name="border", around=around, rate_mbit=rate_mbit, loss_percent=loss_percent, closed=True)


def _what_is_done(world: World, a: Place, b: Place) -> list[tuple[float, float | None]]:
    """Return loss and rate of both directions."""
    return [(line.loss_percent, line.rate_mbit) for line in internet_lines(world, a, b)]


def test_each_direction_has_half_of_the_round_trip_and_all_of_the_loss() -> None:
    world = _world(loss_percent=2)
    half = Line(delay_ms=internet_rtt_ms(world, LISBON, NORTH_EUROPE) / 2, loss_percent=2)
    assert internet_lines(world, LISBON, NORTH_EUROPE) == (half, half)


def test_a_closed_border_does_something_to_what_comes_in_and_nothing_to_what_goes_out() -> None:
    world = _world(_border("bjs", "sha"))
    assert _what_is_done(world, LISBON, SHANGHAI) == [(1, 1), (0, None)]
    assert _what_is_done(world, SHANGHAI, LISBON) == [(0, None), (1, 1)]


def test_a_border_takes_no_time() -> None:
    world = _world(_border("bjs", "sha"))
    there, back = internet_lines(world, LISBON, SHANGHAI)
    assert there.delay_ms == back.delay_ms == internet_rtt_ms(world, LISBON, SHANGHAI) / 2


def test_an_open_border_does_nothing() -> None:
    world = _world(_border("bjs", "sha").model_copy(update={"closed": False}))
    assert _what_is_done(world, LISBON, SHANGHAI) == [(0, None), (0, None)]


@pytest.mark.parametrize("a, b", [(SHANGHAI, BEIJING), (SHANGHAI, SHANGHAI), (LISBON, NORTH_EUROPE)])
def test_what_does_not_cross_a_border_meets_none(a: Place, b: Place) -> None:
    assert _what_is_done(_world(_border("bjs", "sha")), a, b) == [(0, None), (0, None)]


def test_everybody_at_a_place_is_inside_with_the_node_that_is_named() -> None:
    # The resident, the resolver and the datacenter are at one place.
    for name in ("resident", "ispsha", "sha", "cndns2"):
        assert _what_is_done(_world(_border(name)), LISBON, SHANGHAI)[0] == (1, 1)


def test_what_a_path_loses_and_what_a_border_loses_adds_up() -> None:
    # Of the half that the path leaves, the border lets a half pass.
    world = _world(_border("sha", loss_percent=50), loss_percent=50)
    assert _what_is_done(world, LISBON, SHANGHAI) == [(75, 1), (50, None)]


def test_a_border_that_loses_nothing_mends_no_path() -> None:
    world = _world(_border("sha", loss_percent=0), loss_percent=5)
    assert _what_is_done(world, LISBON, SHANGHAI) == [(5, 1), (5, None)]


@pytest.mark.parametrize("rates, rate", [((1, 2), 1), ((2, 1), 1), ((None, 2), 2), ((None, None), None)])
def test_of_several_borders_the_narrowest_counts_and_each_ones_loss(
    rates: tuple[float | None, float | None], rate: float | None
) -> None:
    borders = (_border("sha", rate_mbit=each, loss_percent=50) for each in rates)
    assert _what_is_done(_world(*borders), LISBON, SHANGHAI) == [(75, rate), (0, None)]


def test_who_leaves_one_country_for_another_meets_the_others_border_alone() -> None:
    world = _world(_border("sha", rate_mbit=1), _border("dub", rate_mbit=2, loss_percent=3))
    assert _what_is_done(world, SHANGHAI, NORTH_EUROPE) == [(3, 2), (1, 1)]


@MODEST
@given(worlds(), st.data())
def test_in_any_world_both_directions_take_the_same_time_and_lose_at_most_everything(
    world: World, data: st.DataObject
) -> None:
    known = [each.place for each in world.datacenters] + [each.place for each in world.resolvers]
    a, b = data.draw(st.sampled_from(list(product(known, known))))
    there, back = internet_lines(world, a, b)
    assert (back, there) == internet_lines(world, b, a)
    assert there.delay_ms == back.delay_ms
    for line in (there, back):
        assert world.internet.loss_percent * (1 - 1e-9) <= line.loss_percent <= 100

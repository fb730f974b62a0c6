"""How long the Internet takes between two places."""

import pytest

from topologies.internet import internet_rtt_ms
from topologies.places import find_place

from .made_up_plans import ARTICLE, overridden

LISBON, DUBLIN = find_place("Lisbon"), find_place("Dublin")


def test_light_needs_its_time_on_a_path_half_as_long_again() -> None:
    # Lisbon and Dublin are 1,641 km apart; the group index of a fibre is 1.468.
    rtt_ms = internet_rtt_ms(ARTICLE, (LISBON, {"isplis"}), (DUBLIN, {"dub"}))
    assert rtt_ms == pytest.approx(2 * 1641.3 * 1.5 * 1.468 / 299.792458, abs=0.02)


@pytest.mark.parametrize("between", [("isplis", "dub"), ("dub", "isplis")])
def test_what_the_world_says_of_two_names_counts_first_in_both_orders(between: tuple[str, str]) -> None:
    world = overridden(*between, 46)
    assert internet_rtt_ms(world, (LISBON, {"traveller", "isplis"}), (DUBLIN, {"dub"})) == 46


@pytest.mark.parametrize("between", [("isplis", "ams"), ("ispsea", "dub"), ("isplis", "traveller")])
def test_what_the_world_says_of_other_pairs_does_not_count(between: tuple[str, str]) -> None:
    lisbon, dublin = (LISBON, {"traveller", "isplis"}), (DUBLIN, {"dub"})
    expected = internet_rtt_ms(ARTICLE, lisbon, dublin)
    assert internet_rtt_ms(overridden(*between, 46), lisbon, dublin) == expected

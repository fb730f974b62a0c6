"""Microsoft's published tables."""

import pytest

from topologies.azure import backbone_links, backbone_rtt_ms, published_rtt_ms, region_place, regions
from topologies.errors import WorldError


def test_a_round_trip_is_the_mean_of_both_directions() -> None:
    # The table has 3 ms one way and 4 ms the other.
    assert published_rtt_ms("Australia Central", "Australia Central 2") == 3.5


def test_every_pair_of_regions_is_symmetric_and_sensible() -> None:
    for a in regions():
        for b in regions():
            rtt_ms = published_rtt_ms(a, b)
            assert rtt_ms == published_rtt_ms(b, a)
            assert rtt_ms is None or 0 < rtt_ms < 500


def test_what_is_not_published_is_none() -> None:
    assert published_rtt_ms("West Europe", "West Europe") is None
    assert published_rtt_ms("West Europe", "Atlantis") is None


def test_a_region_has_a_place() -> None:
    assert region_place("West Europe").latitude == pytest.approx(52.37, abs=0.01)
    with pytest.raises(WorldError, match='unknown Azure region "West Eurpoe"; did you mean "West Europe"'):
        region_place("West Eurpoe")


def test_every_region_is_reached_over_the_planets_links_equally_fast_both_ways() -> None:
    for a in regions():
        for b in regions():
            rtt_ms = backbone_rtt_ms(a, b)
            assert rtt_ms is not None
            assert rtt_ms == backbone_rtt_ms(b, a)
            assert (rtt_ms > 0) == (a != b)


def test_a_link_is_the_shortest_path_between_its_ends() -> None:
    for a, b, rtt_ms in backbone_links():
        assert a < b
        assert backbone_rtt_ms(a, b) == rtt_ms


def test_paths_are_whole_microseconds() -> None:
    for a in regions():
        rtt_ms = backbone_rtt_ms(a, "West Europe")
        assert rtt_ms == round(rtt_ms or 0, 3)


def test_a_region_that_is_not_on_the_planet_has_no_round_trip() -> None:
    assert backbone_rtt_ms("West Europe", "China North") is None
    assert backbone_rtt_ms("China North", "West Europe") is None

"""Microsoft's published tables."""

import pytest

from topologies.azure import published_rtt_ms, region_place, regions
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

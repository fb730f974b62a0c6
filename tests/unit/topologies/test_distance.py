"""Distances: the properties of a distance, and figures that anyone can look up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.distance import EARTH_RADIUS_KM, fibre_rtt_ms, great_circle_km
from topologies.places import Place, find_place

from .made_up_plans import PATIENT

places = st.builds(
    Place, name=st.just("somewhere"), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)
)


def test_great_circle_of_known_places() -> None:
    # Heathrow to Kennedy is 5,540 km; the cities' centres lie 30 km farther apart.
    assert great_circle_km(find_place("London"), find_place("New York")) == pytest.approx(5570, abs=10)
    north, south = (Place(name="pole", latitude=degrees, longitude=0) for degrees in (90, -90))
    assert great_circle_km(north, south) == pytest.approx(3.141592653589793 * EARTH_RADIUS_KM)


def test_light_in_a_thousand_kilometres_of_fibre_returns_after_9_8_ms() -> None:
    a = Place(name="a", latitude=0, longitude=0)
    b = Place(name="b", latitude=0, longitude=1000 / 111.19508)
    assert fibre_rtt_ms(a, b, 1) == pytest.approx(9.793, abs=0.001)
    assert fibre_rtt_ms(a, b, 1.5) == pytest.approx(1.5 * fibre_rtt_ms(a, b, 1))


@PATIENT
@given(places)
def test_nowhere_is_far_from_itself(a: Place) -> None:
    assert fibre_rtt_ms(a, a, 2) == 0


@PATIENT
@given(places, places)
def test_both_directions_are_alike_and_within_half_the_globe(a: Place, b: Place) -> None:
    assert great_circle_km(a, b) == pytest.approx(great_circle_km(b, a), abs=1e-6)
    assert 0 <= great_circle_km(a, b) <= 20016


@PATIENT
@given(places, places, places)
def test_no_detour_is_shorter(a: Place, b: Place, c: Place) -> None:
    # Near antipodes the haversine keeps about half of a float's digits: centimetres.
    assert great_circle_km(a, c) <= great_circle_km(a, b) + great_circle_km(b, c) + 1e-3

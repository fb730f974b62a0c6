"""Ways are the shortest, and everybody is on the map."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from measurement.report.globe import CIRCLE, STEPS, Point, Projection, arc, window_around
from topologies.distance import great_circle_km
from topologies.places import Place

points = st.tuples(
    st.floats(-180, 180, allow_nan=False).map(lambda x: round(x, 2)),
    st.floats(-55, 80, allow_nan=False).map(lambda x: round(x, 2)),
)


def place(point: Point) -> Place:
    east = (point[0] + CIRCLE / 2) % CIRCLE - CIRCLE / 2
    return Place(name="x", latitude=float(point[1]), longitude=float(east))


@given(a=points, b=points)
def test_an_arc_is_as_long_as_the_great_circle_and_has_no_jump(a: Point, b: Point) -> None:
    whole = great_circle_km(place(a), place(b))
    assume(1 < whole < 19_900)
    way = arc(a, b)
    assert len(way) == STEPS + 1
    assert math.isclose((way[-1][0] - b[0]) % CIRCLE % CIRCLE, 0, abs_tol=1e-6) or math.isclose(
        (way[-1][0] - b[0]) % CIRCLE, CIRCLE, abs_tol=1e-6
    )
    parts = [great_circle_km(place(one), place(other)) for one, other in itertools.pairwise(way)]
    assert math.isclose(sum(parts), whole, rel_tol=1e-3)
    assert all(abs(other[0] - one[0]) <= CIRCLE / 2 for one, other in itertools.pairwise(way))


def test_the_way_from_tokyo_to_seattle_goes_over_the_pacific() -> None:
    way = arc((139.7, 35.7), (-122.3, 47.6))
    assert all(139 <= east <= 238 for east, _ in way)
    assert max(north for _, north in way) > 50


def test_opposite_places_have_a_straight_line() -> None:
    assert arc((10.0, 20.0), (-170.0, -20.0)) == [(10.0, 20.0), (-170.0, -20.0)]


@given(places=st.lists(points, min_size=1, max_size=12))
def test_everybody_is_inside_the_map(places: list[Point]) -> None:
    window = window_around(places)
    projection = Projection(window, 960)
    for east, north in places:
        x, y = projection.px(window.unwrapped(east), north)
        assert -0.001 <= x <= 960.001 and -0.001 <= y <= projection.height_px + 0.001
    assert window.east - window.west <= CIRCLE + 1e-9
    assert -CIRCLE / 2 - 1e-9 <= (window.west + window.east) / 2 <= CIRCLE / 2 + 1e-9


@pytest.mark.parametrize(
    ("places", "west", "east"),
    [
        ([(-9.0, 38.0), (-6.0, 53.0)], -33, 18),  # no narrower than is good to look at
        ([(139.0, 35.0), (-122.0, 47.0)], 131, 246),  # over the Pacific, not around the world
        ([(-9.0, 38.0), (139.0, 35.0), (-122.0, 47.0)], -170, 190),  # all of it
    ],
)
def test_the_map_is_where_people_are(places: list[Point], west: float, east: float) -> None:
    window = window_around(places)
    assert (window.west - west) % CIRCLE == pytest.approx(0, abs=1)
    assert window.east - window.west == pytest.approx(east - west, abs=1.5)


def test_of_nobody_it_is_the_whole_globe() -> None:
    assert window_around([]).east - window_around([]).west == CIRCLE

"""From places on the globe to a flat map: which part of it to show, and the shortest way between two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]  # degrees east and north, or pixels right and down

CIRCLE = 360.0
MARGIN = 8.0  # degrees around what is shown
LEAST_WIDE, LEAST_HIGH = 50.0, 28.0  # degrees
MOST_WIDE = 200.0  # beyond that the whole globe is shown: ways between its sides would leave a part of it
ATLANTIC = -170.0  # where a map of the whole globe begins: no land is cut but the end of Siberia
LEAST_SHAPE = 0.42  # height over width
FARTHEST_NORTH, FARTHEST_SOUTH = 84.0, -60.0  # nobody is beyond
STEPS = 48  # of an arc


@dataclass(frozen=True)
class Window:
    """A part of the globe, in degrees; `west` is below `east`, either may be beyond 180."""

    west: float
    east: float
    south: float
    north: float

    def unwrapped(self, east: float) -> float:
        """Return a longitude as it is counted in the window, where there is a choice."""
        middle = (self.west + self.east) / 2
        return east + CIRCLE * round((middle - east) / CIRCLE)


@dataclass(frozen=True)
class Projection:
    """Equal steps of longitude and of latitude are equal steps on the map, true to shape in its middle."""

    window: Window
    width_px: float

    @property
    def px_per_degree(self) -> float:
        """Pixels for a degree of longitude."""
        return self.width_px / (self.window.east - self.window.west)

    @property
    def stretch(self) -> float:
        """How much longer a degree of latitude is than one of longitude, in the middle."""
        return 1 / math.cos(math.radians((self.window.south + self.window.north) / 2))

    @property
    def height_px(self) -> float:
        """The map's height."""
        return (self.window.north - self.window.south) * self.px_per_degree * self.stretch

    def px(self, east: float, north: float) -> Point:
        """Return where a place is on the map; the longitude is one of the window's."""
        x = (east - self.window.west) * self.px_per_degree
        return x, (self.window.north - north) * self.px_per_degree * self.stretch


def window_around(places: Sequence[Point]) -> Window:
    """Return a part of the globe that has all places with a margin, and is not too small or too narrow.

    It begins behind the widest gap between them, so that it may reach over 180 degrees. Of no place at all it
    is the whole globe.
    """
    if not places:
        return Window(-180.0, 180.0, FARTHEST_SOUTH, FARTHEST_NORTH)
    longitudes = sorted({east % CIRCLE for east, _ in places})
    following = [*longitudes[1:], longitudes[0] + CIRCLE]
    gap, start = max((after - before, after) for before, after in zip(longitudes, following, strict=True))
    wide = CIRCLE - gap if len(longitudes) > 1 else 0.0
    west, east = _widened(start, start + wide, LEAST_WIDE)
    if east - west > MOST_WIDE:
        west, east = ATLANTIC, ATLANTIC + CIRCLE
    turns = CIRCLE * round((west + east) / 2 / CIRCLE)
    south, north = _from_south_to_north([north for _, north in places], east - west)
    return Window(west - turns, east - turns, south, north)


def _from_south_to_north(latitudes: Sequence[float], wide: float) -> tuple[float, float]:
    """Return which latitudes to show: the places' own, and as many as a map of some width needs."""
    middle = (min(latitudes) + max(latitudes)) / 2
    high = max(LEAST_HIGH, LEAST_SHAPE * wide * math.cos(math.radians(middle)))
    south, north = _widened(min(latitudes), max(latitudes), high)
    beyond = max(0.0, north - FARTHEST_NORTH)
    return max(south - beyond, FARTHEST_SOUTH), min(north, FARTHEST_NORTH)


def _widened(low: float, high: float, least: float) -> tuple[float, float]:
    more = max(MARGIN, (least - (high - low)) / 2)
    return low - more, high + more


def arc(a: Point, b: Point) -> list[Point]:
    """Return points along the shortest way from one place to another; longitudes go on beyond 180 degrees.

    Two places on opposite sides of the globe have no shortest way; they get a straight line.
    """
    start, end = _vector(a), _vector(b)
    angle = math.acos(max(-1.0, min(1.0, sum(x * y for x, y in zip(start, end, strict=True)))))
    if math.isclose(math.sin(angle), 0.0, abs_tol=1e-9):
        return [a, b]
    found: list[Point] = []
    for number in range(STEPS + 1):
        share = number / STEPS
        of_start, of_end = (math.sin(part * angle) / math.sin(angle) for part in (1 - share, share))
        x, y, z = (of_start * one + of_end * other for one, other in zip(start, end, strict=True))
        east = math.degrees(math.atan2(y, x))
        before = found[-1][0] if found else a[0]
        east += CIRCLE * round((before - east) / CIRCLE)
        found.append((east, math.degrees(math.asin(max(-1.0, min(1.0, z))))))
    return found


def _vector(place: Point) -> tuple[float, float, float]:
    east, north = (math.radians(each) for each in place)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)

"""What the world says of a call's way: how long each segment of it takes, and which targets that misses."""

from __future__ import annotations

from itertools import pairwise

from experiments.media_calls import WAYS, Place, SeenCall, Way
from measurement.media_targets import Quality
from topologies.hosts import border, datacenter_of
from topologies.paths import one_way_ms


def expected_ms(seen: SeenCall, near: Place, far: Place, way: Way) -> float:
    """Return the one-way delay between two places of a call that the world's lines add up to."""
    nodes = [_node(seen, place) for place in _between(seen, near, far)]
    steps = pairwise(nodes if way == "up" else nodes[::-1])
    return sum(one_way_ms(seen.reading.plan, a, b) for a, b in steps if a != b)


def expected_quality(seen: SeenCall, near: Place, far: Place) -> Quality:
    """Return how a segment is where nothing but its length matters."""
    one_way = [expected_ms(seen, near, far, way) for way in WAYS]
    return Quality(max(one_way), sum(one_way), 0, 0, 0, 0)


def _between(seen: SeenCall, near: Place, far: Place) -> list[Place]:
    """Return the places from one to another; what goes by an office goes there first."""
    office = [] if seen.office is None else [seen.office]
    every = [seen.client, *office, seen.edge, seen.behind, seen.peer]
    return every[every.index(near) : every.index(far) + 1]


def _node(seen: SeenCall, place: Place) -> str:
    """Return whose way it is: relays have one address in common, so a datacenter's border stands for them.

    Inside a datacenter nothing takes time.
    """
    if place == seen.client:
        return seen.call.client
    if place == seen.office:
        return place.point
    return border(datacenter_of(place.point))

"""How long the Internet takes between two places: what the world says of the pair, else light in a fibre."""

from __future__ import annotations

from topologies.distance import fibre_rtt_ms
from topologies.places import Place
from topologies.world import World


def internet_rtt_ms(world: World, a: Place, b: Place) -> float:
    """Return the round trip in milliseconds over the Internet between two places.

    An override counts for everybody at the places of its two nodes.
    """
    ends = {_point(a), _point(b)}
    for override in world.internet.overrides:
        if {_point(world.place_of(name)) for name in override.between} == ends:
            return override.rtt_ms
    return fibre_rtt_ms(a, b, world.internet.path_stretch)


def _point(place: Place) -> tuple[float, float]:
    return place.latitude, place.longitude

"""How long the Internet takes between two places: what the world says of the pair, else light in a fibre."""

from __future__ import annotations

from topologies.distance import fibre_rtt_ms
from topologies.places import Place
from topologies.world import World


def internet_rtt_ms(world: World, a: tuple[Place, set[str]], b: tuple[Place, set[str]]) -> float:
    """Return the round trip in milliseconds over the Internet between two places.

    Each place comes with the names that stand there: an override between two of them counts first.
    """
    (a_place, a_names), (b_place, b_names) = a, b
    for override in world.internet.overrides:
        one, other = override.between
        if (one in a_names and other in b_names) or (one in b_names and other in a_names):
            return override.rtt_ms
    return fibre_rtt_ms(a_place, b_place, world.internet.path_stretch)

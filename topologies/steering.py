"""Which datacenter is nearest to whom: the map from asking networks to datacenters."""

from __future__ import annotations

from ipaddress import IPv4Network

from topologies.base import Frozen
from topologies.distance import fibre_rtt_ms
from topologies.places import Place
from topologies.world import Datacenter, World


class Steering(Frozen):
    """What an authority answers: the datacenter for each network, and for everybody else."""

    nearest: tuple[tuple[IPv4Network, str], ...]
    default: str


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


def nearest_datacenter(world: World, name: str, place: Place, cloud: str) -> Datacenter:
    """Return the cloud's datacenter with the shortest round trip from a place where ``name`` stands."""

    def rtt_ms(datacenter: Datacenter) -> float:
        return internet_rtt_ms(world, (place, {name}), (datacenter.place, {datacenter.name}))

    return min(world.datacenters_of(cloud), key=rtt_ms)


def steer_by_place(world: World, cloud: str, default: str) -> Steering:
    """Return the map that sends every resolver and every client's network to its nearest datacenter."""
    nearest = tuple(
        (each.prefix, nearest_datacenter(world, each.name, each.place, cloud).name)
        for each in (*world.resolvers, *world.clients)
    )
    return Steering(nearest=nearest, default=default)


def steer_nobody(default: str) -> Steering:
    """Return the map that gives everybody the same answer."""
    return Steering(nearest=(), default=default)

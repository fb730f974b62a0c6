"""Which datacenter is nearest to whom: the map from asking networks to datacenters."""

from __future__ import annotations

from ipaddress import IPv4Network

from topologies.base import Frozen
from topologies.internet import internet_rtt_ms
from topologies.places import Place
from topologies.world import Client, Datacenter, Resolver, World


class Steering(Frozen):
    """What an authority answers: the datacenter for each network, and for everybody else."""

    nearest: tuple[tuple[IPv4Network, str], ...]
    default: str


def nearest_datacenter(world: World, place: Place, cloud: str) -> Datacenter:
    """Return the cloud's datacenter with the shortest round trip from a place.

    Raises WorldError for an unknown cloud, or one without a datacenter.
    """

    def rtt_ms(datacenter: Datacenter) -> float:
        return internet_rtt_ms(world, place, datacenter.place)

    return min(world.datacenters_of(cloud), key=rtt_ms)


def steer_by_place(world: World, cloud: str, default: str) -> Steering:
    """Return the map that sends every resolver and every client's network to its nearest datacenter."""
    networks: tuple[Resolver | Client, ...] = (*world.resolvers, *world.clients)
    nearest = tuple((each.prefix, nearest_datacenter(world, each.place, cloud).name) for each in networks)
    return Steering(nearest=nearest, default=default)


def steer_nobody(default: str) -> Steering:
    """Return the map that gives everybody the same answer."""
    return Steering(nearest=(), default=default)

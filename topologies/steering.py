"""Which datacenter is nearest to whom: the map from asking networks to datacenters."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal

from topologies.base import Frozen
from topologies.internet import internet_rtt_ms
from topologies.places import Place
from topologies.world import Client, Datacenter, Resolver, World


class Answers(Frozen):
    """How the authorities answer for the names whose answer can depend on who asks.

    ``by place``: by the place of the network that asks, or, with ``client_subnet``, of the network for which
    it says that it asks (RFC 7871). ``same for all``: everybody is sent to ``datacenter``. ``anycast``: the
    question reaches the nearest of many servers, and each knows one answer, its own datacenter.
    """

    how: Literal["by place", "same for all", "anycast"] = "by place"
    datacenter: str | None = None
    client_subnet: bool = False

    @property
    def label(self) -> str:
        """A name for a folder of what depends on it."""
        parts = [self.how.replace(" ", "-"), self.datacenter or "", "ecs" if self.client_subnet else ""]
        return "-".join(part for part in parts if part)


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


def steer(world: World, cloud: str, answers: Answers, own: str | None = None) -> Steering:
    """Return one authority's map for a cloud; ``own`` is its datacenter where it is one of many (anycast)."""
    datacenters = [each.name for each in world.datacenters_of(cloud)]
    if answers.how == "anycast" and own in datacenters:
        return Steering(nearest=(), default=own)
    default = answers.datacenter if answers.datacenter in datacenters else datacenters[0]
    if answers.how == "same for all":
        return Steering(nearest=(), default=default)
    # Those inside an office are never seen with their own addresses.
    outside = [client for client in world.clients if client.office is None]
    networks: tuple[Resolver | Client, ...] = (*world.resolvers, *outside)
    nearest = tuple((each.prefix, nearest_datacenter(world, each.place, cloud).name) for each in networks)
    return Steering(nearest=nearest, default=default)

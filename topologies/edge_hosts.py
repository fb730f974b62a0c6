"""Front doors at the edge: at which addresses they answer."""

from __future__ import annotations

from ipaddress import IPv4Address

from topologies.hosts import FRONT_DOOR_ADDRESSES
from topologies.names import Service
from topologies.world import Edge, World

PORTAL = 2  # of an edge's prefix, after its router
SITE_EDGE, CONTENT = 1, 2  # of the front doors' anycast prefix


def own_addresses(edge: Edge, service: Service) -> tuple[IPv4Address, ...]:
    """Return the addresses at which an edge's front door answers for a service, and at no other site."""
    if service == "portal":
        return (edge.prefix[PORTAL],)
    if service == "exchange" and edge.exchange is not None:
        return tuple(edge.exchange[number] for number in range(1, FRONT_DOOR_ADDRESSES + 1))
    return ()


def vips(world: World, cloud: str) -> tuple[IPv4Address, ...]:
    """Return the addresses that front doors of all sites of a cloud have: for SharePoint, and for content."""
    prefix = world.cloud(cloud).front_doors
    return () if prefix is None else (prefix[SITE_EDGE], prefix[CONTENT])

"""What must hold for edges and Internet providers: whoever is behind a provider reaches a front door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.bgp import MICROSOFT_AS
from topologies.faults import Fault, of_part

if TYPE_CHECKING:
    from topologies.edge_parts import Isp
    from topologies.world import World


def check_edges(world: World) -> Iterator[Fault]:
    """Yield what is wrong with edges and providers."""
    yield from check_clouds(world)
    yield from check_services_of_edges(world)
    yield from check_providers(world)
    yield from check_cities(world)


def check_clouds(world: World) -> Iterator[Fault]:
    """A cloud with edges has a datacenter to fetch from; one with edges and providers a prefix for all."""
    lacking: set[str] = set()
    for edge in world.edges:
        if not any(each.cloud == edge.cloud for each in world.datacenters):
            text = (
                f'"{edge.cloud}" has no datacenter that the edge could fetch from; right would be a cloud'
                " with one"
            )
            yield of_part("edges", edge.name, "cloud", text)
        if world.isps and world.cloud(edge.cloud).front_doors is None and edge.cloud not in lacking:
            lacking.add(edge.cloud)
            text = (
                'is missing, and providers lead to its edges; right would be front_doors = "13.107.136.8/29"'
            )
            yield of_part("clouds", edge.cloud, "front_doors", text)


def check_services_of_edges(world: World) -> Iterator[Fault]:
    """An edge has Exchange's front door where its cloud's datacenters have one, and only there."""
    for edge in world.edges:
        there = any(each.exchange is not None for each in world.datacenters if each.cloud == edge.cloud)
        if there != (edge.exchange is not None):
            wrong, right = ("is missing", "a prefix") if there else ("is given", "none")
            text = f'{wrong}, unlike in the datacenters of the cloud "{edge.cloud}"; right would be {right}'
            yield of_part("edges", edge.name, "exchange", text)


def check_providers(world: World) -> Iterator[Fault]:
    """A provider has a number of its own, routers whose names are free, and one that peers."""
    numbers: dict[int, str] = {}
    names = frozenset(_names(world))
    for isp in world.isps:
        number = isp.as_number
        if number == MICROSOFT_AS:
            text = f"{MICROSOFT_AS} is Microsoft's; right would be another one"
            yield of_part("isps", isp.name, "as_number", text)
        if number in numbers:
            text = f'{number} is that of "{numbers[number]}"; right would be one not in use'
            yield of_part("isps", isp.name, "as_number", text)
        numbers.setdefault(number, isp.name)
        yield from _routers(isp, names)
        if not any(pop.site for pop in isp.pops):
            text = "none peers, so nothing is reached; right would be a site for one of them"
            yield of_part("isps", isp.name, "pops", text)


def _routers(isp: Isp, names: frozenset[str]) -> Iterator[Fault]:
    """A provider's routers have names of their own, and each peers with another site."""
    count = Counter(pop.name for pop in isp.pops)
    for name, number in count.items():
        if number > 1:
            yield of_part("isps", isp.name, "pops", f'"{name}" is there twice; right would be once')
        node = f"{isp.name}-{name}"
        if node in names:
            text = f'its router would be "{node}", a name that is taken; right would be another one'
            yield of_part("isps", isp.name, "pops", text)
    taken: dict[str, str] = {}
    for pop in isp.pops:
        if pop.site is not None and taken.setdefault(pop.site, pop.name) != pop.name:
            text = f'"{taken[pop.site]}" and "{pop.name}" both peer with "{pop.site}"'
            yield of_part("isps", isp.name, "pops", f"{text}; right would be one of the two")


def check_cities(world: World) -> Iterator[Fault]:
    """A city is behind one provider: all who stand there share a router."""
    first: dict[tuple[float, float], str] = {}
    for isp in world.isps:
        for city in isp.cities:
            if city.point in first:
                other = "it twice" if first[city.point] == isp.name else f'"{first[city.point]}", too'
                text = f"{city.name} is behind {other}; right would be one provider"
                yield of_part("isps", isp.name, "cities", text)
            first.setdefault(city.point, isp.name)


def _names(world: World) -> Iterator[str]:
    for server in world.nameservers:
        yield from (f"{server.name}-{edge.name}" for edge in world.edges if server.anycast == edge.cloud)
    for parts in (world.offices, world.circuits, world.resolvers, world.clients, world.nameservers):
        yield from (part.name for part in parts)

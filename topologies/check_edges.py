"""What must hold for edges and Internet providers: whoever is behind a provider reaches a front door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.bgp import MICROSOFT_AS
from topologies.errors import WorldError

if TYPE_CHECKING:
    from topologies.edge_parts import Isp
    from topologies.places import Place
    from topologies.world import World


def check_edges(world: World) -> None:
    """Raise WorldError for the first rule about edges and providers that the world breaks."""
    check_clouds(world)
    check_services_of_edges(world)
    check_providers(world)
    check_cities(world)


def check_clouds(world: World) -> None:
    """A cloud with edges has a datacenter to fetch from; one with edges and providers a prefix for all."""
    for edge in world.edges:
        if not any(each.cloud == edge.cloud for each in world.datacenters):
            raise WorldError(
                f'edge "{edge.name}": cloud: "{edge.cloud}" has no datacenter that the edge could fetch from;'
                " right would be a cloud with one"
            )
        if world.isps and world.cloud(edge.cloud).front_doors is None:
            raise WorldError(
                f'cloud "{edge.cloud}": front_doors: is missing, and providers lead to its edges;'
                ' right would be front_doors = "13.107.136.8/29"'
            )


def check_services_of_edges(world: World) -> None:
    """An edge has Exchange's front door where its cloud's datacenters have one, and only there."""
    for edge in world.edges:
        there = any(each.exchange is not None for each in world.datacenters if each.cloud == edge.cloud)
        if there != (edge.exchange is not None):
            wrong, right = ("is missing", "a prefix") if there else ("is given", "none")
            raise WorldError(
                f'edge "{edge.name}": exchange: {wrong}, unlike in the datacenters of the cloud'
                f' "{edge.cloud}"; right would be {right}'
            )


def check_providers(world: World) -> None:
    """A provider has a number of its own, routers whose names are free, and one that peers."""
    numbers: dict[int, str] = {}
    for isp in world.isps:
        owner = f'isp "{isp.name}"'
        if isp.as_number == MICROSOFT_AS:
            raise WorldError(f"{owner}: as_number: {MICROSOFT_AS} is Microsoft's; right would be another one")
        if isp.as_number in numbers:
            raise WorldError(
                f'{owner}: as_number: {isp.as_number} is that of "{numbers[isp.as_number]}";'
                " right would be one not in use"
            )
        numbers[isp.as_number] = isp.name
        _has_routers_of_its_own(world, isp)
        if not any(pop.site for pop in isp.pops):
            raise WorldError(
                f"{owner}: pops: none peers, so nothing is reached; right would be a site for one of them"
            )


def _has_routers_of_its_own(world: World, isp: Isp) -> None:
    count = Counter(pop.name for pop in isp.pops)
    for name, number in count.items():
        if number > 1:
            raise WorldError(f'isp "{isp.name}": pops: "{name}" is there twice; right would be once')
        node = f"{isp.name}-{name}"
        if node in _names(world):
            raise WorldError(
                f'isp "{isp.name}": pops: its router would be "{node}", a name that is taken;'
                " right would be another one"
            )
    taken: dict[str, str] = {}
    for pop in isp.pops:
        if pop.site is not None and taken.setdefault(pop.site, pop.name) != pop.name:
            raise WorldError(
                f'isp "{isp.name}": pops: "{taken[pop.site]}" and "{pop.name}" both peer with "{pop.site}";'
                " right would be one of the two"
            )


def check_cities(world: World) -> None:
    """A city is behind one provider: all who stand there share a router."""
    first: dict[tuple[float, float], str] = {}
    for isp in world.isps:
        for city in isp.cities:
            point = _point(city)
            if point in first:
                other = "it twice" if first[point] == isp.name else f'"{first[point]}", too'
                raise WorldError(
                    f'isp "{isp.name}": cities: {city.name} is behind {other}; right would be one provider'
                )
            first[point] = isp.name


def _names(world: World) -> Iterator[str]:
    for server in world.nameservers:
        yield from (f"{server.name}-{edge.name}" for edge in world.edges if server.anycast == edge.cloud)
    for parts in (world.offices, world.circuits, world.resolvers, world.clients, world.nameservers):
        yield from (part.name for part in parts)


def _point(place: Place) -> tuple[float, float]:
    return place.latitude, place.longitude

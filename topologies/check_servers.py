"""What must hold between name servers and the names of the service, so that resolvers find the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from topologies import names
from topologies.base import SITE_ROUTER
from topologies.domains import ANY, ROOT, is_in, is_pattern, zone_of
from topologies.faults import Fault, of_part
from topologies.names import ServiceNames
from topologies.nearest import hint

if TYPE_CHECKING:
    from topologies.world import World

# The root and the two top-level domains lead every resolver to Microsoft's own zones.
REQUIRED_ZONES = (ROOT, "com", "net", "office.com", "b-msedge.net")


def check_servers(world: World) -> Iterator[Fault]:
    """Yield what is wrong with name servers."""
    yield from check_anycast(world)
    yield from check_zones(world)
    yield from check_patterns(world)
    yield from check_lifetimes(world)


def check_anycast(world: World) -> Iterator[Fault]:
    """An anycast server is in at least one datacenter, and its instances' names are nobody else's."""
    for server in world.nameservers:
        if server.anycast is None:
            continue
        there = [each.name for each in world.datacenters if each.cloud == server.anycast]
        if not there:
            clouds = sorted({each.cloud for each in world.datacenters})
            right = f"right would be one of: {', '.join(clouds)}"
            text = f'no datacenter is in the cloud "{server.anycast}"; {right}'
            yield of_part("nameservers", server.name, "anycast", text)
        for datacenter in there:
            yield from _has_a_free_name(world, server.name, f"{server.name}-{datacenter}")


def check_zones(world: World) -> Iterator[Fault]:
    """Every zone on the way to a Microsoft name has an authoritative server."""
    served = {zone for server in world.nameservers for zone in server.zones}
    for zone in REQUIRED_ZONES:
        if zone not in served:
            text = f'none has the zone "{zone}"; right would be "{zone}" among the zones of one'
            yield Fault(("nameservers",), f"nameservers: {text}")


def check_patterns(world: World) -> Iterator[Fault]:
    """A zone that begins with "*" stands for the name of at least one front door."""
    regional = [name for service in _steered(world) for name in _regional(world, service)]
    whole = {re.sub(r"{[a-z]+}", ANY, service.regional.name) for service in _steered(world)}
    for server in world.nameservers:
        for zone in filter(is_pattern, server.zones):
            if not any(is_in(name, zone) for name in regional):
                text = f'"{zone}" stands for no front door\'s name; {hint(zone, filter(is_pattern, whole))}'
                yield of_part("nameservers", server.name, "zones", text)


def check_lifetimes(world: World) -> Iterator[Fault]:
    """The names of one server whose answers depend on who asks have one time to live."""
    # PowerDNS's geoip backend has one for all that it knows.
    zones = [zone for server in world.nameservers for zone in server.zones if not is_pattern(zone)]
    steered = [each.steered for each in _steered(world) if each.steered and _has(world, each)]
    for server in world.nameservers:
        own = [each for each in steered if _zone_of_its_own(each.name, zones) in server.zones]
        for first, other in pairwise(own):
            if first.ttl_s != other.ttl_s:
                text = (
                    f'"{first.name}" lives {first.ttl_s} s and "{other.name}" {other.ttl_s} s;'
                    " right would be zones of different servers for the two"
                )
                yield of_part("nameservers", server.name, "zones", text)


def _zone_of_its_own(name: str, zones: list[str]) -> str:
    """Return a name's zone; "" if that is one like "cn", as whoever uses its service is told."""
    zone = zone_of(name, zones)
    return zone if "." in zone.strip(ROOT) else ""


def _has_a_free_name(world: World, server: str, instance: str) -> Iterator[Fault]:
    parts = (world.offices, world.resolvers, world.clients, world.nameservers)
    if SITE_ROUTER.fullmatch(instance) or any(each.name == instance for part in parts for each in part):
        text = f'an instance of it would be "{instance}", a name that is taken; right would be another one'
        yield of_part("nameservers", server, "name", text)


def _steered(world: World) -> Iterator[ServiceNames]:
    """Yield the services of the world's clouds whose answers depend on who asks."""
    clouds = {each.cloud for each in world.datacenters}
    for service in names.services():
        if service.cloud in clouds and service.steered is not None:
            yield service


def _has(world: World, service: ServiceNames) -> bool:
    there = (each for each in world.datacenters if each.cloud == service.cloud)
    return service.name == "portal" or all(getattr(each, service.name) is not None for each in there)


def _regional(world: World, service: ServiceNames) -> list[str]:
    there = (each for each in world.datacenters if each.cloud == service.cloud)
    return [names.regional_name(service, each) for each in there]

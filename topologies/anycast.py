"""Which prefixes several sites announce at once, and where each of them is announced."""

from __future__ import annotations

from ipaddress import IPv4Network

from topologies.base import Frozen
from topologies.selection import Selection
from topologies.world import Datacenter, Edge, World


class Announced(Frozen):
    """A prefix that each of some sites announces as its own."""

    prefix: IPv4Network
    sites: tuple[str, ...]


def announced(world: World, selection: Selection) -> list[Announced]:
    """Return the anycast prefixes: name servers', media relays', and front doors' where edges are built."""
    found = []
    for server in (world.nameserver(name) for name in selection.nameservers):
        if server.anycast is not None and server.prefix is not None:
            found.append(Announced(prefix=server.prefix, sites=sites_in(world, selection, server.anycast)))
    for cloud in world.clouds:
        datacenters = _of_cloud([world.datacenter(name) for name in selection.datacenters], cloud.name)
        if selection.relays and cloud.relays is not None and datacenters:
            found.append(Announced(prefix=cloud.relays, sites=datacenters))
        everywhere = sites_in(world, selection, cloud.name)
        if selection.edges and cloud.front_doors is not None and everywhere:
            found.append(Announced(prefix=cloud.front_doors, sites=everywhere))
    return found


def sites_in(world: World, selection: Selection, cloud: str) -> tuple[str, ...]:
    """Return the sites of a cloud that are built: datacenters, then edges."""
    built = [world.site(name) for name in (*selection.datacenters, *selection.edges)]
    return _of_cloud(built, cloud)


def _of_cloud(sites: list[Datacenter] | list[Datacenter | Edge], cloud: str) -> tuple[str, ...]:
    return tuple(site.name for site in sites if site.cloud == cloud)

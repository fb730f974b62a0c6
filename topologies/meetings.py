"""Who meets whom over the Internet where edges are built: only for those pairs there are wires."""

from __future__ import annotations

from collections.abc import Iterable

from topologies.errors import WorldError
from topologies.handoff import choice
from topologies.internet import internet_rtt_ms
from topologies.peering import Peering, home_pop, provider_of
from topologies.places import Place
from topologies.selection import Selection
from topologies.world import Client, Resolver, World

NEAREST = 3  # front ends that a client is compared with: "best of three unicast" (Calder et al., IMC 2015)

Pair = tuple[str, str]


def meetings(world: World, selection: Selection, cloud: str, lookups: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs that meet if clients use resolvers as in ``lookups``: (client, resolver).

    A client meets its resolvers, its three nearest sites, those nearest to its resolvers, those where its
    resolvers' own questions to anycast servers land, and its tenant's datacenter; a resolver meets every name
    server. Raises WorldError for an unknown name, or for who is behind no provider.
    """
    found: dict[Pair, None] = {}
    for name, asked in lookups:
        client, resolver = world.client(name), world.resolver(asked)
        sites = nearest_sites(world, selection, cloud, client.place)[:NEAREST]
        sites += nearest_sites(world, selection, cloud, resolver.place)[:1]
        sites += [lands(world, selection, cloud, resolver), world.tenant(client.tenant).datacenter]
        found[name, asked] = None
        found |= dict.fromkeys((name, site) for site in sites)
        found |= dict.fromkeys((asked, server) for server in _servers(world, selection))
    return tuple(found)


def nearest_sites(world: World, selection: Selection, cloud: str, place: Place) -> list[str]:
    """Return the sites of a cloud that are built, from the nearest over the Internet to the farthest."""
    built = [world.site(name) for name in (*selection.datacenters, *selection.edges)]
    there = [site for site in built if site.cloud == cloud]
    return [site.name for site in sorted(there, key=lambda site: internet_rtt_ms(world, place, site.place))]


def lands(world: World, selection: Selection, cloud: str, part: Client | Resolver) -> str:
    """Return the site where somebody's packets to a cloud's anycast addresses land, as the world has it."""
    isp = provider_of(world, part)
    home = home_pop(world, selection, isp, part.place)
    return choice(world, selection, isp, home, cloud, Peering()).site


def public_resolver(world: World, client: Client) -> Resolver:
    """Return the site of the public resolver that is nearest to a client.

    Raises WorldError if there is no public resolver.
    """
    public = [each for each in world.resolvers if each.public]
    if not public:
        raise WorldError("resolvers: none is public; right would be public = true for one or more")
    return min(public, key=lambda each: internet_rtt_ms(world, client.place, each.place))


def _servers(world: World, selection: Selection) -> list[str]:
    return [name for name in selection.nameservers if world.nameserver(name).anycast is None]

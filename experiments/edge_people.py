"""Who asks whom at the edge: each client's own resolver, one nearby, its headquarters' and a public one."""

from __future__ import annotations

from experiments.edge_sites import CLOUD, sites
from topologies.errors import WorldError
from topologies.handoff import landing
from topologies.internet import internet_rtt_ms
from topologies.meetings import public_resolver
from topologies.peering import Peering
from topologies.places import Place
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.world import Client, Resolver, World

OWN, LOCAL, DISTANT, PUBLIC = "own", "local", "distant", "public"
FEWEST_SITES = 3


def asking(world: World) -> list[Client]:
    """Return the clients with a tenant of the cloud, but for those inside an office, in the world's order.

    Raises WorldError where there are none, or no edges for them.
    """
    if not any(edge.cloud == CLOUD for edge in world.edges) or len(sites(world)) < FEWEST_SITES:
        raise WorldError(
            f'edges: the cloud "{CLOUD}" has none, or fewer than {FEWEST_SITES} sites in all; right would be'
            ' [[edges]], as the world "edges" has them'
        )
    found = [each for each in world.clients if each.office is None]
    found = [each for each in found if world.tenant(each.tenant).cloud == CLOUD]
    if not found:
        raise WorldError(f'clients: none has a tenant of the cloud "{CLOUD}"; right would be one')
    return found


def resolver_of(world: World, client: Client, which: str) -> str:
    """Return whom a client asks: its ``own``, one ``local``, a ``distant`` or a ``public`` one."""
    if which == OWN:
        return client.resolver
    if which == LOCAL:
        return _nearest(world, client.place).name
    if which == DISTANT:
        return headquarters(world, client).name
    return public_resolver(world, client).name


def headquarters(world: World, client: Client) -> Resolver:
    """Return the resolver nearest to where the data of a client's tenant is: its company is there."""
    return _nearest(world, world.datacenter(world.tenant(client.tenant).datacenter).place)


def _nearest(world: World, place: Place) -> Resolver:
    private = [each for each in world.resolvers if not each.public]
    return min(private, key=lambda each: internet_rtt_ms(world, place, each.place))


def reader(world: World, selection: Selection, plan: Plan) -> Client:
    """Return the client that gains most by an edge: that is farther from its tenant's data by the most.

    Raises WorldError if nobody's packets to the anycast address land at an edge that is nearer.
    """
    found = []
    for client in asking(world):
        landed = landing(world, selection, plan, client.name, CLOUD, Peering())
        if landed.site in selection.edges:
            data = world.datacenter(world.tenant(client.tenant).datacenter)
            far_ms = internet_rtt_ms(world, client.place, data.place)
            found.append((far_ms - landed.rtt_ms, client))
    gain_ms, best = max(found, key=lambda each: each[0], default=(0.0, None))
    if best is None or gain_ms <= 0:
        raise WorldError(
            "clients: nobody lands at an edge that is nearer than the data of his tenant;"
            " right would be a client next door to an edge, with a tenant far away"
        )
    return best

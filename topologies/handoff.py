"""Where a packet to an anycast prefix lands: BGP's decision at the provider's routers, by arithmetic.

A provider is told of one prefix at each of its peering places. The routes that are worth most to it are left,
then those with the shortest path, and of those each of its routers takes its own, or else the nearest: it
hands over as early as it can (hot potato), and knows nothing of where beyond the peering a front door is.
Source: RFC 4271, section 9.1.2; BIRD takes a route's metric for how far the next hop is, and in the end the
router with the lowest address.
"""

from __future__ import annotations

from topologies.anycast import sites_in
from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.hosts import border, host
from topologies.internet import internet_rtt_ms
from topologies.paths import Hop, hops, one_way_ms
from topologies.peering import (
    Peering,
    Session,
    home_pop,
    pop_node,
    pop_place,
    provider_of,
    sessions,
)
from topologies.places import Place
from topologies.plan import NS_PER_MS, Plan
from topologies.selection import Selection
from topologies.ways import along
from topologies.world import Client, Isp, Pop, Resolver, World

NS_PER_US = 1000
OWN = -1  # nearer than any fellow


class Landing(Frozen):
    """Where a packet to an anycast address comes out, by which routers of the provider, and how it got there.

    ``there`` leads to the site's front door; the round trip is that, and the way back.
    """

    site: str
    home: str
    exit: str
    there: tuple[Hop, ...]
    rtt_ms: float


def landing(
    world: World, selection: Selection, plan: Plan, node: str, cloud: str, peering: Peering
) -> Landing:
    """Return where a client's or resolver's packets to a cloud's anycast front doors land.

    Raises WorldError if it is behind no provider, or if the provider hears of no site of the cloud.
    """
    part = _part(world, node)
    isp = provider_of(world, part)
    home = home_pop(world, selection, isp, part.place)
    chosen = choice(world, selection, isp, home, cloud, peering)
    city = plan.node(node).site
    way = [city, *dict.fromkeys((pop_node(isp, home), f"{isp.name}-{chosen.pop}")), border(chosen.site)]
    door = host(chosen.site, "edge")
    there = (*hops(plan, node, city), *along(plan, *way), *hops(plan, border(chosen.site), door))
    return Landing(
        site=chosen.site,
        home=way[1],
        exit=way[-2],
        there=there,
        rtt_ms=sum(hop.delay_ms for hop in there) + _back_ms(plan, door, node, way),
    )


def choice(world: World, selection: Selection, isp: Isp, home: Pop, cloud: str, peering: Peering) -> Session:
    """Return the session whose route a provider's router takes; WorldError if it has none to take."""
    there = set(sites_in(world, selection, cloud))
    told = [each for each in sessions(world, selection, peering) if each.isp == isp.name]
    told = [each for each in told if each.site in there]
    if not told:
        raise WorldError(
            f'isp "{isp.name}": pops: none peers with a site of the cloud "{cloud}" that is built;'
            " right would be one that does"
        )
    numbers = {pop.name: number for number, pop in enumerate(isp.pops)}
    here, places = pop_place(world, home), {pop.name: pop_place(world, pop) for pop in isp.pops}

    def rank(each: Session) -> tuple[int, int, int, int]:
        own = each.pop == home.name  # a route from outside goes before what a fellow tells
        far_us = OWN if own else _distance_us(world, here, places[each.pop])
        return -each.worth, each.prepended, far_us, numbers[each.pop]

    return min(told, key=rank)


def _distance_us(world: World, a: Place, b: Place) -> int:
    """Return the metric that BIRD is told: whole microseconds there and back."""
    return round(internet_rtt_ms(world, a, b) * NS_PER_MS) // NS_PER_US


def _part(world: World, node: str) -> Client | Resolver:
    parts: tuple[Client | Resolver, ...] = (*world.clients, *world.resolvers)
    for part in parts:
        if part.name == node:
            return part
    raise WorldError(f'"{node}" is no client and no resolver; right would be one of those')


def _back_ms(plan: Plan, door: str, node: str, way: list[str]) -> float:
    """Return how long the way back takes: as the plan has it, or where it has none, as it came."""
    try:
        return one_way_ms(plan, door, node)
    except WorldError:
        back = along(plan, *reversed(way))
    inner = one_way_ms(plan, door, way[-1]) + one_way_ms(plan, way[0], node)
    return inner + sum(hop.delay_ms for hop in back)

"""Who speaks BGP where edges are built: border routers of sites, and the routers of providers.

site's border router ══ provider's router there ── each other router of the provider

Sites announce what several of them have at once, and providers the networks of those who are behind them.
"""

from __future__ import annotations

from itertools import combinations

from topologies.anycast import announced
from topologies.bgp import MICROSOFT_AS, Origin, Speaker
from topologies.hosts import border
from topologies.peering import (
    Peering,
    Session,
    home_pop,
    isp_at,
    last_choice,
    pop_node,
    pops_of,
    sessions,
)
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.speakers import AS_OF_OTHERS, Routers
from topologies.world import Client, Isp, Pop, Resolver, World


def edge_speakers_of(world: World, selection: Selection, plan: Plan, peering: Peering) -> tuple[Speaker, ...]:
    """Return every router that speaks BGP; none where no provider is built.

    Raises WorldError if ``peering`` names something that is not there.
    """
    routers = Routers(plan)
    there = sessions(world, selection, peering)
    for site in dict.fromkeys(each.site for each in there):
        cloud = world.site(site).cloud
        prefixes = [each.prefix for each in announced(world, selection) if site in each.sites]
        own = [Origin(prefix=prefix) for prefix in prefixes]
        routers.add(border(site), AS_OF_OTHERS.get(cloud, MICROSOFT_AS), own)
    for isp in (world.isp(name) for name in selection.isps):
        pops = pops_of(world, selection, isp)
        for pop in pops:
            routers.add(pop_node(isp, pop), isp.as_number, _behind(world, selection, isp, pop))
        for a, b in combinations(pops, 2):
            routers.join(pop_node(isp, a), pop_node(isp, b), "pop-pop", "pop-pop")
    for each in there:
        _peer(routers, world.isp(each.isp), each)
    return routers.speakers()


def _behind(world: World, selection: Selection, isp: Isp, pop: Pop) -> list[Origin]:
    """Return what a router of a provider announces: the networks of those whose nearest one it is."""
    clients = [world.client(name) for name in selection.clients]
    parts: list[Client | Resolver] = [each for each in clients if each.office is None]
    parts += [world.resolver(name) for name in selection.resolvers]
    found = []
    for part in parts:
        at = isp_at(world, part.place)
        here = at is not None and at.name == isp.name
        if here and home_pop(world, selection, isp, part.place).name == pop.name:
            found.append(Origin(prefix=part.prefix))
    return found


def _peer(routers: Routers, isp: Isp, session: Session) -> None:
    """Add the session between a site and a provider's router there."""
    lowered = (last_choice(isp.as_number),) if session.lowered else ()
    routers.join(
        border(session.site),
        f"{isp.name}-{session.pop}",
        "site-pop",
        "pop-site",
        ours={"prepended": session.prepended, "added": lowered},
        theirs={"preference": session.preference},
    )

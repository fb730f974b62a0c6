"""Where providers and the service's sites tell each other their prefixes: each session, and what is said.

Sources: BGP's rules are those of RFC 4271, section 9.1; a community by which a neighbour asks to be taken
last is RFC 1998's; what a hand-off far away looks like is in Calder et al., "Analyzing the Performance of an
Anycast CDN" (IMC 2015, DOI 10.1145/2815675.2815717), section 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from topologies.base import Frozen
from topologies.edge_parts import USUAL_PREFERENCE, Isp, Pop
from topologies.errors import WorldError
from topologies.internet import internet_rtt_ms
from topologies.nearest import hint
from topologies.places import Place
from topologies.selection import Selection
from topologies.world import Client, Resolver, World

LAST_CHOICE = 50  # what a route is worth to a provider that is asked to take it last

Repeated = Annotated[int, Field(strict=True, ge=1, le=10)]


class Peering(Frozen):
    """What is otherwise than the world has it, for one survey; names are of providers, their routers, sites.

    ``opened``: a router without a peer peers with the site that is at its place. ``prepended``: the site
    tells the provider a path that is so much longer. ``lowered``: the site asks the provider, by its
    community, to take this way last.
    """

    opened: tuple[tuple[str, str], ...] = ()
    prepended: tuple[tuple[str, str, Repeated], ...] = ()
    lowered: tuple[tuple[str, str], ...] = ()


class Session(Frozen):
    """A session between a site and a provider's router there, and what decides at the provider."""

    isp: str
    pop: str
    site: str
    preference: int
    prepended: int = 0
    lowered: bool = False

    @property
    def worth(self) -> int:
        """The local preference of what is learned here, in the whole provider."""
        return LAST_CHOICE if self.lowered else self.preference


def last_choice(as_number: int) -> str:
    """Return the community by which a provider is asked to take a route last: its own number, and 50."""
    return f"{as_number}:{LAST_CHOICE}"


def pop_node(isp: Isp, pop: Pop) -> str:
    """Return the node name of a provider's router."""
    return f"{isp.name}-{pop.name}"


def pop_place(world: World, pop: Pop) -> Place:
    """Return where a provider's router is."""
    if pop.place is not None:
        return pop.place
    return world.site(pop.site or "").place


def pops_of(world: World, selection: Selection, isp: Isp) -> list[Pop]:
    """Return the routers of a provider that are built: all but those at sites that are not."""
    return [pop for pop in isp.pops if pop.site is None or pop.site in sites_of(selection)]


def sites_of(selection: Selection) -> tuple[str, ...]:
    """Return the sites that are built: datacenters, then edges."""
    return (*selection.datacenters, *selection.edges)


def isp_at(world: World, place: Place) -> Isp | None:
    """Return the provider that a place is behind; None where there is none."""
    for isp in world.isps:
        if any(city.point == place.point for city in isp.cities):
            return isp
    return None


def provider_of(world: World, part: Client | Resolver) -> Isp:
    """Return the provider of a client or resolver; raise WorldError if it is behind none."""
    isp = isp_at(world, part.place)
    if isp is None:
        raise WorldError(
            f'"{part.name}" is in {part.place.name}, which is behind no provider; right would be that place'
            " among the cities of one of the [[isps]]"
        )
    return isp


def home_pop(world: World, selection: Selection, isp: Isp, city: Place) -> Pop:
    """Return the router that a city is behind: the provider's nearest; WorldError if none is built."""
    pops = pops_of(world, selection, isp)
    if not pops:
        raise WorldError(
            f'isp "{isp.name}": pops: all are at sites that are not built; right would be a run with one'
        )
    return min(pops, key=lambda pop: internet_rtt_ms(world, city, pop_place(world, pop)))


def sessions(world: World, selection: Selection, peering: Peering) -> list[Session]:
    """Return every session between a site and a provider that is built.

    Raises WorldError if `peering` names something that is not there.
    """
    found = []
    opened = {names: _site_at(world, selection, names) for names in peering.opened}
    for isp in (world.isp(name) for name in selection.isps):
        for pop in pops_of(world, selection, isp):
            site = opened.get((isp.name, pop.name), pop.site)
            if site is not None:
                found.append(_session(peering, isp, pop, site))
    there = {(each.isp, each.site) for each in found}
    _refuse_others("prepended", ((isp, site) for isp, site, _ in peering.prepended), there)
    _refuse_others("lowered", peering.lowered, there)
    return found


def _session(peering: Peering, isp: Isp, pop: Pop, site: str) -> Session:
    longer = {(name, at): times for name, at, times in peering.prepended}
    return Session(
        isp=isp.name,
        pop=pop.name,
        site=site,
        preference=USUAL_PREFERENCE if pop.site is None else pop.preference,
        prepended=longer.get((isp.name, site), 0),
        lowered=(isp.name, site) in peering.lowered,
    )


def _site_at(world: World, selection: Selection, names: tuple[str, str]) -> str:
    """Return the site at the place of a router that is to peer after all."""
    isp = world.isp(names[0])
    pop = next((each for each in isp.pops if each.name == names[1]), None)
    if pop is None:
        raise WorldError(
            f'opened: isp "{isp.name}" has no router "{names[1]}";'
            f" {hint(names[1], (each.name for each in isp.pops))}"
        )
    here = pop_place(world, pop)
    for name in sites_of(selection):
        if world.site(name).place.point == here.point:
            return name
    raise WorldError(
        f'opened: no site is in {here.name}, where the router "{pop_node(isp, pop)}" is; right would be a'
        " router at the place of an edge or of a datacenter"
    )


def _refuse_others(key: str, named: Iterable[tuple[str, str]], there: set[tuple[str, str]]) -> None:
    for pair in named:
        if pair not in there:
            raise WorldError(
                f'{key}: "{pair[0]}" and "{pair[1]}" do not peer; right would be one of:'
                f" {', '.join(f'{isp} and {site}' for isp, site in sorted(there))}"
            )

"""The edge in a plan: sites of front doors with a line to the backbone, and providers that lead to them.

    client ── cpe ══ city's router ══ provider's router ══ provider's router ── site's border router
                                                                                ║          │
                                                    nearest datacenter's border router   front door

A provider's routers are joined each with each, by lines as long as the Internet's. Where cities and peers are
is known to all of them beforehand; which of the sites that announce one prefix a packet comes to is not: that
they learn by BGP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from topologies.access import Line
from topologies.base import ROUTER_IDS
from topologies.draft import EVERYWHERE, Draft, Site
from topologies.edge_hosts import own_addresses, vips
from topologies.hosts import border, host
from topologies.internet import internet_lines, internet_rtt_ms
from topologies.peering import home_pop, isp_at, pop_node, pop_place, pops_of, sites_of
from topologies.places import Place
from topologies.plan import Node, Route
from topologies.selection import Selection
from topologies.world import Datacenter, Edge, Isp, Pop, World

FIRST_OF_PROVIDERS = 0x8000  # of the routers' addresses; those of places begin with the first


def add_edges(draft: Draft, world: World, selection: Selection) -> None:
    """Add a site for each edge."""
    for edge in (world.edge(name) for name in selection.edges):
        prefixes = [edge.prefix]
        if edge.exchange is not None and "exchange" in selection.services:
            prefixes.append(edge.exchange)
        draft.site(edge.name, Site(border(edge.name), edge.place, edge.prefix[1], edge.name, prefixes))


def add_front_doors(
    draft: Draft, world: World, selection: Selection, next_address: Callable[[Datacenter], IPv4Address]
) -> None:
    """Add the front doors of edges, and of the datacenters beside them."""
    for name in sites_of(selection) if selection.edges else ():
        site = world.site(name)
        everywhere = vips(world, site.cloud)
        if isinstance(site, Edge):
            doors = own_addresses(site, "exchange") if "exchange" in selection.services else ()
            own = (*own_addresses(site, "portal"), *doors)
            draft.host(host(name, "edge"), (*own, *everywhere), draft.sites[name])
        elif everywhere:
            draft.host(host(name, "edge"), (next_address(site), *everywhere), draft.sites[name])


def add_private_lines(draft: Draft, world: World, selection: Selection) -> None:
    """Join each edge with the nearest datacenter of its cloud, from where the backbone leads on."""
    for edge in (world.edge(name) for name in selection.edges):
        there = [world.datacenter(name) for name in selection.datacenters]
        own = [each for each in there if each.cloud == edge.cloud]
        near = min(own, key=lambda each: internet_rtt_ms(world, edge.place, each.place))
        half = Line(delay_ms=internet_rtt_ms(world, edge.place, near.place) / 2)
        mine, gate = draft.sites[edge.name], draft.sites[near.name]
        wire = draft.wire(mine.router, f"to-{gate.router}", gate.router, f"to-{mine.router}", half, half)
        for each in own:
            for prefix in draft.sites[each.name].prefixes:
                draft.reach(wire, mine.router, prefix, gate.address)
        for prefix in mine.prefixes:
            draft.reach(wire, gate.router, prefix, mine.address)
            for each in own:
                if each.name != near.name:
                    via = Route(node=border(each.name), prefix=prefix, interface="wan", via=gate.address)
                    draft.routes.append(via)


def add_isps(draft: Draft, world: World, selection: Selection) -> None:
    """Add the providers' routers, what joins them, and all the ways that are known beforehand."""
    number = FIRST_OF_PROVIDERS
    for isp in (world.isp(name) for name in selection.isps):
        pops = pops_of(world, selection, isp)
        addresses = {pop.name: ROUTER_IDS[number + at] for at, pop in enumerate(pops)}
        number += len(pops)
        _Provider(draft, world, selection, isp, addresses).add()


class _Provider:
    """One provider in a draft."""

    def __init__(
        self,
        draft: Draft,
        world: World,
        selection: Selection,
        isp: Isp,
        addresses: dict[str, IPv4Address],
    ) -> None:
        self.draft, self.world, self.selection = draft, world, selection
        self.isp, self.addresses = isp, addresses
        self.pops = pops_of(world, selection, isp)

    def add(self) -> None:
        """Add everything: routers, lines among them, to cities behind them and to sites at their places."""
        for pop in self.pops:
            node = pop_node(self.isp, pop)
            self.draft.nodes.append(Node(name=node, kind="router", site=node, address=self._address(pop)))
        for a, b in combinations(self.pops, 2):
            self._join(a, b)
        for city in list(self.draft.sites.values()):
            at = isp_at(self.world, city.place) if city.datacenter is None else None
            if at is not None and at.name == self.isp.name:
                self._serve(city)
        for pop in self.pops:
            for name in sites_of(self.selection):
                if self.world.site(name).place.point == self._place(pop).point:
                    self._meet(pop, self.draft.sites[name], peers=pop.site == name)

    def _join(self, a: Pop, b: Pop) -> None:
        here, there = pop_node(self.isp, a), pop_node(self.isp, b)
        lines = internet_lines(self.world, self._place(a), self._place(b))
        wire = self.draft.wire(here, f"to-{there}", there, f"to-{here}", *lines)
        self.draft.reach(wire, here, IPv4Network(self._address(b)), self._address(b))
        self.draft.reach(wire, there, IPv4Network(self._address(a)), self._address(a))

    def _serve(self, city: Site) -> None:
        """Put a city behind its router: that one has the way to everything that the city knows no way to."""
        home = self._home(city)
        node = pop_node(self.isp, home)
        lines = internet_lines(self.world, city.place, self._place(home))
        wire = self.draft.wire(city.router, f"to-{node}", node, f"to-{city.router}", *lines)
        self.draft.reach(wire, city.router, EVERYWHERE, self._address(home))
        for prefix in _all_of(city):
            self.draft.reach(wire, node, prefix, city.address)
            for pop in self.pops:
                self._over(pop, home, prefix)

    def _meet(self, pop: Pop, site: Site, *, peers: bool) -> None:
        """Join a router with a site at its place; where they peer, each has the way to the other's part."""
        node, own = pop_node(self.isp, pop), self._address(pop)
        wire = self.draft.wire(node, f"to-{site.router}", site.router, f"to-{node}")
        self.draft.reach(wire, node, IPv4Network(site.address), site.address)
        self.draft.reach(wire, site.router, IPv4Network(own), own)
        if not peers:
            return
        for prefix in site.prefixes:
            self.draft.reach(wire, node, prefix, site.address)
        for prefix in _all_of(site):
            for other in self.pops:
                self._over(other, pop, prefix)
        for city in self._cities():
            for prefix in _all_of(city):
                self.draft.reach(wire, site.router, prefix, own)

    def _over(self, here: Pop, there: Pop, prefix: IPv4Network) -> None:
        """Lead what is for a prefix from one router of the provider to another, where it leaves."""
        if here.name != there.name:
            node, far = pop_node(self.isp, here), pop_node(self.isp, there)
            route = Route(node=node, prefix=prefix, interface=f"to-{far}", via=self._address(there))
            self.draft.routes.append(route)

    def _cities(self) -> Iterator[Site]:
        for site in self.draft.sites.values():
            at = isp_at(self.world, site.place) if site.datacenter is None else None
            if at is not None and at.name == self.isp.name:
                yield site

    def _home(self, city: Site) -> Pop:
        return home_pop(self.world, self.selection, self.isp, city.place)

    def _address(self, pop: Pop) -> IPv4Address:
        return self.addresses[pop.name]

    def _place(self, pop: Pop) -> Place:
        return pop_place(self.world, pop)


def _all_of(site: Site) -> list[IPv4Network]:
    """Return what is reached at a site: its networks, and its router."""
    return [*site.prefixes, IPv4Network(site.address)]

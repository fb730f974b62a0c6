"""From a world and what is used of it to the plan: sites first, then wires, then who is reached how."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from topologies.access import Line
from topologies.anycast import announced, sites_in
from topologies.draft import EVERYWHERE, Draft, Site
from topologies.edge_planning import add_edges, add_front_doors, add_isps, add_private_lines
from topologies.errors import WorldError
from topologies.hosts import FURTHER_FRONT_ENDS, border, hosts_of, prefixes_of, wan_switch
from topologies.internet import internet_lines, internet_rtt_ms
from topologies.offices import add_circuit, add_office, add_tunnels, expressroute_datacenters
from topologies.peering import isp_at
from topologies.places import Place
from topologies.plan import Neighbour, Node, Plan, Route, Wire
from topologies.selection import Selection
from topologies.size import refuse_too_large
from topologies.wan_links import links_of
from topologies.world import Client, Datacenter, Edge, NameServer, World

FIRST_NAME_SERVER = 3  # in a datacenter's prefix, after its router and its front end


class Planner:
    """Draws a plan: one method for each kind of part, in building order."""

    def __init__(self, world: World, selection: Selection) -> None:
        self.world = world
        self.selection = selection
        self.draft = Draft()
        self._taken: dict[str, int] = {}  # of a site's addresses, by its name

    def plan(self, seed: int) -> Plan:
        """Return the plan of everything selected."""
        self._datacenters()
        add_edges(self.draft, self.world, self.selection)
        self._name_servers()
        add_front_doors(self.draft, self.world, self.selection, self._next_address)
        self._resolvers()
        self._clients()
        self._offices()
        refuse_too_large(self.draft, None if self._met is None else len(self._met))
        self._internet()
        add_isps(self.draft, self.world, self.selection)
        self._backbone()
        add_private_lines(self.draft, self.world, self.selection)
        return self.draft.finished(seed, self.world.congestion)

    def _datacenters(self) -> None:
        for name in self.selection.datacenters:
            datacenter = self.world.datacenter(name)
            router, address = border(name), datacenter.prefix[1]
            prefixes = prefixes_of(self.selection, datacenter)
            site = self.draft.site(name, Site(router, datacenter.place, address, name, prefixes))
            for host in hosts_of(self.world, self.selection, datacenter):
                self.draft.host(host.name, host.addresses, site)

    def _name_servers(self) -> None:
        for name in self.selection.nameservers:
            server = self.world.nameserver(name)
            if server.anycast is not None and server.prefix is not None:
                for site in sites_in(self.world, self.selection, server.anycast):
                    address = self._next_address(self.world.site(site))
                    node = anycast_node(server, site)
                    self.draft.host(node, (address, server.prefix[1]), self.draft.sites[site])
            elif server.datacenter is not None:
                address = self._next_address(self.world.datacenter(server.datacenter))
                self.draft.host(name, (address,), self.draft.sites[server.datacenter])
            elif server.place is not None and server.prefix is not None:
                self._network(name, server.place, server.prefix)

    def _next_address(self, site: Datacenter | Edge) -> IPv4Address:
        """Return a site's next free address; the last ones of a datacenter's prefix are its own."""
        number = self._taken[site.name] = self._taken.get(site.name, FIRST_NAME_SERVER - 1) + 1
        own = 4 if self.selection.calls else 2
        if isinstance(site, Edge):
            own = 1
        elif site.front_ends > 1:
            own = site.front_ends - 1 - FURTHER_FRONT_ENDS - 1
        if number >= site.prefix.num_addresses - own:
            kind = "edge" if isinstance(site, Edge) else "datacenter"
            raise WorldError(
                f'{kind} "{site.name}": prefix: "{site.prefix}" has no address left for its'
                " name servers; right would be a larger one"
            )
        return site.prefix[number]

    def _resolvers(self) -> None:
        behind = {self.world.office(name).resolver for name in self.selection.offices}
        for name in self.selection.resolvers:
            resolver = self.world.resolver(name)
            if name not in behind:
                self._network(name, resolver.place, resolver.prefix)

    def _clients(self) -> None:
        for name in self.selection.clients:
            client = self.world.client(name)
            if client.office is not None:
                continue
            site = self.draft.site_at(client.place)
            site.prefixes.append(client.prefix)
            self._behind_access(client, site)

    def _offices(self) -> None:
        for name in self.selection.offices:
            add_office(self.draft, self.world, self.selection, self.world.office(name))
        add_tunnels(self.draft, self.world, self.selection)
        built = [self.world.datacenter(name) for name in self.selection.datacenters]
        for name in self.selection.circuits:
            circuit = self.world.circuit(name)
            add_circuit(self.draft, self.world, expressroute_datacenters(built), circuit)

    def _behind_access(self, client: Client, site: Site) -> None:
        """Put a client behind its own router: rate on the LAN, everything else on the line."""
        cpe = f"{client.name}-cpe"
        gateway, host = client.prefix[1], client.prefix[2]
        up, down = client.access.up, client.access.down
        self.draft.nodes.append(Node(name=cpe, kind="router", site=site.router, address=gateway))
        self.draft.nodes.append(Node(name=client.name, kind="host", site=site.router, address=host))
        lan = self.draft.wire(client.name, "eth0", cpe, "lan", _rate_of(up), _rate_of(down))
        line = self.draft.wire(cpe, "line", site.router, client.name, _without_rate(up), _without_rate(down))
        self.draft.reach(lan, client.name, EVERYWHERE, gateway)
        self.draft.reach(lan, cpe, IPv4Network(host), host)
        self.draft.reach(line, cpe, EVERYWHERE, site.address)
        self.draft.reach(line, site.router, client.prefix, gateway)

    def _network(self, name: str, place: Place, prefix: IPv4Network) -> None:
        """Put one host into a network of its own at a place."""
        site = self.draft.site_at(place)
        site.prefixes.append(prefix)
        self.draft.host(name, (prefix[2] if prefix.num_addresses > 4 else prefix[1],), site)

    def _internet(self) -> None:
        for a, b in combinations(self.draft.sites.values(), 2):
            if not self._is_joined(a, b):
                continue
            lines = internet_lines(self.world, a.place, b.place)
            wire = self.draft.wire(a.router, f"to-{b.router}", b.router, f"to-{a.router}", *lines)
            by_bgp = any(each.learns for each in (a, b)) and any(each.datacenter for each in (a, b))
            for here, there in ((a, b), (b, a)):
                for prefix in [*([] if by_bgp else there.prefixes), IPv4Network(there.address)]:
                    self.draft.reach(wire, here.router, prefix, there.address)
                for prefix in self._announced_nearest(here, there):
                    self.draft.reach(wire, here.router, prefix, there.address)

    def _is_joined(self, a: Site, b: Site) -> bool:
        """Say whether a wire joins two sites: where somebody meets there, and no provider leads there."""
        if a.datacenter is not None and b.datacenter is not None:
            return False
        if self._met is not None and frozenset((a.router, b.router)) not in self._met:
            return False
        isp = isp_at(self.world, (b if a.datacenter is not None else a).place)
        there = a.datacenter or b.datacenter
        led = isp is not None and isp.name in self.selection.isps and any(p.site == there for p in isp.pops)
        return there is None or not led

    @cached_property
    def _met(self) -> set[frozenset[str]] | None:
        """The pairs of sites, by their routers, at which somebody meets; None where everybody may."""
        if self.selection.meets is None:
            return None
        routers = {node.name: node.site for node in self.draft.nodes}
        routers |= {name: site.router for name, site in self.draft.sites.items()}
        return {frozenset((routers[a], routers[b])) for a, b in self.selection.meets}

    def _announced_nearest(self, here: Site, there: Site) -> list[IPv4Network]:
        """Return the anycast prefixes for which a site's nearest announcement is the other site's.

        Where a provider is built, its routers find that out themselves.
        """
        if here.datacenter is not None or there.datacenter is None:
            return []
        isp = isp_at(self.world, here.place)
        if isp is not None and isp.name in self.selection.isps:
            return []
        found = []
        for each in announced(self.world, self.selection):
            places = {name: self.world.site(name).place for name in each.sites}
            nearest = min(places, key=lambda name: internet_rtt_ms(self.world, here.place, places[name]))
            if nearest == there.datacenter:
                found.append(each.prefix)
        return found

    def _backbone(self) -> None:
        datacenters = [self.world.datacenter(name) for name in self.selection.datacenters]
        uplinks: dict[str, Wire] = {}
        for each in datacenters:
            self.draft.nodes.append(Node(name=wan_switch(each.name), kind="switch", site=border(each.name)))
            uplinks[each.name] = self.draft.wire(
                border(each.name), "wan", wan_switch(each.name), f"{each.name}-br"
            )
        for link in links_of(self.world, datacenters):
            a, b = link.between
            half = Line(delay_ms=link.round_trip_ms / 2, rate_mbit=link.rate_mbit)
            self.draft.wire(wan_switch(a), f"{a}-{b}", wan_switch(b), f"{b}-{a}", half, half)
        for here in datacenters:
            for there in datacenters:
                if here.name != there.name and here.cloud == there.cloud:
                    self._over_backbone(uplinks[here.name], uplinks[there.name], self.draft.sites[there.name])

    def _over_backbone(self, mine: Wire, theirs: Wire, site: Site) -> None:
        """Let one border router send to another's prefixes: the far router is the next hop."""
        here = mine.a.node
        for prefix in site.prefixes:
            self.draft.routes.append(Route(node=here, prefix=prefix, interface="wan", via=site.address))
        self.draft.neighbours[
            Neighbour(node=here, interface="wan", address=site.address, mac=theirs.a.mac)
        ] = None


def plan_network(world: World, selection: Selection, seed: int = 1) -> Plan:
    """Return what is built for a selection of a world; the same arguments give the same plan."""
    return Planner(world, selection).plan(seed)


def anycast_node(server: NameServer, datacenter: str) -> str:
    """Return the node name of an anycast server's instance in a datacenter."""
    return f"{server.name}-{datacenter}"


def _rate_of(line: Line) -> Line:
    return Line(rate_mbit=line.rate_mbit)


def _without_rate(line: Line) -> Line:
    return line.model_copy(update={"rate_mbit": None})

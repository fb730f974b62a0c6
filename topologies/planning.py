"""From a world and what is used of it to the plan: sites first, then wires, then who is reached how."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from topologies.access import Line
from topologies.backbone import backbone_links
from topologies.base import ROUTER_IDS
from topologies.errors import WorldError
from topologies.internet import internet_rtt_ms
from topologies.places import Place
from topologies.plan import End, Neighbour, Node, Plan, Route, Wire, mac
from topologies.selection import Selection
from topologies.world import Client, World

EVERYWHERE = IPv4Network("0.0.0.0/0")


@dataclass
class _Site:
    """A place or a datacenter: its router, and the prefixes behind it."""

    router: str
    place: Place
    address: IPv4Address
    datacenter: str | None = None
    prefixes: list[IPv4Network] = field(default_factory=list)


def front_end(datacenter: str) -> str:
    """Return the node name of a datacenter's front end."""
    return f"{datacenter}-fe"


def border(datacenter: str) -> str:
    """Return the node name of a datacenter's border router."""
    return f"{datacenter}-br"


def wan_switch(datacenter: str) -> str:
    """Return the node name of a datacenter's switch on the backbone."""
    return f"{datacenter}-wan"


class Planner:
    """Collects nodes, wires, routes and neighbours; one method for each kind of part, in building order."""

    def __init__(self, world: World, selection: Selection) -> None:
        self.world = world
        self.selection = selection
        self.nodes: list[Node] = []
        self.wires: list[Wire] = []
        self.routes: list[Route] = []
        self.neighbours: dict[Neighbour, None] = {}  # in order, each once
        self.sites: dict[str, _Site] = {}

    def plan(self, seed: int) -> Plan:
        """Return the plan of everything selected."""
        self._datacenters()
        self._name_servers()
        self._resolvers()
        self._clients()
        self._internet()
        self._backbone()
        return Plan(
            seed=seed,
            nodes=tuple(self.nodes),
            wires=tuple(self.wires),
            routes=tuple(self.routes),
            neighbours=tuple(self.neighbours),
        )

    def _datacenters(self) -> None:
        for name in self.selection.datacenters:
            datacenter = self.world.datacenter(name)
            router = border(name)
            site = _Site(router, datacenter.place, datacenter.prefix[1], name, [datacenter.prefix])
            self.sites[name] = site
            self.nodes.append(Node(name=router, kind="router", site=router, address=site.address))
            self._host(front_end(name), datacenter.prefix[2], site)

    def _name_servers(self) -> None:
        taken: dict[str, int] = {}
        for name in self.selection.nameservers:
            server = self.world.nameserver(name)
            if server.datacenter is not None:
                site = self.sites[server.datacenter]
                taken[site.router] = taken.get(site.router, 2) + 1
                self._host(name, _address(server.datacenter, site, taken[site.router]), site)
            elif server.place is not None and server.prefix is not None:
                self._network(name, server.place, server.prefix)

    def _resolvers(self) -> None:
        for name in self.selection.resolvers:
            resolver = self.world.resolver(name)
            self._network(name, resolver.place, resolver.prefix)

    def _clients(self) -> None:
        for name in self.selection.clients:
            client = self.world.client(name)
            site = self._site_of(client.place)
            site.prefixes.append(client.prefix)
            self._behind_access(client, site)

    def _behind_access(self, client: Client, site: _Site) -> None:
        """Put a client behind its own router: rate on the LAN, everything else on the line."""
        cpe = f"{client.name}-cpe"
        gateway, host = client.prefix[1], client.prefix[2]
        up, down = client.access.up, client.access.down
        self.nodes.append(Node(name=cpe, kind="router", site=site.router, address=gateway))
        self.nodes.append(Node(name=client.name, kind="host", site=site.router, address=host))
        lan = self._wire(client.name, "eth0", cpe, "lan", _rate_of(up), _rate_of(down))
        line = self._wire(cpe, "line", site.router, client.name, _without_rate(up), _without_rate(down))
        self._reach(lan, client.name, EVERYWHERE, gateway)
        self._reach(lan, cpe, IPv4Network(host), host)
        self._reach(line, cpe, EVERYWHERE, site.address)
        self._reach(line, site.router, client.prefix, gateway)

    def _network(self, name: str, place: Place, prefix: IPv4Network) -> None:
        """Put one host into a network of its own at a place."""
        site = self._site_of(place)
        site.prefixes.append(prefix)
        self._host(name, prefix[2] if prefix.num_addresses > 4 else prefix[1], site)

    def _site_of(self, place: Place) -> _Site:
        key = f"{place.latitude},{place.longitude}"
        if key not in self.sites:
            number = sum(site.datacenter is None for site in self.sites.values())
            router = _router_name(place, number)
            site = _Site(router, place, ROUTER_IDS[number + 1])
            self.sites[key] = site
            self.nodes.append(Node(name=router, kind="router", site=router, address=site.address))
        return self.sites[key]

    def _host(self, name: str, address: IPv4Address, site: _Site) -> None:
        self.nodes.append(Node(name=name, kind="host", site=site.router, address=address))
        lan = self._wire(name, "eth0", site.router, name)
        self._reach(lan, name, EVERYWHERE, site.address)
        self._reach(lan, site.router, IPv4Network(address), address)

    def _internet(self) -> None:
        for a, b in combinations(self.sites.values(), 2):
            if a.datacenter is not None and b.datacenter is not None:
                continue
            rtt_ms = internet_rtt_ms(self.world, a.place, b.place)
            half = Line(delay_ms=rtt_ms / 2)
            wire = self._wire(a.router, f"to-{b.router}", b.router, f"to-{a.router}", half, half)
            for here, there in ((a, b), (b, a)):
                for prefix in [*there.prefixes, IPv4Network(there.address)]:
                    self._reach(wire, here.router, prefix, there.address)

    def _backbone(self) -> None:
        datacenters = [self.world.datacenter(name) for name in self.selection.datacenters]
        uplinks: dict[str, Wire] = {}
        for each in datacenters:
            self.nodes.append(Node(name=wan_switch(each.name), kind="switch", site=border(each.name)))
            uplinks[each.name] = self._wire(
                border(each.name), "wan", wan_switch(each.name), f"{each.name}-br"
            )
        for link in backbone_links(datacenters, internet=self.world.internet):
            half = Line(delay_ms=link.rtt_ms / 2)
            ports = f"{link.a}-{link.b}", f"{link.b}-{link.a}"
            self._wire(wan_switch(link.a), ports[0], wan_switch(link.b), ports[1], half, half)
        for here in datacenters:
            for there in datacenters:
                if here.name != there.name and here.cloud == there.cloud:
                    self._over_backbone(uplinks[here.name], uplinks[there.name], there.prefix)

    def _over_backbone(self, mine: Wire, theirs: Wire, prefix: IPv4Network) -> None:
        """Let one border router send to another's prefix: the far router is the next hop on the backbone."""
        here = mine.a.node
        self.routes.append(Route(node=here, prefix=prefix, interface="wan", via=prefix[1]))
        self.neighbours[Neighbour(node=here, interface="wan", address=prefix[1], mac=theirs.a.mac)] = None

    def _wire(
        self,
        a: str,
        a_interface: str,
        b: str,
        b_interface: str,
        there: Line | None = None,
        back: Line | None = None,
    ) -> Wire:
        number = 2 * len(self.wires) + 1
        one = End(node=a, interface=a_interface, mac=mac(number))
        other = End(node=b, interface=b_interface, mac=mac(number + 1))
        wire = Wire(a=one, b=other, there=there or Line(), back=back or Line())
        self.wires.append(wire)
        return wire

    def _reach(self, wire: Wire, node: str, prefix: IPv4Network, via: IPv4Address) -> None:
        """Route ``prefix`` at one end of a wire to ``via`` at its other end."""
        near, far = (wire.a, wire.b) if wire.a.node == node else (wire.b, wire.a)
        self.routes.append(Route(node=node, prefix=prefix, interface=near.interface, via=via))
        known = Neighbour(node=node, interface=near.interface, address=via, mac=far.mac)
        self.neighbours[known] = None


def plan_network(world: World, selection: Selection, seed: int = 1) -> Plan:
    """Return what is built for a selection of a world; the same arguments give the same plan."""
    return Planner(world, selection).plan(seed)


def _address(datacenter: str, site: _Site, number: int) -> IPv4Address:
    (prefix,) = site.prefixes
    if number >= prefix.num_addresses - 1:
        raise WorldError(
            f'datacenter "{datacenter}": prefix: "{prefix}" has no address left for its name servers;'
            " right would be a larger one"
        )
    return prefix[number]


def _router_name(place: Place, number: int) -> str:
    letters = "".join(letter for letter in place.name.lower() if letter.isascii() and letter.isalpha())
    return f"r{number}-{letters[:6]}"


def _rate_of(line: Line) -> Line:
    return Line(rate_mbit=line.rate_mbit)


def _without_rate(line: Line) -> Line:
    return line.model_copy(update={"rate_mbit": None})

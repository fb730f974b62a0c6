"""From a world and what is used of it to the plan: sites first, then wires, then who is reached how."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from topologies.access import Line
from topologies.backbone import backbone_links
from topologies.base import ROUTER_IDS
from topologies.errors import WorldError
from topologies.hosts import border, hosts_of, prefixes_of, wan_switch
from topologies.internet import internet_lines, internet_rtt_ms
from topologies.places import Place
from topologies.plan import End, Neighbour, Node, Plan, Route, Wire, mac
from topologies.selection import Selection
from topologies.world import Client, Datacenter, NameServer, World

EVERYWHERE = IPv4Network("0.0.0.0/0")
FIRST_NAME_SERVER = 3  # in a datacenter's prefix, after its router and its front end


@dataclass
class _Site:
    """A place or a datacenter: its router, and the prefixes behind it."""

    router: str
    place: Place
    address: IPv4Address
    datacenter: str | None = None
    prefixes: list[IPv4Network] = field(default_factory=list)


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
            congestion=self.world.congestion,
            nodes=tuple(self.nodes),
            wires=tuple(self.wires),
            routes=tuple(self.routes),
            neighbours=tuple(self.neighbours),
        )

    def _datacenters(self) -> None:
        for name in self.selection.datacenters:
            datacenter = self.world.datacenter(name)
            router, address = border(name), datacenter.prefix[1]
            prefixes = prefixes_of(self.selection, datacenter)
            site = self.sites[name] = _Site(router, datacenter.place, address, name, prefixes)
            self.nodes.append(Node(name=router, kind="router", site=router, address=site.address))
            for host in hosts_of(self.world, self.selection, datacenter):
                self._host(host.name, host.addresses, site)

    def _name_servers(self) -> None:
        taken: dict[str, int] = {}
        for name in self.selection.nameservers:
            server = self.world.nameserver(name)
            if server.anycast is not None and server.prefix is not None:
                for datacenter in self._built_of(server.anycast):
                    address = _next_address(datacenter, taken)
                    node = anycast_node(server, datacenter.name)
                    self._host(node, (address, server.prefix[1]), self.sites[datacenter.name])
            elif server.datacenter is not None:
                address = _next_address(self.world.datacenter(server.datacenter), taken)
                self._host(name, (address,), self.sites[server.datacenter])
            elif server.place is not None and server.prefix is not None:
                self._network(name, server.place, server.prefix)

    def _built_of(self, cloud: str) -> list[Datacenter]:
        built = (self.world.datacenter(name) for name in self.selection.datacenters)
        return [datacenter for datacenter in built if datacenter.cloud == cloud]

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
        self._host(name, (prefix[2] if prefix.num_addresses > 4 else prefix[1],), site)

    def _site_of(self, place: Place) -> _Site:
        key = f"{place.latitude},{place.longitude}"
        if key not in self.sites:
            number = sum(site.datacenter is None for site in self.sites.values())
            router = _router_name(place, number)
            site = _Site(router, place, ROUTER_IDS[number + 1])
            self.sites[key] = site
            self.nodes.append(Node(name=router, kind="router", site=router, address=site.address))
        return self.sites[key]

    def _host(self, name: str, addresses: tuple[IPv4Address, ...], site: _Site) -> None:
        own, *aliases = addresses
        node = Node(name=name, kind="host", site=site.router, address=own, aliases=tuple(aliases))
        self.nodes.append(node)
        lan = self._wire(name, "eth0", site.router, name)
        self._reach(lan, name, EVERYWHERE, site.address)
        for address in addresses:
            self._reach(lan, site.router, IPv4Network(address), own)

    def _internet(self) -> None:
        for a, b in combinations(self.sites.values(), 2):
            if a.datacenter is not None and b.datacenter is not None:
                continue
            lines = internet_lines(self.world, a.place, b.place)
            wire = self._wire(a.router, f"to-{b.router}", b.router, f"to-{a.router}", *lines)
            for here, there in ((a, b), (b, a)):
                for prefix in [*there.prefixes, IPv4Network(there.address)]:
                    self._reach(wire, here.router, prefix, there.address)
                for prefix in self._announced_nearest(here, there):
                    self._reach(wire, here.router, prefix, there.address)

    def _announced_nearest(self, here: _Site, there: _Site) -> list[IPv4Network]:
        """Return the anycast prefixes for which a site's nearest announcement is the other site's."""
        if here.datacenter is not None or there.datacenter is None:
            return []
        found = []
        for name in self.selection.nameservers:
            server = self.world.nameserver(name)
            if server.anycast is None or server.prefix is None:
                continue
            announcing = self._built_of(server.anycast)
            nearest = min(announcing, key=lambda dc: internet_rtt_ms(self.world, here.place, dc.place))
            if nearest.name == there.datacenter:
                found.append(server.prefix)
        return found

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
                    self._over_backbone(uplinks[here.name], uplinks[there.name], self.sites[there.name])

    def _over_backbone(self, mine: Wire, theirs: Wire, site: _Site) -> None:
        """Let one border router send to another's prefixes: the far router is the next hop."""
        here = mine.a.node
        for prefix in site.prefixes:
            self.routes.append(Route(node=here, prefix=prefix, interface="wan", via=site.address))
        self.neighbours[Neighbour(node=here, interface="wan", address=site.address, mac=theirs.a.mac)] = None

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


def anycast_node(server: NameServer, datacenter: str) -> str:
    """Return the node name of an anycast server's instance in a datacenter."""
    return f"{server.name}-{datacenter}"


def _next_address(datacenter: Datacenter, taken: dict[str, int]) -> IPv4Address:
    """Return the next address for a name server; the last ones of the prefix are the datacenter's own."""
    number = taken[datacenter.name] = taken.get(datacenter.name, FIRST_NAME_SERVER - 1) + 1
    if number >= datacenter.prefix.num_addresses - 2:
        raise WorldError(
            f'datacenter "{datacenter.name}": prefix: "{datacenter.prefix}" has no address left for its name'
            " servers; right would be a larger one"
        )
    return datacenter.prefix[number]


def _router_name(place: Place, number: int) -> str:
    letters = "".join(letter for letter in place.name.lower() if letter.isascii() and letter.isalpha())
    return f"r{number}-{letters[:6]}"


def _rate_of(line: Line) -> Line:
    return Line(rate_mbit=line.rate_mbit)


def _without_rate(line: Line) -> Line:
    return line.model_copy(update={"rate_mbit": None})

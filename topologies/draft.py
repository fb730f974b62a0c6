"""What a plan is put together from: sites with their routers, wires between nodes, and who is reached how."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from topologies.access import Line
from topologies.base import ROUTER_IDS
from topologies.places import Place
from topologies.plan import Congestion, End, Neighbour, Node, Plan, Route, Wire, mac
from topologies.tunnel import Tunnel

EVERYWHERE = IPv4Network("0.0.0.0/0")


@dataclass
class Site:
    """A place or a datacenter: its router, and the prefixes behind it.

    With ``learns`` its router and the border routers of datacenters tell each other their prefixes by BGP.
    """

    router: str
    place: Place
    address: IPv4Address
    datacenter: str | None = None
    prefixes: list[IPv4Network] = field(default_factory=list)
    learns: bool = False


class Draft:
    """A plan that grows: what is added to it is numbered in that order."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.wires: list[Wire] = []
        self.routes: list[Route] = []
        self.neighbours: dict[Neighbour, None] = {}  # in order, each once
        self.sites: dict[str, Site] = {}
        self.tunnels: list[Tunnel] = []

    def finished(self, seed: int, congestion: Congestion) -> Plan:
        """Return the plan."""
        return Plan(
            seed=seed,
            congestion=congestion,
            nodes=tuple(self.nodes),
            wires=tuple(self.wires),
            routes=tuple(self.routes),
            neighbours=tuple(self.neighbours),
            tunnels=tuple(self.tunnels),
        )

    def site(self, key: str, site: Site) -> Site:
        """Add a site and its router."""
        self.sites[key] = site
        self.nodes.append(Node(name=site.router, kind="router", site=site.router, address=site.address))
        return site

    def site_at(self, place: Place) -> Site:
        """Return the site at a place; a new one where there is none."""
        key = f"{place.latitude},{place.longitude}"
        if key in self.sites:
            return self.sites[key]
        number = sum(site.datacenter is None for site in self.sites.values())
        return self.site(key, Site(_router_name(place, number), place, ROUTER_IDS[number + 1]))

    def host(self, name: str, addresses: tuple[IPv4Address, ...], site: Site) -> None:
        """Add a host at a site; it sends from the first of its addresses."""
        own, *aliases = addresses
        node = Node(name=name, kind="host", site=site.router, address=own, aliases=tuple(aliases))
        self.nodes.append(node)
        lan = self.wire(name, "eth0", site.router, name)
        self.reach(lan, name, EVERYWHERE, site.address)
        for address in addresses:
            self.reach(lan, site.router, IPv4Network(address), own)

    def wire(
        self,
        a: str,
        a_interface: str,
        b: str,
        b_interface: str,
        there: Line | None = None,
        back: Line | None = None,
    ) -> Wire:
        """Add a wire between two nodes; each end has a MAC address of its own."""
        number = 2 * len(self.wires) + 1
        one = End(node=a, interface=a_interface, mac=mac(number))
        other = End(node=b, interface=b_interface, mac=mac(number + 1))
        wire = Wire(a=one, b=other, there=there or Line(), back=back or Line())
        self.wires.append(wire)
        return wire

    def reach(self, wire: Wire, node: str, prefix: IPv4Network, via: IPv4Address) -> None:
        """Route ``prefix`` at one end of a wire to ``via`` at its other end."""
        near, far = (wire.a, wire.b) if wire.a.node == node else (wire.b, wire.a)
        self.routes.append(Route(node=node, prefix=prefix, interface=near.interface, via=via))
        known = Neighbour(node=node, interface=near.interface, address=via, mac=far.mac)
        self.neighbours[known] = None


def _router_name(place: Place, number: int) -> str:
    letters = "".join(letter for letter in place.name.lower() if letter.isascii() and letter.isalpha())
    return f"r{number}-{letters[:6]}"

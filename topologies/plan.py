"""What is built from a world: nodes and wires, all of it values, before anything exists.

    client ── cpe ══ site router ══ site router of a datacenter ── front end
                          ║                       │
               resolver ──╨── name server      WAN switch ══ WAN switch ...

``──`` is a LAN wire without delay, ``══`` has delay; both of its ends forward, because netem on a machine
that sends TCP changes how TCP sends. Every place and every datacenter is a *site* with one router. The
Internet joins every two sites, except two datacenters, which have their cloud's backbone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, TypeVar

from topologies.access import Line
from topologies.base import Frozen
from topologies.shortest import Graph, Tree, graph_of, tree_to
from topologies.tunnel import Tunnel

Kind = Literal["host", "router", "switch"]
Congestion = Literal["cubic", "bbr"]
Key = TypeVar("Key")
Value = TypeVar("Value")
NO_DELAY = Line()
NS_PER_MS = 1_000_000


class Node(Frozen):
    """A network namespace (host, router) or a WAN switch; `site` is the router that it is reached through.

    It sends from `address`, and also answers at `aliases`, which other nodes may have, too (anycast).
    """

    name: str
    kind: Kind
    site: str
    address: IPv4Address | None = None
    aliases: tuple[IPv4Address, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses at which the node answers; the first is the one that it sends from."""
        return tuple(str(each) for each in (self.address, *self.aliases) if each is not None)


class End(Frozen):
    """One end of a wire: the node, its interface there, and the interface's MAC address."""

    node: str
    interface: str
    mac: str


class Wire(Frozen):
    """A cable between two nodes; `there` shapes packets from `a` to `b`, `back` those from `b` to `a`."""

    a: End
    b: End
    there: Line = NO_DELAY
    back: Line = NO_DELAY

    @property
    def delay_ms(self) -> float:
        """The round trip that the wire adds, in milliseconds."""
        return self.there.delay_ms + self.back.delay_ms

    @property
    def rtt_ns(self) -> int:
        """The round trip that the wire adds, in whole nanoseconds."""
        return round(self.delay_ms * NS_PER_MS)


class Route(Frozen):
    """At `node`, packets for `prefix` leave by `interface` to the neighbour `via`."""

    node: str
    prefix: IPv4Network
    interface: str
    via: IPv4Address


class Neighbour(Frozen):
    """At `node`, behind `interface`, the address is at this MAC: told in advance, so nobody asks by ARP."""

    node: str
    interface: str
    address: IPv4Address
    mac: str


class Plan(Frozen):
    """Everything that a network is made of.

    A message between the backbone's controller and a switch takes `control_delay_ms`, one way.
    """

    seed: int
    congestion: Congestion = "cubic"
    control_delay_ms: float = 0.0
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    routes: tuple[Route, ...]
    neighbours: tuple[Neighbour, ...]
    tunnels: tuple[Tunnel, ...] = ()

    def node(self, name: str) -> Node:
        """Return the node of that name; KeyError if the plan has none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    def node_at(self, address: str) -> Node | None:
        """Return the node that has an address; None where several have it, as with anycast."""
        found = self._by_address.get(address, [])
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_address(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for address in node.addresses:
                found.setdefault(address, []).append(node)
        return found

    def of_kind(self, kind: Kind) -> tuple[Node, ...]:
        """Return the nodes of one kind, in the plan's order."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[Kind, tuple[Node, ...]]:
        return grouped((node.kind, node) for node in self.nodes)

    def wires_at(self, name: str) -> tuple[Wire, ...]:
        """Return the wires that end at a node."""
        return self._wires_at.get(name, ())

    @cached_property
    def _wires_at(self) -> dict[str, tuple[Wire, ...]]:
        return grouped((name, wire) for wire in self.wires for name in {wire.a.node: 0, wire.b.node: 0})

    def wires_between(self, a: str, b: str) -> tuple[Wire, ...]:
        """Return the wires that join two nodes."""
        return tuple(wire for wire in self.wires_at(a) if b in (wire.a.node, wire.b.node) and a != b)

    def routes_at(self, name: str) -> tuple[Route, ...]:
        """Return a node's routes."""
        return self._routes_at.get(name, ())

    @cached_property
    def _routes_at(self) -> dict[str, tuple[Route, ...]]:
        return grouped((route.node, route) for route in self.routes)

    def neighbours_at(self, name: str) -> tuple[Neighbour, ...]:
        """Return what a node knows in advance."""
        return self._neighbours_at.get(name, ())

    @cached_property
    def _neighbours_at(self) -> dict[str, tuple[Neighbour, ...]]:
        return grouped((known.node, known) for known in self.neighbours)

    def port_number(self, name: str, interface: str) -> int:
        """Return the OpenFlow port of a switch's interface: its place at the switch, from 1.

        Raises KeyError if the node has no such interface.
        """
        return self._port_numbers[name, interface]

    @cached_property
    def _port_numbers(self) -> dict[tuple[str, str], int]:
        return {
            (name, interface_at(wire, name)): number
            for name, wires in self._wires_at.items()
            for number, wire in enumerate(wires, start=1)
        }

    @cached_property
    def trunks(self) -> tuple[Wire, ...]:
        """The wires between two WAN switches; a trunk's number is its place here, from 1."""
        switches = {node.name for node in self.of_kind("switch")}
        return tuple(wire for wire in self.wires if {wire.a.node, wire.b.node} <= switches)

    @cached_property
    def switch_numbers(self) -> dict[str, int]:
        """The OpenFlow datapath id of each WAN switch: its number in the plan, from 1."""
        return {node.name: number for number, node in enumerate(self.of_kind("switch"), start=1)}

    def ways_to(self, switch: str) -> Tree:
        """Return every WAN switch's shortest way to one of them, by switches' and trunks' numbers."""
        if switch not in self._trees:
            self._trees[switch] = tree_to(self._graph, self.switch_numbers[switch])
        return self._trees[switch]

    @cached_property
    def _trees(self) -> dict[str, Tree]:
        return {}

    @cached_property
    def _graph(self) -> Graph:
        numbers = self.switch_numbers
        ends = ((numbers[wire.a.node], numbers[wire.b.node], wire.rtt_ns) for wire in self.trunks)
        return graph_of(numbers.values(), ((number, *each) for number, each in enumerate(ends, start=1)))


def grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, tuple[Value, ...]]:
    """Return the values of each key, in their order."""
    found: dict[Key, list[Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def interface_at(wire: Wire, node: str) -> str:
    """Return the name of the wire's interface at one of its two nodes."""
    return wire.a.interface if wire.a.node == node else wire.b.interface


def other_end(wire: Wire, node: str) -> End:
    """Return the far end of a wire, seen from one of its two nodes."""
    return wire.b if wire.a.node == node else wire.a


def mac(number: int) -> str:
    """Return a locally administered MAC address (IEEE 802, second bit of the first octet set)."""
    octets = (2).to_bytes(1, "big") + number.to_bytes(5, "big")
    return ":".join(f"{octet:02x}" for octet in octets)

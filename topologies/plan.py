"""What is built from a world: nodes and wires, all of it values, before anything exists.

    client ── cpe ══ site router ══ site router of a datacenter ── front end
                          ║                       │
               resolver ──╨── name server      WAN switch ══ WAN switch ...

``──`` is a LAN wire without delay, ``══`` has delay; both of its ends forward, because netem on a machine
that sends TCP changes how TCP sends. Every place and every datacenter is a *site* with one router. The
Internet joins every two sites, except two datacenters, which have their cloud's backbone.
"""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from topologies.access import Line
from topologies.base import Frozen

Kind = Literal["host", "router", "switch"]
Congestion = Literal["cubic", "bbr"]
NO_DELAY = Line()


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
    """Everything that a network is made of."""

    seed: int
    congestion: Congestion = "cubic"
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    routes: tuple[Route, ...]
    neighbours: tuple[Neighbour, ...]

    def node(self, name: str) -> Node:
        """Return the node of that name; KeyError if the plan has none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

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
        return tuple(node for node in self.nodes if node.kind == kind)

    def wires_at(self, name: str) -> tuple[Wire, ...]:
        """Return the wires that end at a node."""
        return tuple(wire for wire in self.wires if name in (wire.a.node, wire.b.node))


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

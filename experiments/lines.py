"""Which of an office's lines packets to an address take, as the routing of a circuit is set."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from topologies.bgp import MOST_PREFIXES, Routing
from topologies.communities import expressroute_prefixes
from topologies.endpoints import load_list
from topologies.hosts import customer_edge, microsoft_edges
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.world import Circuit, World

Line = Literal["circuit", "internet"]
LIMIT = "Route limit exceeded"  # BIRD's words
LIST = "worldwide"  # only this cloud's services can be had over ExpressRoute


def circuit_of(world: World, plan: Plan, office: str) -> Circuit | None:
    """Return an office's circuit, if it is built."""
    built = {node.name for node in plan.of_kind("router")}
    for circuit in world.circuits:
        if circuit.office == office and customer_edge(office) in built:
            return circuit
    return None


def is_dropped(circuit: Circuit, routing: Routing) -> bool:
    """Say whether Microsoft's edge drops the sessions, because they bring more prefixes than it takes."""
    leaked = 1 if routing.leak else 0
    return 1 + len(circuit.announce) + routing.extra + leaked > MOST_PREFIXES


def dropped_sessions(world: World, selection: Selection, routing: Routing) -> dict[tuple[str, str], str]:
    """Return the sessions that Microsoft's edge drops, with words that its BIRD has to say of them."""
    circuits = [world.circuit(name) for name in selection.circuits]
    return {
        (node, customer_edge(circuit.office)): LIMIT
        for circuit in circuits
        if is_dropped(circuit, routing)
        for node in microsoft_edges(circuit.name)
    }


def line_to(circuit: Circuit | None, routing: Routing | None, address: str) -> Line:
    """Return the line that packets to an address leave by."""
    if circuit is None or routing is None or is_dropped(circuit, routing) or routing.prefer == "internet":
        return "internet"
    found = IPv4Address(address)
    passed = set(routing.communities)
    return (
        "circuit"
        if any(found in prefix and community in passed for prefix, community in announced())
        else "internet"
    )


@cache
def announced() -> tuple[tuple[IPv4Network, str], ...]:
    """Return the IPv4 prefixes that can be had over ExpressRoute, each with its community."""
    found = expressroute_prefixes(load_list(LIST))
    return tuple((prefix, community) for prefix, community in found if isinstance(prefix, IPv4Network))

"""What passes at the edges of the offices that are built: firewalls and the addresses that they give."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from services import firewall
from services.firewall import Edge
from topologies.bgp import Routing
from topologies.hosts import customer_edge, gateway
from topologies.network import Network
from topologies.offices import LINES
from topologies.selection import Selection
from topologies.tunnel import PORT
from topologies.world import Circuit, Office, World

ICMP, BGP, WIREGUARD = "icmp", "tcp/179", f"udp/{PORT}"
BFD = "udp/4784"  # for BIRD there may be other routers between two that use it (RFC 5883)
TRANSLATED = 2  # of a circuit's pool: the address after the customer edge's own


def edges_of(world: World, selection: Selection, routing: Routing | None) -> list[Edge]:
    """Return the edges of every office, as they are under some routing."""
    circuits = {world.circuit(name).office: world.circuit(name) for name in selection.circuits}
    found: list[Edge] = []
    for name in selection.offices:
        office, circuit = world.office(name), circuits.get(name)
        found.append(_to_the_internet(world, office, circuit, routing))
        if circuit is not None:
            found.append(_to_the_circuit(office, circuit))
    return found


def internet_address(
    world: World, office: Office, circuit: Circuit | None, routing: Routing | None
) -> IPv4Address:
    """Return the address with which an office's packets leave for the Internet."""
    if circuit is not None and routing is not None and routing.pools == "shared":
        return circuit_address(circuit)
    return world.resolver(office.resolver).prefix[1]


def circuit_address(circuit: Circuit) -> IPv4Address:
    """Return the address with which an office's packets leave over its circuit."""
    return circuit.pool[TRANSLATED]


def _to_the_internet(world: World, office: Office, circuit: Circuit | None, routing: Routing | None) -> Edge:
    opened = [ICMP, *([] if office.tunnel is None else [WIREGUARD]), *([BGP] if circuit is not None else [])]
    return Edge(
        node=gateway(office.name),
        outside=("line",),
        inside=_inside(office),
        snat={"line": internet_address(world, office, circuit, routing)},
        open_to_self=tuple(opened),
    )


def _to_the_circuit(office: Office, circuit: Circuit) -> Edge:
    return Edge(
        node=customer_edge(office.name),
        outside=LINES,
        inside=_inside(office),
        snat=dict.fromkeys(LINES, circuit_address(circuit)),
        open_to_self=(ICMP, BGP, BFD),
    )


def _inside(office: Office) -> tuple[IPv4Network, ...]:
    """Return the networks whose addresses nobody outside an office sees."""
    return (office.prefix, *([] if office.tunnel is None else [office.tunnel]))


def guard(network: Network, edges: list[Edge], nodes: Path) -> None:
    """Put edges in force, without memory of what passed; raises ServiceError with nft's own words."""
    for edge in edges:
        firewall.apply(network, edge, nodes / edge.node)

"""How a case's packets pass: where they show at the client, who sends them there, and as whom they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from experiments.call import Call
from experiments.edges import circuit_address, internet_address
from experiments.lines import circuit_of, line_to
from experiments.order import Case
from experiments.ways import tunnel_of
from measurement.capture import CapturePoint
from topologies.hosts import customer_edge, gateway
from topologies.plan import Plan
from topologies.tunnel import Tunnel
from topologies.world import World


@dataclass(frozen=True)
class Passage:
    """The way of a client's packets to one address.

    They show at the capture ``at``, from ``src``; whoever is beyond an office sees ``arrives_as``, whose node
    is ``way_out``. ``office`` is the one whose tunnel they go through, "" without one.
    """

    at: str
    src: str
    arrives_as: str
    way_out: str
    office: str


def passage(world: World, plan: Plan, case: Case | Call, address: str) -> Passage:
    """Return how a case's or a call's client sends to an address: the most specific prefix decides."""
    own = str(plan.node(case.client).address)
    way, found = case.way, IPv4Address(address)
    inside = world.client(case.client).office
    if inside is not None:
        return Passage(case.client, own, *_beyond(world, plan, case, inside, own, found), "")
    if not way.office:
        return Passage(case.client, own, own, case.client, "")
    tunnel = tunnel_of(plan, case.client, gateway(way.office))
    if _longest(way.tunnelled, found) <= _longest((*way.direct, *_endpoints(tunnel)), found):
        return Passage(case.client, own, own, case.client, "")
    src, at = str(tunnel.address), capture_of(case.client, tunnel.interface)
    return Passage(at, src, *_beyond(world, plan, case, way.office, src, found), way.office)


def _beyond(
    world: World, plan: Plan, case: Case | Call, inside: str, own: str, found: IPv4Address
) -> tuple[str, str]:
    """Return as whom packets from inside an office arrive at an address, and by which router they leave."""
    office, circuit = world.office(inside), circuit_of(world, plan, inside)
    if found in world.resolver(office.resolver).prefix or found in office.prefix:
        return own, gateway(inside)
    if circuit is not None and line_to(circuit, case.routing, str(found)) == "circuit":
        return str(circuit_address(circuit)), customer_edge(inside)
    return str(internet_address(world, office, circuit, case.routing)), gateway(inside)


def capture_of(client: str, interface: str) -> str:
    """Return the name of the capture inside a client's tunnel."""
    return f"{client}-{interface}"


def in_tunnels(tunnels: Iterable[Tunnel]) -> Iterator[CapturePoint]:
    """Yield where is captured inside tunnels, at the node that has the interface."""
    for each in tunnels:
        name = capture_of(each.node, each.interface)
        yield CapturePoint(name=name, node=each.node, interface=each.interface)


def _endpoints(tunnel: Tunnel) -> list[IPv4Network]:
    """Return where the tunnel itself leads: never through the tunnel."""
    return [IPv4Network(peer.endpoint) for peer in tunnel.peers if peer.endpoint is not None]


def _longest(prefixes: Iterable[IPv4Network], address: IPv4Address) -> int:
    """Return the length of the most specific prefix that an address is in, -1 if it is in none."""
    return max((prefix.prefixlen for prefix in prefixes if address in prefix), default=-1)

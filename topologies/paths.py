"""The configured way and time between two nodes, from the plan alone."""

from __future__ import annotations

from topologies.base import Frozen
from topologies.errors import UnknownName, WorldError
from topologies.nearest import hint
from topologies.plan import Node, Plan, Route, Wire, interface_at, other_end


def path(plan: Plan, a: str, b: str) -> tuple[Wire, ...]:
    """Return the wires that a packet from ``a`` to ``b`` crosses, as routers and switches forward it.

    Raises WorldError for an unknown node, or if there is no way.
    """
    names = {node.name for node in plan.nodes}
    for name in (a, b):
        if name not in names:
            raise UnknownName(f'unknown node "{name}"; {hint(name, names)}')
    target = plan.node(b)
    if target.kind == "switch" and plan.node(a).kind != "switch":
        raise WorldError(f'"{b}" is a switch, and has no address; right would be a host or a router')
    here, gate = a, target.site
    way: list[Wire] = []
    while here != b:
        wire, gate = _next_wire(plan, here, target, gate)
        if wire is None:
            raise WorldError(f'no way from "{a}" to "{target.name}": "{here}" has no route')
        if len(way) > len(plan.nodes):
            raise WorldError(f'no way from "{a}" to "{target.name}": it leads in a circle at "{here}"')
        way.append(wire)
        here = other_end(wire, here).node
    return tuple(way)


def has_way(plan: Plan, a: str, b: str) -> bool:
    """Say whether the plan itself leads from one node to another and back; else routers have to learn it."""
    try:
        path(plan, a, b), path(plan, b, a)
    except WorldError:
        return False
    return True


class Hop(Frozen):
    """One wire of a way: from a node to its neighbour, and the one-way delay in milliseconds."""

    source: str
    to: str
    delay_ms: float


def hops(plan: Plan, a: str, b: str) -> tuple[Hop, ...]:
    """Return the way from ``a`` to ``b``; raises WorldError as `path` does."""
    found: list[Hop] = []
    here = a
    for wire in path(plan, a, b):
        line = wire.there if wire.a.node == here else wire.back
        found.append(Hop(source=here, to=other_end(wire, here).node, delay_ms=line.delay_ms))
        here = found[-1].to
    return tuple(found)


def one_way_ms(plan: Plan, a: str, b: str) -> float:
    """Return the one-way delay in milliseconds from ``a`` to ``b``."""
    return sum(hop.delay_ms for hop in hops(plan, a, b))


def configured_rtt_ms(plan: Plan, a: str, b: str) -> float:
    """Return the round trip in milliseconds that the plan's delays add up to between two nodes.

    A wire's delay is in each of its directions as it is crossed, so an uneven line counts once each way.
    """
    return one_way_ms(plan, a, b) + one_way_ms(plan, b, a)


def next_hops(plan: Plan, target: str) -> dict[str, Wire]:
    """Return, for every WAN switch, the wire towards ``target`` on the shortest path over the backbone.

    Of equally short paths it is always the same one, there and back.
    """
    tree = plan.ways_to(target)
    names = {number: name for name, number in plan.switch_numbers.items()}
    return {names[number]: plan.trunks[trunk - 1] for number, trunk in tree.trunk.items()}


def _next_wire(plan: Plan, here: str, target: Node, gate: str) -> tuple[Wire | None, str]:
    """Return the next wire, and the border router that switches are to bring the packet to.

    That is the one which the last router has addressed it to; it may be on the way to an edge.
    """
    if plan.node(here).kind == "switch":
        return _towards(plan, here, gate), gate
    # What is behind a gateway that translates addresses is found by the gateway's own.
    best = _best_route(plan, here, target) or _best_route(plan, here, plan.node(target.site))
    if best is None:
        return None, gate
    wire = next(w for w in plan.wires_at(here) if interface_at(w, here) == best.interface)
    via = plan.node_at(str(best.via))
    return wire, gate if via is None else via.name


def _best_route(plan: Plan, here: str, node: Node) -> Route | None:
    found = (route for route in plan.routes_at(here) if node.address in route.prefix)
    return max(found, key=lambda route: route.prefix.prefixlen, default=None)


def _towards(plan: Plan, switch: str, router: str) -> Wire | None:
    """Return the wire at a WAN switch that leads to a border router, at this switch or behind others."""
    uplink = _uplink(plan, router)
    if uplink is None:
        return None
    gate = other_end(uplink, router).node
    if gate == switch:
        return uplink
    trunk = plan.ways_to(gate).trunk.get(plan.switch_numbers[switch])
    return None if trunk is None else plan.trunks[trunk - 1]


def _uplink(plan: Plan, router: str) -> Wire | None:
    """Return the wire between a border router and its WAN switch; None where it has none."""
    for wire in plan.wires_at(router):
        if other_end(wire, router).node in plan.switch_numbers:
            return wire
    return None

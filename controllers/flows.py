"""The backbone's flow tables, worked out before traffic: for each switch, which port leads to whom.

One flow a destination: match the destination's prefix, output to the next wire of the shortest path by
latency. The cookie is the number of the switch behind which the destination lies, so a person who reads a
flow table sees whose path a flow belongs to.
"""

from __future__ import annotations

from topologies.base import Frozen
from topologies.paths import next_hops
from topologies.plan import Plan, Wire, interface_at, other_end
from topologies.switching import datapath_id, port_number

PRIORITY = 100


class Flow(Frozen):
    """One entry: packets for ``destination`` (an IPv4 prefix) leave by ``out_port``."""

    destination: str
    out_port: int
    priority: int
    cookie: int


def flow_tables(plan: Plan) -> dict[int, tuple[Flow, ...]]:
    """Return the flows of every WAN switch, by datapath id."""
    switches = [node.name for node in plan.of_kind("switch")]
    tables: dict[int, list[Flow]] = {datapath_id(plan, name): [] for name in switches}
    for target in switches:
        hops = {**next_hops(plan, target), target: _uplink(plan, target)}
        for name, wire in sorted(hops.items()):
            tables[datapath_id(plan, name)] += [
                Flow(
                    destination=prefix,
                    out_port=port_number(plan, name, interface_at(wire, name)),
                    priority=PRIORITY,
                    cookie=datapath_id(plan, target),
                )
                for prefix in _prefixes_behind(plan, target)
            ]
    return {number: tuple(flows) for number, flows in tables.items()}


def _uplink(plan: Plan, switch: str) -> Wire:
    """Return the wire between a switch and its border router."""
    router = plan.node(switch).site
    return next(wire for wire in plan.wires_at(switch) if other_end(wire, switch).node == router)


def _prefixes_behind(plan: Plan, switch: str) -> list[str]:
    """Return what other border routers send over the backbone towards this switch's site."""
    gateway = plan.node(plan.node(switch).site).address
    routed = {str(route.prefix) for route in plan.routes if route.interface == "wan" and route.via == gateway}
    return sorted(routed)

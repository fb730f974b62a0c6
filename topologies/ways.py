"""The ways from an office, where routers learn them by BGP: a plan has the wires, and no routes to go by.

gateway ══ site router ══ border router of the datacenter that has the address      (over the Internet)
customer edge ══ Microsoft's edge ══ border router at the peering ══ the backbone   (over the circuit)
"""

from __future__ import annotations

from itertools import pairwise

from topologies.errors import WorldError
from topologies.hosts import border, customer_edge, microsoft_edges
from topologies.offices import expressroute_datacenters, peering_datacenter
from topologies.paths import Hop, hops
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.world import Circuit, World


def over_internet(plan: Plan, gateway: str, target: str) -> tuple[Hop, ...]:
    """Return the way from an office's gateway to a node, by the site router that it is at."""
    transit = plan.node(gateway).site
    beyond = plan.node(target).site
    if plan.wires_between(transit, beyond):
        return (*along(plan, gateway, transit, beyond), *hops(plan, beyond, target))
    return (*along(plan, gateway, transit), *hops(plan, transit, target))


def over_circuit(
    world: World, selection: Selection, plan: Plan, circuit: Circuit, target: str, line: int = 0
) -> tuple[Hop, ...]:
    """Return the way from an office's customer edge to a host, over the primary line or another one."""
    built = expressroute_datacenters([world.datacenter(name) for name in selection.datacenters])
    behind = border(peering_datacenter(world, circuit, built).name)
    edge = microsoft_edges(circuit.name)[line]
    return (*along(plan, customer_edge(circuit.office), edge, behind), *hops(plan, behind, target))


def along(plan: Plan, *nodes: str) -> tuple[Hop, ...]:
    """Return the wires from node to node; raise WorldError where two in a row are no neighbours."""
    found = []
    for here, there in pairwise(nodes):
        wires = plan.wires_between(here, there)
        if not wires:
            raise WorldError(f'no wire joins "{here}" and "{there}"')
        line = wires[0].there if wires[0].a.node == here else wires[0].back
        found.append(Hop(source=here, to=there, delay_ms=line.delay_ms))
    return tuple(found)


def round_trip_ms(plan: Plan, way: tuple[Hop, ...]) -> float:
    """Return the round trip along a way, there and back over the same wires, in milliseconds."""
    return sum(each.delay_ms + along(plan, each.to, each.source)[0].delay_ms for each in way)

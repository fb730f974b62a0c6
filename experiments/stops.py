"""Where a client's packets come by on their way: its tunnel's office, and the far end of a circuit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.lines import circuit_of
from experiments.order import Case, Order
from experiments.passage import passage
from measurement.report.who import Stop, Stops
from measurement.result import JourneyResult
from topologies.hosts import customer_edge
from topologies.plan import Plan
from topologies.world import World


def stops(world: World, plan: Plan, order: Order, journeys: Sequence[JourneyResult]) -> Stops:
    """Return the stops on the way to what clients asked and where they connected, by case and address."""
    ways = [
        (order.case(each.case), address)
        for each in journeys
        for address in (str(plan.node(each.resolver).address), each.server_ip)
        if address
    ]
    return {(case.name, address): tuple(_stops(world, plan, case, address)) for case, address in ways}


def _stops(world: World, plan: Plan, case: Case, address: str) -> Iterator[Stop]:
    taken = passage(world, plan, case, address)
    if taken.office:
        yield Stop(taken.office, world.office(taken.office).place)
    inside = taken.office or world.client(case.client).office
    circuit = circuit_of(world, plan, inside) if inside is not None else None
    if inside is not None and circuit is not None and taken.way_out == customer_edge(inside):
        yield Stop(circuit.name, circuit.peering)

#!/usr/bin/env python3
"""ExpressRoute: Office 365 over a private peering, and what stays on the Internet.

    1. Sessions with both of Microsoft's edge routers are there; nothing is announced until a route filter is.
    2. With one, each session brings the prefixes of its services, each with its community.
    3. The client asks its DNS server, over the Internet, and gets the answer that it gets without a circuit.
    4. Exchange, SharePoint and media go over the circuit.
    5. The portal's front ends are in no announced prefix: they are reached over the Internet.

Source: Microsoft, "Azure ExpressRoute for Microsoft 365", "Routing with ExpressRoute for Microsoft 365",
"ExpressRoute routing requirements" and "BGP communities in ExpressRoute for Microsoft 365 scenarios".
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from experiments import expressroute_claims as claims
from experiments import expressroute_routes as routes
from experiments import expressroute_tables as tables
from experiments.common import backbone_echo, backbone_is_seen, paths_are_true
from experiments.experiment import Experiment, Options
from experiments.expressroute_asymmetry import asymmetric, pools_apart
from experiments.expressroute_cases import (
    CHINA,
    CLOUD,
    LEAKED_DEFAULT,
    LEAKED_PRIVATE,
    MAIN,
    NO_FILTER,
    OTHER_CLOUD,
    OWN_POOLS,
    SHARED_POOL,
    TOO_MANY,
    WAYS,
    WITHOUT_EXCHANGE,
    Cases,
    captures,
)
from experiments.expressroute_failed import failures, moves, open_connection
from experiments.expressroute_failing import exercises
from experiments.landing import Landing
from experiments.order import Order
from experiments.people import home_of, nearest, tenant_of, traveller
from experiments.reading import Reading
from experiments.route_filter import EVERYTHING, services_of
from measurement.judge import Claim
from measurement.result import Figure, Table
from topologies.bgp import Routing
from topologies.errors import WorldError
from topologies.hosts import host
from topologies.selection import select
from topologies.speakers import LEAKED
from topologies.world import Circuit, Client, World


class ExpressRouteOptions(Options):
    """What can be chosen of a run."""

    services: str = Field(
        default=EVERYTHING,
        description="The route filter's services, or their communities, such as 12076:5010.",
    )
    client: str = Field(
        default="", description="Who connects; else the first client in an office with a circuit."
    )


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: a client's services with and without the circuit, and what can go wrong with it.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    chosen = cast(ExpressRouteOptions, options)
    routing = Routing(services=services_of(chosen.services))
    circuit, client = _circuit_and_client(world, chosen.client)
    outside = traveller(world, CLOUD)
    selection = select(
        world,
        clients=(client.name, outside.name),
        clouds=(CLOUD, OTHER_CLOUD),
        services=("portal", "exchange", "sharepoint"),
        vpn=((outside.name, circuit.office),),
        circuits=(circuit.name,),
        relays=True,
    )
    here, home = nearest(world, world.resolver(client.resolver), CLOUD), home_of(world, client)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=Cases(world, client, outside, circuit, routing).all(),
        exercises=exercises(client, host(here.name, "exchange"), circuit, routing),
        probes=(backbone_echo(host(here.name, "exchange"), host(home.name, "exchange")),),
        accounts=((client.name, tenant_of(world, OTHER_CLOUD).name),),
        captures=captures(world, selection, circuit, (client, outside)),
    )


def _circuit_and_client(world: World, wanted: str) -> tuple[Circuit, Client]:
    """Return a client inside an office that has a circuit, and that circuit."""
    circuits = {circuit.office: circuit for circuit in world.circuits}
    clients = [world.client(wanted)] if wanted else list(world.clients)
    for client in clients:
        if client.office in circuits and world.tenant(client.tenant).cloud == CLOUD:
            return circuits[client.office], client
    who = f'client "{wanted}" is not' if wanted else "no client is"
    raise WorldError(
        f'{who} inside an office with a circuit, with a tenant of the cloud "{CLOUD}";'
        " right would be one that is"
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the steps of the circuit."""
    circuit = _circuit(reading)
    near = nearest(reading.world, reading.world.resolver(reading.case(MAIN).resolver), CLOUD)
    landing = Landing(reading, MAIN, near, "exchange")
    return [
        routes.nothing_without_a_filter(reading, circuit, NO_FILTER, MAIN),
        routes.marked_with_communities(reading, circuit, MAIN),
        claims.same_answer(reading, circuit, NO_FILTER, landing),
        claims.over_the_circuit(reading, circuit, MAIN),
        claims.over_the_internet(reading, circuit, MAIN),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: other filters, what must not be announced, failures, and the measuring itself."""
    circuit = _circuit(reading)
    leaked = {LEAKED_DEFAULT: str(LEAKED["default"][0]), LEAKED_PRIVATE: str(LEAKED["private"][0])}
    failed = failures(reading, circuit)
    return [
        claims.without_a_filter(reading, circuit, NO_FILTER),
        claims.without_exchange(reading, circuit, WITHOUT_EXCHANGE),
        claims.other_cloud(reading, circuit, CHINA, MAIN, OTHER_CLOUD),
        asymmetric(reading, circuit, SHARED_POOL),
        pools_apart(reading, circuit, OWN_POOLS),
        claims.too_many(reading, circuit, TOO_MANY),
        routes.leaks_are_not_taken(reading, circuit, leaked),
        *(claim(each) for each in failed for claim in (moves, open_connection)),
        claims.in_time(reading, SHARED_POOL),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]


def found(reading: Reading) -> list[Table]:
    """Return what was found, side by side."""
    return tables.tables(reading, _circuit(reading), WAYS, MAIN)


def figures(reading: Reading) -> list[Figure]:
    """Return what failures cost."""
    return tables.figures(reading, _circuit(reading))


def pictures(reading: Reading) -> dict[str, str]:
    """Return where the time goes, over each way."""
    return {"ways.svg": tables.chart(reading, WAYS)}


def _circuit(reading: Reading) -> Circuit:
    (name,) = reading.order.selection.circuits
    return reading.world.circuit(name)


EXPERIMENT: Experiment = Experiment(
    name="expressroute",
    title="ExpressRoute: Office 365 over a private peering",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    tables=found,
    pictures=pictures,
    options=ExpressRouteOptions,
    drawn_requests=1,
)

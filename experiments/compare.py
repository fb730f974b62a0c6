#!/usr/bin/env python3
"""Compare: the same client and the same services over several ways, side by side.

    What does our VPN through Frankfurt cost the users in Lagos, and what would a split tunnel give back?

Each way is a case of its own: with an empty DNS cache and a new session the client opens the portal, reads a
message and opens a document, and then it is in a call. Who is not in the world comes to it: a client in a
city, an office in another one, with a circuit if need be (`topologies.newcomers`).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from experiments import compare_claims, compare_controls, compare_tables
from experiments.compare_cast import Compared, compared
from experiments.compare_plan import calls_of, captures_of, cases_of
from experiments.compare_told import told
from experiments.compare_visits import DOCUMENT, DOCUMENT_BYTES
from experiments.compare_ways import SERVICES, WEB, services_in
from experiments.experiment import Experiment, Options
from experiments.four_services import relay_of
from experiments.order import Order
from experiments.vpn_offices import CLOUD
from experiments.vpn_use import MEDIA, SHAREPOINT
from topologies.selection import select
from topologies.world import World

CALL_S = 16  # loss is judged in any 15 s
WAYS = "direct,vpn:frankfurt,split:frankfurt,expressroute:frankfurt"


class CompareOptions(Options):
    """What can be chosen of a run."""

    client: str = Field(default="lagos", description="Who connects: a client of the world, or a city.")
    tenant: str = Field(default="", description="Whose services are used; else the client's own tenant's.")
    via: str = Field(default=WAYS, description="The ways; an office is one of the world, or a city.")
    service: str = Field(default=",".join(SERVICES), description="The services.")


def change_world(world: World, options: Options) -> World:
    """Return the world with everybody who is compared in it."""
    return _compared(world, options).world


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: the services over each way, a call over each, and the direct way once more.

    Raises WorldError for an unknown name, if somebody cannot go a way, or if the cloud has no media relays.
    """
    seen, services = _compared(world, options), services_in(cast(CompareOptions, options).service)
    if MEDIA in services:
        relay_of(world, CLOUD)
    selection = select(
        seen.world,
        clients=(seen.client.name,),
        clouds=(CLOUD,),
        services=tuple(service for service in WEB if service in services),
        vpn=seen.vpn,
        circuits=seen.circuits,
        relays=MEDIA in services,
        calls=MEDIA in services,
    )
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=cases_of(seen, services),
        calls=calls_of(seen, services, CALL_S),
        files={DOCUMENT: DOCUMENT_BYTES} if SHAREPOINT in services else {},
        captures=captures_of(seen, selection),
    )


def _compared(world: World, options: Options) -> Compared:
    chosen = cast(CompareOptions, options)
    return compared(world, chosen.client, chosen.tenant, chosen.via)


EXPERIMENT: Experiment = Experiment(
    name="compare",
    title="Compare: ways side by side",
    plan_order=plan_order,
    steps=compare_claims.steps,
    controls=compare_controls.controls,
    figures=compare_tables.figures,
    tables=compare_tables.tables,
    pictures=compare_tables.pictures,
    options=CompareOptions,
    change_world=change_world,
    drawn_requests=1,
    tables_first=True,
    told=told,
)

#!/usr/bin/env python3
"""A VPN: the client connects to the datacenter nearest to the office that it dials in to.

    1. The client asks the DNS server of the office, through the tunnel.
    2. That server asks Microsoft's DNS servers.
    3. They answer with a regional server name, chosen by where the office's DNS server is.
    4. Asked for the regional name, they give the addresses of the datacenter nearest to the office.
    5. The client connects there, through the tunnel: encrypted on its own line, in clear behind the office's
       concentrator.

Source: Microsoft, "Client connectivity" (Office 365). Beyond it: the five models of "Common VPN split
tunneling scenarios for Microsoft 365", and why exceptions by prefix alone do not move the front door.
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from experiments import vpn_claims, vpn_exact, vpn_tables
from experiments.common import at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.experiment import Experiment, Options
from experiments.four_services import requests_of
from experiments.landing import Landing
from experiments.order import Case, Order
from experiments.passage import in_tunnels
from experiments.people import home_of, nearest
from experiments.reading import Reading
from experiments.vpn_offices import CLOUD, client_of, offices_of, require_effect
from experiments.vpn_ways import CALLED, Model, way
from experiments.way import Way
from measurement.capture import CapturePoint
from measurement.judge import Claim
from topologies.hosts import border, front_end, gateway, host
from topologies.newcomers import with_tenant
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.world import Client, Office, World

MAIN, NONE, NEXT_DOOR = "forced", "none", "next-door"
FEW, FEW_SPLIT, BROAD = "few", "few-split-dns", "broad"
SELECTIVE, SELECTIVE_SPLIT, MISMATCH = "selective", "selective-split-dns", "mismatch"


class VpnOptions(Options):
    """What can be chosen of a run."""

    client: str = Field(default="", description="Who dials in; else the first client outside of an office.")
    office: str = Field(default="", description="Where it dials in; else the office farthest away.")
    tenant: str = Field(default="", description="Whose services it uses; else its own tenant's.")


def change_world(world: World, options: Options) -> World:
    """Return the world in which the client belongs to the tenant that was chosen."""
    chosen = cast(VpnOptions, options)
    if not chosen.tenant:
        return world
    return with_tenant(world, client_of(world, chosen.client, chosen.tenant).name, chosen.tenant)


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: the four services in each model, and controls.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    chosen = cast(VpnOptions, options)
    client = client_of(world, chosen.client, chosen.tenant)
    office, near = offices_of(world, client, chosen.office)
    vpn = tuple((client.name, each.name) for each in (office, near))
    selection = select(
        world,
        clients=(client.name,),
        clouds=(CLOUD,),
        services=("portal", "exchange", "sharepoint"),
        vpn=vpn,
        relays=True,
    )
    require_effect(world, client, office, near)
    here, home = nearest(world, world.resolver(client.resolver), CLOUD), home_of(world, client)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=_cases(world, client, office, near),
        probes=(backbone_echo(front_end(here.name), front_end(_other(world, here.name, home.name))),),
        captures=_captures(world, selection),
    )


def _other(world: World, here: str, home: str) -> str:
    """Return a datacenter to send an echo to over the backbone."""
    return home if home != here else next(e.name for e in world.datacenters_of(CLOUD) if e.name != here)


def _cases(world: World, client: Client, office: Office, near: Office) -> tuple[Case, ...]:
    requests = requests_of(world, client)

    def case(name: str, text: str, resolver: str, how: Way) -> Case:
        return Case(name=name, text=text, client=client.name, resolver=resolver, requests=requests, way=how)

    def model(name: str, each: Model, *, split_dns: bool = False) -> Case:
        asked = client.resolver if each == "none" else office.resolver
        text = CALLED[each] + (", split DNS" if split_dns else "")
        return case(name, text, asked, way(world, each, office, split_dns=split_dns))

    return (
        model(MAIN, "forced"),
        model(FEW, "few"),
        model(FEW_SPLIT, "few", split_dns=True),
        model(BROAD, "broad", split_dns=True),
        model(SELECTIVE, "selective"),
        model(SELECTIVE_SPLIT, "selective", split_dns=True),
        model(NONE, "none"),
        case(
            NEXT_DOOR, f"an office next door, in {near.place.name}", near.resolver, way(world, "forced", near)
        ),
        case(MISMATCH, "own DNS server, forced tunnel", client.resolver, way(world, "forced", office)),
    )


def _captures(world: World, selection: Selection) -> tuple[CapturePoint, ...]:
    plan = plan_network(world, selection)
    data = dict.fromkeys(tenant.datacenter for tenant in world.tenants)
    return (
        *(at(name) for name in (*selection.clients, *selection.resolvers)),
        *in_tunnels(plan.tunnels),
        *(at(gateway(name), "line") for name in selection.offices),
        *(at(name) for name in selection.nameservers if world.nameserver(name).anycast is None),
        *(at(front_end(name)) for name in selection.datacenters),
        *(at(host(name, "exchange")) for name in selection.datacenters),
        *(at(host(name, "relay")) for name in selection.datacenters),
        *(at(host(name, "sharepoint")) for name in selection.datacenters if name in data),
        *(at(border(name), "wan") for name in selection.datacenters),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the article's five steps."""
    case = reading.case(MAIN)
    office = reading.world.office(case.way.office)
    near = nearest(reading.world, reading.world.resolver(case.resolver), CLOUD)
    return vpn_claims.steps(reading, Landing(reading, MAIN, near, "exchange"), office)


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: other ways, the rules that follow from them, and the measuring itself."""
    return [
        vpn_claims.without(reading, NONE),
        vpn_claims.next_door(reading, NEXT_DOOR, MAIN, NONE),
        vpn_claims.exceptions_alone(reading, FEW),
        vpn_claims.exceptions_and_dns(reading, FEW_SPLIT),
        vpn_claims.address_and_way_out(reading, MISMATCH, MAIN, NONE),
        vpn_claims.by_tenant(reading),
        vpn_claims.by_way_out(reading),
        vpn_exact.in_time(reading),
        vpn_exact.tunnel_is_the_sum(reading),
        vpn_exact.segments_fit(reading, MAIN),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]


EXPERIMENT: Experiment = Experiment(
    name="vpn",
    title="VPN: connecting to the datacenter nearest to the office",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=vpn_tables.figures,
    tables=vpn_tables.tables,
    pictures=vpn_tables.pictures,
    options=VpnOptions,
    change_world=change_world,
    drawn_requests=1,
)

#!/usr/bin/env python3
"""Media quality: how a call sounds, by the way that it takes.

A client is in a meeting whose media server is where its tenant's data is. It reaches it over a media relay:
the nearest one, to whose address anycast leads, or one in the tenant's region; by its own line, or through
the VPN of an office far away; over a line that loses packets, or that others fill; and where UDP is blocked,
over TCP.

Sources: Microsoft, "Media Quality and Network Connectivity Performance in Skype for Business Online" (targets
and anycast relays); "Implement Quality of Service (QoS) in Microsoft Teams" (ports, DSCP); ITU-T G.107
(E-model); RFC 3550 (RTP); RFC 8656 (TURN).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from experiments import media_claims, media_controls, media_pictures, media_tables
from experiments.call import Call
from experiments.common import at
from experiments.experiment import Experiment, Options
from experiments.media_names import (
    BLOCKED,
    BLOCKED_LOSSY,
    CONGESTED,
    FORCED,
    IDEAL,
    LOSSY,
    NEAREST,
    QUEUED,
    SPLIT,
    TENANT,
)
from experiments.order import Order
from experiments.passage import in_tunnels
from experiments.people import home_of, traveller
from experiments.reading import Reading
from experiments.vpn_offices import concentrators
from experiments.vpn_ways import way
from measurement.capture import CapturePoint
from measurement.judge import Claim
from measurement.media import AUDIO, VIDEO
from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.hosts import gateway, host
from topologies.internet import internet_rtt_ms
from topologies.planning import plan_network
from topologies.selection import Selection, can_dial_in, select
from topologies.world import Client, Office, World

CLOUD = "worldwide"
LOSS_PERCENT, LOST_IN_A_ROW = 3.0, 3.0
RATE_MBIT, QUEUE_MS = 1.0, 300


class MediaOptions(Options):
    """What can be chosen of a run."""

    client: str = Field(default="", description="Who calls; else the first client away from home.")
    office: str = Field(default="", description="Where it dials in; else the office farthest away.")
    seconds: int = Field(default=16, ge=16, le=600, description="How long each call lasts.")


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: the same call over ten ways.

    Raises WorldError if the world has nobody who could show the effect, or no relays.
    """
    chosen = cast(MediaOptions, options)
    if world.cloud(CLOUD).relays is None:
        raise WorldError(
            f'cloud "{CLOUD}": relays: is missing, so it has no media relays; right would be'
            ' relays = "13.107.64.0/24", or another network that is free'
        )
    client = world.client(chosen.client) if chosen.client else traveller(world, CLOUD)
    office = _office(world, client, chosen.office)
    can_dial_in(client, office)
    selection = select(
        world,
        clients=(client.name,),
        clouds=(CLOUD,),
        services=(),
        vpn=((client.name, office.name),),
        relays=True,
        calls=True,
    )
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        calls=_calls(world, client, office, chosen.seconds),
        captures=_captures(world, selection),
    )


def _office(world: World, client: Client, wanted: str) -> Office:
    if wanted:
        return world.office(wanted)
    return max(concentrators(world), key=lambda office: great_circle_km(client.place, office.place))


def _calls(world: World, client: Client, office: Office, seconds: int) -> tuple[Call, ...]:
    """Return the calls; whoever calls next door has a meeting in the nearest datacenter."""
    home = home_of(world, client).name
    beside = _nearest_meetings(world, client)
    lossy = {"loss_percent": LOSS_PERCENT, "burst_packets": LOST_IN_A_ROW}
    full = {"rate_mbit": RATE_MBIT, "queue_ms": QUEUE_MS, "busy": True}
    both = (AUDIO, VIDEO)

    def call(name: str, text: str, condition: dict[str, float] | None = None, **how: object) -> Call:
        values = {"server": home, "seconds": seconds, "condition": condition or {}, **how}
        return Call.model_validate({"name": name, "text": text, "client": client.name, **values})

    return (
        call(IDEAL, f"a meeting next door, in {beside}", server=beside),
        call(NEAREST, "nearest relay", media=both),
        call(TENANT, f"relay in the tenant's region, {home}", relay=home),
        call(FORCED, f"forced tunnel by {office.place.name}", way=way(world, "forced", office)),
        call(SPLIT, "split tunnel: media goes past it", way=way(world, "few", office)),
        call(LOSSY, f"lossy access, {LOSS_PERCENT:g} % each way", lossy),
        call(CONGESTED, "congested access, one queue", full, media=both),
        call(QUEUED, "congested access, queues by DSCP", {**full, "classes": True}, media=both),
        call(BLOCKED, "UDP blocked: TCP", {"udp_blocked": True}),
        call(BLOCKED_LOSSY, "UDP blocked: TCP, lossy access", {**lossy, "udp_blocked": True}),
    )


def _nearest_meetings(world: World, client: Client) -> str:
    """Return the datacenter with meetings that is nearest to a client."""
    tenants = (tenant.datacenter for tenant in world.tenants if tenant.cloud == CLOUD)

    def rtt_ms(name: str) -> float:
        return internet_rtt_ms(world, client.place, world.datacenter(name).place)

    return min(tenants, key=rtt_ms)


def _captures(world: World, selection: Selection) -> tuple[CapturePoint, ...]:
    plan = plan_network(world, selection)
    nodes = {node.name for node in plan.nodes}
    ends = (host(name, role) for name in selection.datacenters for role in ("relay", "media"))
    return (
        *(at(name) for name in selection.clients),
        *in_tunnels(each for each in plan.tunnels if each.node in selection.clients),
        *(at(gateway(name), "line") for name in selection.offices),
        *(at(name) for name in ends if name in nodes),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return what each way does to a call."""
    return media_claims.steps(reading)


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: the ideal path, and what is measured beside what the ends say themselves."""
    return media_controls.controls(reading)


EXPERIMENT: Experiment = Experiment(
    name="media_quality",
    title="Media quality: how a call sounds",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=media_tables.figures,
    tables=media_tables.tables,
    pictures=media_pictures.pictures,
    options=MediaOptions,
)

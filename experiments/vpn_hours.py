#!/usr/bin/env python3
"""What a WireGuard tunnel does over hours: new keys, silence, a concentrator that restarts, another address.

A session's keys are renewed after 120 s, by whoever began it, as long as something is sent. Who has received
data and has nothing to say says so after 10 s. Who has sent and heard nothing for 15 s begins anew. A peer is
wherever its last genuine packet came from.

Source: Donenfeld, "WireGuard: next generation kernel network tunnel", NDSS 2017, section 6.
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from ipaddress import IPv4Address
from typing import cast

from pydantic import Field

from experiments import hours_claims, hours_figures
from experiments.common import at
from experiments.exercise import Event, Exercise, KeepAlive, Renumber, Restart, Stream
from experiments.experiment import Experiment, Options
from experiments.hours import KEEPALIVE, REKEY, RESTART, ROAM, SILENCE
from experiments.order import Order
from experiments.passage import capture_of
from experiments.people import nearest, traveller
from experiments.reading import Reading
from experiments.vpn_offices import concentrators
from experiments.vpn_ways import way
from measurement.capture import CapturePoint
from measurement.judge import Claim
from topologies.hosts import gateway
from topologies.selection import Selection, can_dial_in
from topologies.world import Client, Office, World

CLOUD = "worldwide"
MS_PER_S, US_PER_S = 1000, 1_000_000
EVENT_MS, AFTER_S = 30_000.0, 60
OFTEN_US = 100_000


class HoursOptions(Options):
    """What can be chosen of a run."""

    client: str = Field(default="", description="Who dials in; else the first client away from home.")
    office: str = Field(default="", description="Where it dials in; else the first with a concentrator.")
    minutes: int = Field(default=60, ge=5, le=600, description="How long keys are watched.")
    keepalive_s: int = Field(default=25, ge=1, le=120, description="Of a client that keeps alive.")


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: an hour of data, an hour of silence, a restart, and a move.

    Raises WorldError if the world has nobody who could dial in, or if who is chosen cannot.
    """
    chosen = cast(HoursOptions, options)
    client = world.client(chosen.client) if chosen.client else traveller(world, CLOUD)
    office = _office(world, chosen.office)
    can_dial_in(client, office)
    resolver = world.resolver(office.resolver)
    selection = Selection(
        clients=(client.name,),
        resolvers=(resolver.name,),
        nameservers=(),
        datacenters=(nearest(world, resolver, CLOUD).name,),
        offices=(office.name,),
        vpn=((client.name, office.name),),
    )
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        exercises=_exercises(world, client, office, chosen),
        captures=(
            at(client.name),
            CapturePoint(name=capture_of(client.name, "wg0"), node=client.name, interface="wg0"),
            at(gateway(office.name), "line"),
            at(resolver.name),
        ),
    )


def _office(world: World, name: str) -> Office:
    return world.office(name) if name else concentrators(world)[0]


def _exercises(world: World, client: Client, office: Office, chosen: HoursOptions) -> tuple[Exercise, ...]:
    """Return an exercise for each thing that happens, each with a session of its own."""
    there, long_ms = office.resolver, chosen.minutes * 60.0 * MS_PER_S

    def exercise(name: str, text: str, *streams: Stream, events: tuple[Event, ...] = ()) -> Exercise:
        how = way(world, "selective", office)
        return Exercise(name=name, text=text, streams=streams, events=events, client=client.name, way=how)

    def stream(source: str, target: str, interval_us: int, count: int, start_ms: float = 0.0) -> Stream:
        return Stream(source=source, target=target, interval_us=interval_us, count=count, start_ms=start_ms)

    one = stream(client.name, there, US_PER_S, 1)
    last = one.model_copy(update={"start_ms": long_ms})
    often = round((EVENT_MS / MS_PER_S + AFTER_S) * US_PER_S / OFTEN_US)
    # The office cannot send before the client has dialled in; and not both at once, or it would be chance
    # which of two packets comes first.
    both = (stream(client.name, there, OFTEN_US, often), stream(there, client.name, OFTEN_US, often, 1050.0))
    steady = stream(client.name, there, US_PER_S, chosen.minutes * 60)
    alive = (KeepAlive(at_ms=0, every_s=chosen.keepalive_s), KeepAlive(at_ms=long_ms, every_s=0))
    moved = Renumber(at_ms=EVENT_MS, node=client.name, address=_another_address(client))
    return (
        exercise(REKEY, f"a datagram each second, for {chosen.minutes} minutes", steady),
        exercise(SILENCE, f"{chosen.minutes} minutes of silence", one, last),
        exercise(KEEPALIVE, f"the same, kept alive each {chosen.keepalive_s} s", one, last, events=alive),
        exercise(RESTART, "the concentrator restarts", *both, events=(Restart(at_ms=EVENT_MS),)),
        exercise(ROAM, "the client gets another address", *both, events=(moved,)),
    )


def _another_address(client: Client) -> IPv4Address:
    """Return an address of the client's network that nobody has: a world's smallest has five of them."""
    return client.prefix[3]


def steps(reading: Reading) -> list[Claim]:
    """Return what the tunnel does, one after another."""
    return hours_claims.steps(reading)


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: what is the same without the cause, and that nothing passed in clear."""
    return hours_claims.controls(reading)


EXPERIMENT: Experiment = Experiment(
    name="vpn_hours",
    title="VPN: what a tunnel does over hours",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=hours_figures.figures,
    pictures=hours_figures.pictures,
    options=HoursOptions,
)

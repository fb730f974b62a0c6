#!/usr/bin/env python3
"""A region goes dark while clients on three continents work, and comes back: what moves, and how long it
takes.

    1. Everybody works: the portal, mailboxes and sites are in the region.
    2. It goes dark in one moment: links, switches, front ends, mailbox servers, its site of DNS servers.
    3. Other DNS servers find out by probes, and answer with another datacenter.
    4. Resolvers give the old answer until its time is over.
    5. Connections that were open die; clients notice by what does not come, and connect anew.
    6. Another copy of the mailboxes becomes the active one; the site's second datacenter answers.
    7. The region comes back.

Sources: Microsoft, "Client connectivity" (Office 365); "Traffic Manager endpoint monitoring"; "Dealing with
data corruption" (copies of mailboxes, SharePoint's second region).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)


from typing import cast

from pydantic import Field, field_validator

from experiments import region_claims, region_day, region_figures
from experiments.common import at
from experiments.experiment import Experiment, Options
from experiments.mailbox_servers import ARBITERS
from experiments.order import Order
from experiments.people import nearest
from experiments.reading import Reading
from experiments.region_day import day
from experiments.region_people import CLOUD, People, link_between, people
from experiments.region_spells import spells
from experiments.region_works import FILE, FILE_BYTES
from measurement.capture import CapturePoint
from measurement.judge import Claim
from measurement.result import Figure, Table
from topologies.domains import is_in
from topologies.hosts import front_end, host
from topologies.names import Service, lever, service
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.world import Datacenter, NameServer, World

BUSY_KIB = 8_192  # a download's packets, and whoever serves them


class RegionOptions(Options):
    """What can be chosen of a run."""

    hours: int = Field(default=0, ge=0, le=48, description="A day instead, or two or more hours of one.")

    @field_validator("hours")
    @classmethod
    def _is_long_enough(cls, hours: int) -> int:
        # Of an hour a quarter would be dark: nobody who comes every half hour would notice.
        if hours == 1:
            raise ValueError("1 is too short a day; right would be 2 or more")
        return hours


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: the failure under three clients at work, and its controls.

    With `hours` it is a long day instead. Raises WorldError if the world has nobody who could show it, or no
    copies of their data.
    """
    hours = cast(RegionOptions, options).hours
    cast_ = people(world, CLOUD)
    if hours:
        return _day(world, seed, tolerance_us, cast_, hours)
    selection = select(
        world,
        clients=cast_.names,
        clouds=(CLOUD,),
        services=("portal", "exchange", "sharepoint"),
        copies=True,
    )
    network = plan_network(world, selection, seed)
    front_door = nearest(world, world.resolver(cast_.remote.resolver), CLOUD)
    link = link_between(network, front_door.name, cast_.region.name)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        spells=spells(world, cast_, link),
        files={FILE: FILE_BYTES},
        captures=_captures(world, selection, cast_, front_door),
    )


def _day(world: World, seed: int, tolerance_us: float, cast_: People, hours: int) -> Order:
    """Return a long day; what ticks all the while, the mailboxes' copies, is not built for it."""
    services: tuple[Service, ...] = ("portal", "sharepoint")
    spell = day(world, cast_, hours)
    clients = tuple(dict.fromkeys(work.client for work in spell.works))
    selection = region_day.narrowed(
        world, cast_, select(world, clients=clients, clouds=(CLOUD,), services=services, copies=True)
    )
    resolvers = dict.fromkeys(world.client(name).resolver for name in clients)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        spells=(spell,),
        files={FILE: FILE_BYTES},
        captures=tuple(at(name, buffer_kib=BUSY_KIB) for name in (*clients, *resolvers)),
    )


def _captures(
    world: World, selection: Selection, cast: People, front_door: Datacenter
) -> tuple[CapturePoint, ...]:
    """Return where is captured: whoever proves something, in the region and where it goes on."""
    own, second = cast.region.name, cast.tenant.secondary or ""
    resolvers = dict.fromkeys(world.client(name).resolver for name in cast.names)
    return (
        *(at(name, buffer_kib=BUSY_KIB) for name in cast.names),
        *(at(name) for name in resolvers),
        *(at(each.name) for each in _authorities(world, selection, own)),
        *(at(front_end(name)) for name in (own, second)),
        at(host(front_door.name, "exchange"), buffer_kib=BUSY_KIB),
        *(at(host(name, "mailbox"), buffer_kib=BUSY_KIB) for name in cast.tenant.copies[:ARBITERS]),
        *(at(host(name, "sharepoint"), buffer_kib=BUSY_KIB) for name in (own, second)),
    )


def _authorities(world: World, selection: Selection, region: str) -> list[NameServer]:
    """Return who outside the region answers for names that depend on what is up there."""
    site = service("sharepoint", CLOUD)
    names = {service("portal", CLOUD).hosts[0], site.aliases[lever(site)].name}
    there = (world.nameserver(name) for name in selection.nameservers)
    outside = (each for each in there if each.datacenter not in (None, region))
    return [each for each in outside if any(is_in(name, zone) for name in names for zone in each.zones)]


def steps(reading: Reading) -> list[Claim]:
    """Return what happens, one thing after another."""
    return region_day.steps(reading) if _is_day(reading) else region_claims.steps(reading)


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: no failure, other times to live, and lesser failures; a day has none."""
    return [] if _is_day(reading) else region_claims.controls(reading)


def figures(reading: Reading) -> list[Figure]:
    """Return for how long each client was without service."""
    return [] if _is_day(reading) else region_figures.figures(reading)


def tables(reading: Reading) -> list[Table]:
    """Return where that time went."""
    return [] if _is_day(reading) else region_figures.tables(reading)


def pictures(reading: Reading) -> dict[str, str]:
    """Return what each client asked and got, and when."""
    if _is_day(reading):
        return {"day.svg": region_figures.timeline(reading, reading.order.spell(region_day.DAY), hours=True)}
    return region_figures.pictures(reading)


def _is_day(reading: Reading) -> bool:
    return region_day.DAY in reading.order.names


EXPERIMENT: Experiment = Experiment(
    name="region_failure",
    title="A region goes dark, and comes back",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    tables=tables,
    pictures=pictures,
    options=RegionOptions,
    world="continents",
)

"""The spells of a region's failure: the failure itself, and what it is compared with."""

from __future__ import annotations

import math

from experiments.exercise import Cut, Mend
from experiments.people import nearest
from experiments.region_people import People
from experiments.region_times import link_times, region_times
from experiments.region_works import outlook, portal, sharepoint
from experiments.spell import Dark, Light, Spell
from measurement.work import Work
from topologies import names
from topologies.domains import is_in
from topologies.health import Health
from topologies.hosts import front_ends, host
from topologies.steering import Answers
from topologies.world import World

MS_PER_S = 1000
REGION, CALM, GEOGRAPHIC, LINK, ONE = "region", "no-failure", "geographic", "link-cut", "one-of-three"
TTLS_S = (0, 300)  # of the controls; the failure itself has another one
HEALTH = Health(interval_s=10, tolerated_failures=3, timeout_s=5, ttl_s=30)
CALM_MS = 20_000
# Who has to wait for minutes asks less often: one more second does not count then, and each request costs.
LONG_S, SELDOM_MS = 60, 5_000
AFTER_MS = 8_000  # what a control goes on for when everything has happened


def spells(world: World, cast: People, link: tuple[str, str]) -> tuple[Spell, ...]:
    """Return the failure, and its controls; ``link`` is one that the remote client's requests cross.

    They are as the world announces them, where it does; raises WorldError if that leaves too little time.
    """
    place, times, cutting = cast.region.name, region_times(world, HEALTH), link_times(world, link)
    failure, light = Dark(at_ms=times.failed_ms, place=place), Light(at_ms=times.back_ms, place=place)
    a, b = cutting.link
    cut = (Cut(at_ms=cutting.cut_ms, a=a, b=b), Mend(at_ms=cutting.mended_ms, a=a, b=b))
    fallen = front_ends(cast.region)[-1]
    # The active copy of the mailboxes stays where the failure has led it: what needs it at home comes first.
    # Those whose answers are alike follow each other, so that name servers stay as they are.
    found = [
        Spell(
            name=CALM,
            text="nothing fails",
            works=_all(world, cast, CALM, CALM_MS),
            answers=Answers(health=HEALTH),
            steady=True,
            idle=_other_doors(world, cast),
        ),
        Spell(
            name=LINK,
            text=f"the backbone's link {a} - {b} is cut, and mended",
            works=(outlook(world, cast.remote, LINK, cutting.length_ms),),
            events=cut,
            answers=Answers(health=HEALTH),
            idle=_other_doors(world, cast),
        ),
        Spell(
            name=REGION,
            text=f"{place} goes dark, and comes back",
            works=_all(world, cast, REGION, times.length_ms),
            events=(failure, light),
            answers=Answers(health=HEALTH),
            idle=_other_doors(world, cast),
        ),
        Spell(
            name=ONE,
            text=f"{fallen} loses its power, one of {len(front_ends(cast.region))}",
            works=(portal(cast.neighbour, cast.tenant.cloud, _until_noticed_ms(HEALTH, failure)),),
            events=(failure.model_copy(update={"place": fallen}),),
            answers=Answers(health=HEALTH),
            idle=_all_but_portal(world, cast),
        ),
        *(_with_ttl(world, cast, failure, ttl_s) for ttl_s in TTLS_S),
        Spell(
            name=GEOGRAPHIC,
            text=f"{place} goes dark, and DNS knows one datacenter for each place",
            works=(portal(cast.neighbour, cast.tenant.cloud, math.ceil(times.back_ms) + AFTER_MS),),
            events=(failure, light),
            answers=Answers(health=HEALTH.model_copy(update={"profile": "geographic"})),
            idle=_all_but_portal(world, cast),
        ),
    ]
    return tuple(found)


def ttl_name(ttl_s: int) -> str:
    """Return the name of the control with another time to live."""
    return f"ttl-{ttl_s}"


def _with_ttl(world: World, cast: People, failure: Dark, ttl_s: int) -> Spell:
    health = HEALTH.model_copy(update={"ttl_s": ttl_s})
    work = portal(cast.neighbour, cast.tenant.cloud, _until_noticed_ms(health, failure))
    pace_ms = SELDOM_MS if ttl_s > LONG_S else work.interval_ms
    return Spell(
        name=ttl_name(ttl_s),
        text=f"the same failure, and answers are kept for {ttl_s} s",
        works=(work.model_copy(update={"interval_ms": pace_ms}),),
        events=(failure,),
        answers=Answers(health=health),
        idle=_all_but_portal(world, cast),
    )


def _other_doors(world: World, cast: People) -> tuple[str, ...]:
    """Return Exchange's front doors but the one that the remote client is led to."""
    own = nearest(world, world.resolver(cast.remote.resolver), cast.tenant.cloud)
    return tuple(
        host(each.name, "exchange") for each in world.datacenters_of(cast.tenant.cloud) if each != own
    )


def _all_but_portal(world: World, cast: People) -> tuple[str, ...]:
    """Return the hosts that asking for the portal needs none of, name servers among them."""
    cloud, tenant = cast.tenant.cloud, cast.tenant
    doors = (host(each.name, "exchange") for each in world.datacenters_of(cloud))
    sites = (host(name, "sharepoint") for name in (tenant.datacenter, tenant.secondary) if name is not None)
    copies = (host(name, "mailbox") for name in tenant.copies)
    own = names.service("portal", cloud)
    asked = [*own.hosts, *(names.regional_name(own, each) for each in world.datacenters_of(cloud))]
    others = (
        each.name
        for each in world.nameservers
        if not any(is_in(name, zone) for name in asked for zone in each.zones)
    )
    return (*copies, *doors, *sites, *others)


def _until_noticed_ms(health: Health, failure: Dark) -> int:
    """Return for how long a client works that is to see the end of a failure.

    From the start on, its resolver asks anew each time that an answer's time is over.
    """
    kept_ms = ((health.ttl_s or 0) + 1) * MS_PER_S
    rounds = math.ceil((failure.at_ms + health.slowest_s * MS_PER_S) / kept_ms)
    return rounds * kept_ms + AFTER_MS


def _all(world: World, cast: People, spell: str, length_ms: int) -> tuple[Work, ...]:
    return (
        portal(cast.neighbour, cast.tenant.cloud, length_ms),
        outlook(world, cast.remote, spell, length_ms),
        sharepoint(world, cast.downloader, length_ms),
    )

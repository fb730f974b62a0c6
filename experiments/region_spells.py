"""The spells of a region's failure: the failure itself, and what it is compared with."""

from __future__ import annotations

import math

from experiments.exercise import Cut, Mend
from experiments.region_people import People
from experiments.region_works import outlook, portal, sharepoint
from experiments.spell import Dark, Light, Spell
from measurement.work import Work
from topologies.health import Health
from topologies.hosts import front_ends, host
from topologies.steering import Answers
from topologies.world import World

MS_PER_S = 1000
REGION, CALM, GEOGRAPHIC, LINK, ONE = "region", "no-failure", "geographic", "link-cut", "one-of-three"
TTLS_S = (0, 300)  # of the controls; the failure itself has another one
HEALTH = Health(interval_s=10, tolerated_failures=3, timeout_s=5, ttl_s=30)
# Half a second after everybody was probed: the longest time until it is noticed. It comes back while no probe
# waits for an answer, for which `Health.is_waiting` is asked.
FAILED_MS, BACK_MS, LENGTH_MS = 20_500, 97_500, 140_000
CALM_MS, LINK_MS = 20_000, 20_000
AFTER_MS = 8_000  # what a control goes on for when everything has happened
CUT_MS, MENDED_MS = 5_050, 12_050


def spells(world: World, cast: People, link: tuple[str, str]) -> tuple[Spell, ...]:
    """Return the failure, and its controls; ``link`` is one that the remote client's requests cross."""
    place = cast.region.name
    failure = Dark(at_ms=FAILED_MS, place=place)
    cut = (Cut(at_ms=CUT_MS, a=link[0], b=link[1]), Mend(at_ms=MENDED_MS, a=link[0], b=link[1]))
    fallen = front_ends(cast.region)[-1]
    # The active copy of the mailboxes stays where the failure has led it: what needs it at home comes first.
    found = [
        Spell(
            name=CALM,
            text="nothing fails",
            works=_all(world, cast, CALM, CALM_MS),
            answers=Answers(health=HEALTH),
            steady=True,
        ),
        Spell(
            name=LINK,
            text=f"the backbone's link {' - '.join(link)} is cut, and mended",
            works=(outlook(world, cast.remote, LINK, LINK_MS),),
            events=cut,
            answers=Answers(health=HEALTH),
        ),
        Spell(
            name=REGION,
            text=f"{place} goes dark, and comes back",
            works=_all(world, cast, REGION, LENGTH_MS),
            events=(failure, Light(at_ms=BACK_MS, place=place)),
            answers=Answers(health=HEALTH),
        ),
        *(_with_ttl(world, cast, failure, ttl_s) for ttl_s in TTLS_S),
        Spell(
            name=GEOGRAPHIC,
            text=f"{place} goes dark, and DNS knows one datacenter for each place",
            works=(portal(cast.neighbour, cast.tenant.cloud, BACK_MS + AFTER_MS),),
            events=(failure, Light(at_ms=BACK_MS, place=place)),
            answers=Answers(health=HEALTH.model_copy(update={"profile": "geographic"})),
            idle=_outlook_only(world, cast),
        ),
        Spell(
            name=ONE,
            text=f"{fallen} loses its power, one of {len(front_ends(cast.region))}",
            works=(portal(cast.neighbour, cast.tenant.cloud, _until_noticed_ms(HEALTH)),),
            events=(Dark(at_ms=FAILED_MS, place=fallen),),
            answers=Answers(health=HEALTH),
            idle=_outlook_only(world, cast),
        ),
    ]
    return tuple(found)


def ttl_name(ttl_s: int) -> str:
    """Return the name of the control with another time to live."""
    return f"ttl-{ttl_s}"


def _with_ttl(world: World, cast: People, failure: Dark, ttl_s: int) -> Spell:
    health = HEALTH.model_copy(update={"ttl_s": ttl_s})
    return Spell(
        name=ttl_name(ttl_s),
        text=f"the same failure, and answers are kept for {ttl_s} s",
        works=(portal(cast.neighbour, cast.tenant.cloud, _until_noticed_ms(health)),),
        events=(failure,),
        answers=Answers(health=health),
        idle=_outlook_only(world, cast),
    )


def _outlook_only(world: World, cast: People) -> tuple[str, ...]:
    """Return the hosts that somebody needs who has Outlook open, and nobody else."""
    doors = (host(each.name, "exchange") for each in world.datacenters_of(cast.tenant.cloud))
    return (*(host(name, "mailbox") for name in cast.tenant.copies), *doors)


def _until_noticed_ms(health: Health) -> int:
    """Return for how long a client works that is to see the end of a failure.

    From the start on, its resolver asks anew each time that an answer's time is over.
    """
    kept_ms = ((health.ttl_s or 0) + 1) * MS_PER_S
    rounds = math.ceil((FAILED_MS + health.slowest_s * MS_PER_S) / kept_ms)
    return rounds * kept_ms + AFTER_MS


def _all(world: World, cast: People, spell: str, length_ms: int) -> tuple[Work, ...]:
    return (
        portal(cast.neighbour, cast.tenant.cloud, length_ms),
        outlook(world, cast.remote, spell, length_ms),
        sharepoint(world, cast.downloader, length_ms),
    )

"""The spells of a region's failure: the failure itself, and what it is compared with."""

from __future__ import annotations

import math

from experiments.exercise import Cut, Mend
from experiments.people import nearest
from experiments.region_people import People
from experiments.region_times import link_times, region_times
from experiments.region_works import outlook, portal, sharepoint
from experiments.spell import Dark, Happening, Light, Spell
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
    made = _Spells(world, cast, link)
    # The active copy of the mailboxes stays where the failure has led it: what needs it at home comes first.
    # Those whose answers are alike follow each other, so that name servers stay as they are.
    return (
        made.calm(),
        made.link_cut(),
        made.region(),
        made.one_of_some(),
        *(made.with_ttl(ttl_s) for ttl_s in TTLS_S),
        made.geographic(),
    )


def ttl_name(ttl_s: int) -> str:
    """Return the name of the control with another time to live."""
    return f"ttl-{ttl_s}"


class _Spells:
    """Makes the spells of one region's failure: by all clients, or by the one that asks for the portal."""

    def __init__(self, world: World, cast: People, link: tuple[str, str]) -> None:
        self._world = world
        self._cast = cast
        self._place = cast.region.name
        self._times = region_times(world, HEALTH)
        self._cutting = link_times(world, link)
        self._failure = Dark(at_ms=self._times.failed_ms, place=self._place)
        self._return = Light(at_ms=self._times.back_ms, place=self._place)

    def calm(self) -> Spell:
        """Return the control in which nothing fails."""
        return self._with_doors(CALM, "nothing fails", self._all(CALM, CALM_MS), steady=True)

    def link_cut(self) -> Spell:
        """Return the control in which the region stays, but not a link to it."""
        a, b = self._cutting.link
        cut = (Cut(at_ms=self._cutting.cut_ms, a=a, b=b), Mend(at_ms=self._cutting.mended_ms, a=a, b=b))
        works = (outlook(self._world, self._cast.remote, LINK, self._cutting.length_ms),)
        return self._with_doors(LINK, f"the backbone's link {a} - {b} is cut, and mended", works, cut)

    def region(self) -> Spell:
        """Return the failure itself."""
        works = self._all(REGION, self._times.length_ms)
        text = f"{self._place} goes dark, and comes back"
        return self._with_doors(REGION, text, works, (self._failure, self._return))

    def one_of_some(self) -> Spell:
        """Return the control in which one of the region's front ends fails."""
        doors = front_ends(self._cast.region)
        text = f"{doors[-1]} loses its power, one of {len(doors)}"
        events = (self._failure.model_copy(update={"place": doors[-1]}),)
        return self._for_portal(ONE, text, HEALTH, self._until_noticed_ms(HEALTH), events)

    def with_ttl(self, ttl_s: int) -> Spell:
        """Return the control with another time to live."""
        health = HEALTH.model_copy(update={"ttl_s": ttl_s})
        text = f"the same failure, and answers are kept for {ttl_s} s"
        pace_ms = SELDOM_MS if ttl_s > LONG_S else None
        length_ms = self._until_noticed_ms(health)
        return self._for_portal(ttl_name(ttl_s), text, health, length_ms, (self._failure,), pace_ms)

    def geographic(self) -> Spell:
        """Return the control in which DNS has nothing else to hand out."""
        health = HEALTH.model_copy(update={"profile": "geographic"})
        text = f"{self._place} goes dark, and DNS knows one datacenter for each place"
        length_ms = math.ceil(self._times.back_ms) + AFTER_MS
        return self._for_portal(GEOGRAPHIC, text, health, length_ms, (self._failure, self._return))

    def _with_doors(
        self,
        name: str,
        text: str,
        works: tuple[Work, ...],
        events: tuple[Happening, ...] = (),
        *,
        steady: bool = False,
    ) -> Spell:
        return Spell(
            name=name,
            text=text,
            works=works,
            events=events,
            answers=Answers(health=HEALTH),
            steady=steady,
            idle=_other_doors(self._world, self._cast),
        )

    def _for_portal(
        self,
        name: str,
        text: str,
        health: Health,
        length_ms: int,
        events: tuple[Happening, ...],
        pace_ms: int | None = None,
    ) -> Spell:
        work = portal(self._cast.neighbour, self._cast.tenant.cloud, length_ms)
        return Spell(
            name=name,
            text=text,
            works=(work.model_copy(update={"interval_ms": pace_ms or work.interval_ms}),),
            events=events,
            answers=Answers(health=health),
            idle=_all_but_portal(self._world, self._cast),
        )

    def _all(self, spell: str, length_ms: int) -> tuple[Work, ...]:
        cast = self._cast
        return (
            portal(cast.neighbour, cast.tenant.cloud, length_ms),
            outlook(self._world, cast.remote, spell, length_ms),
            sharepoint(self._world, cast.downloader, length_ms),
        )

    def _until_noticed_ms(self, health: Health) -> int:
        """Return for how long a client works that is to see the end of the failure.

        From the start on, its resolver asks anew each time that an answer's time is over.
        """
        kept_ms = ((health.ttl_s or 0) + 1) * MS_PER_S
        rounds = math.ceil((self._failure.at_ms + health.slowest_s * MS_PER_S) / kept_ms)
        return rounds * kept_ms + AFTER_MS


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

"""The surveys of the experiment: who is asked, how the authorities answer, and how providers peer.

In one survey a client asks the same resolver for the names of several services, of which each has another way
to a front door: the portal's by DNS, Exchange's by anycast DNS, SharePoint's edge by anycast. What becomes of
one of them is a part of the survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from experiments.edge_people import DISTANT, LOCAL, OWN, PUBLIC, resolver_of
from experiments.edge_sites import EXCHANGE, PORTAL, near
from experiments.survey import Survey, Turn
from topologies import names
from topologies.hosts import front_door, host
from topologies.meetings import NEAREST
from topologies.names import Service
from topologies.peering import Peering
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.steering import Answers
from topologies.world import Client, World

BEST, MENDED, TOLD = "best", "own-mended", "-told"
SAMPLE = (
    4  # one client of so many: where a resolver is next door there is nothing to tell, and each has its own
)
WHOSE = {
    OWN: "each client's own resolver",
    LOCAL: "the resolver nearest to each client",
    DISTANT: "the headquarters' resolver",
    PUBLIC: "the public resolver",
}
# Portal by place, Exchange by anycast DNS, SharePoint by its edge: all at the same servers, at once.
ANSWERS = Answers(how="anycast", client_subnet=True, edges=True, site_edge=True)


class Part(NamedTuple):
    """What becomes of one service in a survey; ``text`` is how its front doors are found."""

    name: str
    survey: str
    service: Service
    text: str


def _by_dns(survey: str) -> Part:
    return Part(f"dns-{survey}", survey, "portal", "DNS")


def _by_anycast_dns(survey: str) -> Part:
    return Part(f"acdc-{survey}", survey, "exchange", "anycast DNS")


DNS_OWN, DNS_LOCAL, DNS_DISTANT, DNS_PUBLIC = map(_by_dns, (OWN, LOCAL, DISTANT, PUBLIC))
DNS_LOCAL_TOLD, DNS_DISTANT_TOLD, DNS_PUBLIC_TOLD = (
    _by_dns(survey + TOLD) for survey in (LOCAL, DISTANT, PUBLIC)
)
ACDC_OWN, ACDC_LOCAL, ACDC_DISTANT, ACDC_PUBLIC = map(_by_anycast_dns, (OWN, LOCAL, DISTANT, PUBLIC))
ACDC_PUBLIC_TOLD = _by_anycast_dns(PUBLIC + TOLD)
ANYCAST = Part("anycast", OWN, "sharepoint", "anycast")
ANYCAST_MENDED = Part("anycast-mended", MENDED, "sharepoint", "anycast")
PARTS = (
    *(DNS_OWN, DNS_LOCAL, DNS_LOCAL_TOLD, DNS_DISTANT, DNS_DISTANT_TOLD, DNS_PUBLIC, DNS_PUBLIC_TOLD),
    *(ACDC_OWN, ACDC_LOCAL, ACDC_DISTANT, ACDC_PUBLIC, ACDC_PUBLIC_TOLD),
    *(ANYCAST, ANYCAST_MENDED),
)


def lookups(world: World, clients: Sequence[Client]) -> list[tuple[str, str]]:
    """Return every client with each resolver that it asks in one of the surveys."""
    pairs = [(each.name, resolver_of(world, each, which)) for each in clients for which in WHOSE]
    return list(dict.fromkeys(pairs))


def surveys(
    world: World, selection: Selection, plan: Plan, clients: Sequence[Client], mended: Peering
) -> tuple[Survey, ...]:
    """Return all surveys, those with the same resolvers in a row; ``mended`` is how peering is cured.

    The first one is everybody's best front doors.
    """

    def survey(which: str, *services: Service, told: bool = False, every: int = 1) -> Survey:
        turns = []
        for service in services:
            for each in clients[::every]:
                asked, name = resolver_of(world, each, which), name_of(world, each, service)
                turns.append(Turn(client=each.name, resolver=asked, name=name))
        name, text = (which + TOLD, f"{WHOSE[which]}, client subnet") if told else (which, WHOSE[which])
        return Survey(name=name, text=text, turns=tuple(turns), answers=ANSWERS, tells=told)

    cured = survey(OWN, "sharepoint")
    text = f"{cured.text}, with peering where it was missing"
    return (
        _best(world, selection, plan, clients),
        survey(PUBLIC, "portal", "exchange"),
        survey(PUBLIC, "portal", "exchange", told=True),
        survey(DISTANT, "portal", told=True),
        survey(LOCAL, "portal", told=True, every=SAMPLE),
        survey(DISTANT, "portal", "exchange"),
        survey(LOCAL, "portal", "exchange"),
        survey(OWN, "portal", "exchange", "sharepoint"),
        cured.model_copy(update={"name": MENDED, "text": text, "peering": mended}),
    )


def name_of(world: World, client: Client, service: Service) -> str:
    """Return what a client asks for to use a service."""
    if service == "sharepoint":
        return names.site_of(world.tenant(client.tenant))
    return PORTAL if service == "portal" else EXCHANGE


def _best(world: World, selection: Selection, plan: Plan, clients: Sequence[Client]) -> Survey:
    def turn(client: Client) -> Turn:
        sites = near(world, selection, client.place)[:NEAREST]
        home = host(world.tenant(client.tenant).datacenter, "sharepoint")
        nodes = (*(front_door(world, site, "portal") for site in sites), home)
        return Turn(client=client.name, beside=tuple(str(plan.node(node).address) for node in nodes))

    text = f"each client's {NEAREST} nearest front doors, and its tenant's datacenter"
    return Survey(name=BEST, text=text, turns=tuple(map(turn, clients)), answers=ANSWERS)

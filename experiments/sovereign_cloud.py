#!/usr/bin/env python3
"""A sovereign cloud, operated by 21Vianet in China: wherever the client is, it connects inside.

    1. The client asks its local DNS server for portal.partner.microsoftonline.cn.
    2. That server asks the sovereign cloud's DNS servers.
    3. They answer with the name of a datacenter of that cloud, the nearest to the asking DNS server.
    4. Asked for that name, they give its address.
    5. The client connects there, across the world if need be, and the connection ends there.

Source: Microsoft, "Client connectivity" (Office 365). The two clouds share nothing: that is proven, too.
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from experiments import isolation, transfers
from experiments.common import at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.experiment import Experiment, Options
from experiments.landing import Landing
from experiments.lookup import Tellers, lookup_claims
from experiments.order import Case, Order, Probe
from experiments.outlook import sign_in
from experiments.people import nearest, resident, tenant_of, traveller
from experiments.reading import Reading
from experiments.second_connection import SecondConnection, internet_captures
from experiments.site_claims import Site
from measurement.capture import CapturePoint
from measurement.journey import Request
from measurement.judge import Claim, Finding, together
from measurement.result import Figure
from topologies import names
from topologies.hosts import border, front_end, host
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.world import Client, Tenant, World

STANDARD, SOVEREIGN = "worldwide", "21vianet"
MAIN, OUTSIDE, RESIDENT, INSIDE = "sovereign", "standard", "resident-standard", "resident-sovereign"
SITES, OWN_SITE, MAIL, REFUSED, PAGE = "site-standard", "site-sovereign", "mail", "credentials", "page"
IN_CHINA = Tellers(
    servers="the sovereign cloud's DNS servers",
    one_of="one of that cloud's servers",
    they_name="they answer with a regional server name of that cloud",
    they_give="they give",
    by_place=False,
)
PAGE_FILE, PAGE_BYTES = "page.bin", 300_000


class SovereignOptions(Options):
    """What can be chosen of a run."""

    border: bool = Field(
        default=False,
        description="Close the world's borders: what comes in across one is lost at times, and slow.",
    )


def change_world(world: World, options: Options) -> World:
    """Return the world, with all its borders closed if that was chosen."""
    if not cast(SovereignOptions, options).border:
        return world
    closed = tuple(each.model_copy(update={"closed": True}) for each in world.internet.borders)
    return world.model_copy(update={"internet": world.internet.model_copy(update={"borders": closed})})


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: both clouds, asked by a traveller and by somebody who lives in between.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    client, local = traveller(world, STANDARD), resident(world, SOVEREIGN, STANDARD)
    tenant = tenant_of(world, SOVEREIGN)
    selection = select(
        world,
        clients=(client.name, local.name),
        clouds=(STANDARD, SOVEREIGN),
        services=("portal", "exchange", "sharepoint"),
    )
    plan = plan_network(world, selection)
    # A sovereign cloud may have one datacenter only, and then no backbone.
    inside = [each.name for each in world.datacenters_of(SOVEREIGN)]
    ends = inside if len(inside) > 1 else [each.name for each in world.datacenters_of(STANDARD)]
    echo = backbone_echo(front_end(ends[0]), front_end(ends[1]))
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=_cases(world, client, local, tenant),
        probes=(echo, *_attempts(world, plan, selection, client)),
        accounts=((client.name, tenant.name), (local.name, tenant.name)),
        files={PAGE_FILE: PAGE_BYTES},
        captures=_captures(world, plan, selection),
    )


def _cases(world: World, client: Client, local: Client, tenant: Tenant) -> tuple[Case, ...]:
    home = world.tenant(client.tenant)
    own, other = names.user(client.name, home), names.user(client.name, tenant)
    local_user = names.user(local.name, world.tenant(local.tenant))
    local_guest = names.user(local.name, tenant)
    local_site = names.site_of(world.tenant(local.tenant))
    mail = names.service("exchange", SOVEREIGN).hosts[0]

    def case(name: str, text: str, who: Client, *requests: Request) -> Case:
        return Case(name=name, text=text, client=who.name, resolver=who.resolver, requests=requests)

    return (
        case(MAIN, f"{client.name}, with tenant {tenant.name}", client, _portal(SOVEREIGN)),
        case(OUTSIDE, f"{client.name}, with tenant {home.name}", client, _portal(STANDARD)),
        case(RESIDENT, f"{local.name}, with tenant {local.tenant}", local, _portal(STANDARD)),
        case(INSIDE, f"{local.name} asks for the sovereign portal", local, _portal(SOVEREIGN)),
        case(SITES, f"{client.name} at {home.name}'s site", client, _site(home, own)),
        case(OWN_SITE, f"{client.name} at {tenant.name}'s site", client, _site(tenant, other)),
        case(MAIL, f"{local.name} signs in to mail of {tenant.name}", local, sign_in(mail, local_guest)),
        case(REFUSED, "credentials of one cloud at the other", client, *_credentials(own, other)),
        case(
            PAGE,
            f"{local.name} gets a page from {local.tenant}'s site",
            local,
            *transfers.page(local_site, local_user, PAGE_FILE),
        ),
    )


def _portal(cloud: str) -> Request:
    return Request(url=f"https://{names.service('portal', cloud).hosts[0]}/")


def _site(tenant: Tenant, user: str) -> Request:
    return Request(name="site", url=f"https://{names.site_of(tenant)}/", headers={"X-AnchorMailbox": user})


def _credentials(own: str, other: str) -> tuple[Request, ...]:
    """Return sign-ins at both clouds' portals and mail by a user of each: right ones and wrong ones."""
    found = []
    for cloud, at_home, foreign in ((STANDARD, own, other), (SOVEREIGN, other, own)):
        portal, mail = (names.service(service, cloud).hosts[0] for service in ("portal", "exchange"))
        for user, word in ((at_home, isolation.ACCEPTED), (foreign, isolation.REFUSED)):
            signing = Request(
                name=f"{word} portal {cloud}",
                method="POST",
                url=f"https://{portal}/signin",
                headers={"X-AnchorMailbox": user},
                body="signing in",
            )
            mailing = sign_in(mail, user).model_copy(update={"name": f"{word} exchange {cloud}"})
            found += [signing, mailing]
    return tuple(found)


def _attempts(world: World, plan: Plan, selection: Selection, client: Client) -> tuple[Probe, ...]:
    """Return what must not get through: questions to the wrong authority, an echo from cloud to cloud."""
    found = []
    for asked, other in ((STANDARD, SOVEREIGN), (SOVEREIGN, STANDARD)):
        server = isolation.authority_of(world, plan, selection, asked)
        name = names.service("portal", other).hosts[0]
        found.append(
            Probe(
                name=f"{other}-name-at-{asked}",
                text=f"{client.resolver} asks {server} for {name}",
                source=client.resolver,
                target=server,
                name_asked=name,
            )
        )
    ends = [front_end(world.datacenters_of(cloud)[0].name) for cloud in (STANDARD, SOVEREIGN)]
    text = f"an echo from {ends[0]} to {ends[1]}, which has no way"
    across = Probe(name=isolation.ACROSS, text=text, source=ends[0], target=ends[1], comes_back=False)
    return (*found, across)


def _captures(world: World, plan: Plan, selection: Selection) -> tuple[CapturePoint, ...]:
    outside = [each.name for each in world.datacenters_of(STANDARD)]
    unused = {host(name, role) for name in outside for role in ("exchange", "mailbox", "directory")}
    return (
        *(at(node.name) for node in plan.of_kind("host") if node.name not in unused),
        *(at(border(name), "wan") for name in selection.datacenters),
        *(point for site in world.datacenters_of(SOVEREIGN) for point in internet_captures(plan, site)),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the article's steps."""
    world = reading.world
    case = reading.case(MAIN)
    own = world.resolver(case.resolver)
    there = nearest(world, own, SOVEREIGN)
    home = world.datacenter(tenant_of(world, SOVEREIGN).datacenter)
    landing = Landing(reading, MAIN, there)
    return [
        *lookup_claims(landing, IN_CHINA),
        Claim(
            "the client connects inside the sovereign cloud, wherever it is",
            f"TCP and TLS end at {landing.server} ({there.place.name}); the front end passes nothing on",
            lambda: landing.ends_there(home),
        ),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: the standard cloud, both clouds' services, and that they share nothing."""
    world = reading.world
    client = world.client(reading.case(OUTSIDE).client)
    local = world.client(reading.case(RESIDENT).client)
    tenant, home = tenant_of(world, SOVEREIGN), world.tenant(client.tenant)
    near = nearest(world, world.resolver(client.resolver), STANDARD)
    beside, within = (
        nearest(world, world.resolver(local.resolver), cloud) for cloud in (STANDARD, SOVEREIGN)
    )
    return [
        Claim(
            f"the same traveller with tenant {home.name}, of the standard cloud",
            f"lands in {near.name} ({near.place.name})",
            Landing(reading, OUTSIDE, near).landed,
        ),
        Claim(
            f"{local.name}, in {local.place.name}, with tenant {local.tenant}, of the standard cloud",
            f"lands in {beside.name} ({beside.place.name}), the nearest outside",
            Landing(reading, RESIDENT, beside).landed,
        ),
        Claim(
            f"{local.name}, asking for the sovereign cloud's portal",
            f"lands in {within.name} ({within.place.name})",
            Landing(reading, INSIDE, within).landed,
        ),
        Claim(
            "SharePoint of both clouds",
            f"each in its tenant's datacenter: {home.datacenter} and {tenant.datacenter}",
            lambda: _both_sites(reading, home, tenant),
        ),
        Claim(
            f"{local.name}, asking for mail of {tenant.name}",
            f"lands in {within.name}, which passes it on to {tenant.datacenter}, inside the same cloud",
            lambda: _mail_inside(reading, tenant),
        ),
        *isolation.claims(reading, REFUSED, (STANDARD, SOVEREIGN)),
        *transfers.in_time(reading, f"a page for {local.name}, from outside", [reading.case(PAGE)]),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]


def figures(reading: Reading) -> list[Figure]:
    """Return how long the page took."""
    return transfers.figures(reading, [reading.case(PAGE)])


EXPERIMENT: Experiment = Experiment(
    name="sovereign_cloud",
    title="A sovereign cloud: connecting inside it, wherever the client is",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    options=SovereignOptions,
    change_world=change_world,
)


def _both_sites(reading: Reading, home: Tenant, tenant: Tenant) -> Finding:
    return together(Site(reading, SITES, home).landed(), Site(reading, OWN_SITE, tenant).landed())


def _mail_inside(reading: Reading, tenant: Tenant) -> Finding:
    world = reading.world
    here = nearest(world, world.resolver(reading.case(MAIL).resolver), SOVEREIGN)
    landed = Landing(reading, MAIL, here, "exchange").landed()
    home = world.datacenter(tenant.datacenter)
    passed = SecondConnection(reading, MAIL, here, home).is_proven()
    return together(landed, passed)

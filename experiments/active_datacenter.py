#!/usr/bin/env python3
"""SharePoint Online: connecting to the datacenter where the tenant's data is active.

    1. The client is connected to the portal, in the nearest datacenter.
    2. The portal sends it on to the tenant's site.
    3. The client asks its local DNS server for the site, and that one Microsoft's DNS servers.
    4. They answer with the datacenter that is active for the tenant, wherever the asking DNS server is.
    5. The client connects there; its connection to the portal stays where it is.

Source: Microsoft, "Client connectivity" (Office 365).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from experiments import site_claims, transfers
from experiments.common import at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.experiment import Experiment, Options
from experiments.landing import Landing
from experiments.order import Case, Order
from experiments.people import home_of, nearest, resolvers_apart, tenant_near, traveller
from experiments.reading import Reading
from measurement.journey import Request
from measurement.judge import Claim
from measurement.result import Figure
from measurement.transfer_chart import transfers_svg
from topologies import names
from topologies.errors import WorldError
from topologies.hosts import border, front_end, host
from topologies.plan import Congestion
from topologies.selection import Selection, select
from topologies.world import Client, Resolver, Tenant, World

CLOUD = "worldwide"
(PORTAL,) = names.service("portal", CLOUD).hosts
MAIN, ELSEWHERE, OTHER = "active", "resolver", "other-tenant"
FAR, NEAR = "home", "nearby"
SMALL_MB = 1
BULK_KIB = 32_768  # 16,000 packets: the largest window that a file of 10 MB comes to


class ActiveOptions(Options):
    """What can be chosen of a run."""

    file_mb: int = Field(default=10, ge=2, le=100, description="Size of the larger file, in MB.")
    congestion: Congestion = Field(default="cubic", description="How every host's TCP controls congestion.")
    loss_percent: float = Field(default=0.0, ge=0, le=100, description="Lost on each path of the Internet.")


def change_world(world: World, options: Options) -> World:
    """Return the world with the chosen congestion control and loss; what was not chosen is the world's."""
    chosen = cast(ActiveOptions, options)
    if chosen.congestion != "cubic":
        world = world.model_copy(update={"congestion": chosen.congestion})
    if chosen.loss_percent:
        internet = world.internet.model_copy(update={"loss_percent": chosen.loss_percent})
        world = world.model_copy(update={"internet": internet})
    return world


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: the way to a site, the same from other places and to another tenant, and files.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    client = traveller(world, CLOUD)
    home = world.tenant(client.tenant)
    near = _another_tenant(world, client)
    own = world.resolver(client.resolver)
    apart = resolvers_apart(world, own, CLOUD)
    sizes = (SMALL_MB, cast(ActiveOptions, options).file_mb)
    selection = select(
        world,
        clients=(client.name,),
        resolvers=tuple(each.name for each in apart),
        clouds=(CLOUD,),
        services=("portal", "sharepoint"),
    )
    here = nearest(world, own, CLOUD)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=_cases(client, own, apart, home, near, sizes),
        probes=(backbone_echo(front_end(here.name), front_end(home.datacenter)),),
        accounts=((client.name, near.name),),
        files={transfers.file_name(size): size * transfers.BYTES_PER_MB for size in sizes},
        captures=(
            *(at(name, buffer_kib=BULK_KIB) for name in selection.clients),
            *(at(name) for name in (*selection.resolvers, *selection.nameservers)),
            *(at(front_end(name)) for name in selection.datacenters),
            *(at(name, buffer_kib=BULK_KIB) for name in _site_servers(world, selection)),
            *(at(border(name), "wan") for name in selection.datacenters),
        ),
    )


def _another_tenant(world: World, client: Client) -> Tenant:
    """Return the tenant nearby; raise WorldError if there is none but the client's own."""
    near = tenant_near(world, client, CLOUD)
    if near.name == client.tenant:
        raise WorldError(
            f'"{client.name}" is near its own tenant\'s datacenter, "{near.datacenter}";'
            " right would be a client that is not"
        )
    return near


def _cases(
    client: Client, own: Resolver, apart: list[Resolver], home: Tenant, near: Tenant, sizes: tuple[int, ...]
) -> tuple[Case, ...]:
    user, other = names.user(client.name, home), names.user(client.name, near)
    routed = {"X-AnchorMailbox": user}
    portal = Request(name="portal", url=f"https://{PORTAL}/")
    launch = Request(name="launch", url=f"https://{PORTAL}/launch/sharepoint", headers=routed)
    follow = Request(name="site", url="{location}", headers=routed)
    again = Request(name="portal again", url=f"https://{PORTAL}/")
    site = Request(name="site", url=f"https://{names.site_of(home)}/", headers=routed)

    def case(name: str, text: str, resolver: Resolver, *requests: Request) -> Case:
        return Case(name=name, text=text, client=client.name, resolver=resolver.name, requests=requests)

    return (
        case(
            MAIN,
            f"{client.name} goes from the portal to {home.name}'s site",
            own,
            portal,
            launch,
            follow,
            again,
        ),
        *(
            case(f"{ELSEWHERE}-{each.name}", f"{client.name} asks {each.name}", each, site, portal)
            for each in apart
        ),
        case(
            FAR, f"files at {home.name}'s site", own, *transfers.transfers(names.site_of(home), user, sizes)
        ),
        case(
            NEAR, f"files at {near.name}'s site", own, *transfers.transfers(names.site_of(near), other, sizes)
        ),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the article's steps."""
    world = reading.world
    case = reading.case(MAIN)
    client, own = world.client(case.client), world.resolver(case.resolver)
    here, home, tenant = nearest(world, own, CLOUD), home_of(world, client), world.tenant(client.tenant)
    landing = Landing(reading, MAIN, here)
    site = site_claims.Site(reading, MAIN, tenant)
    return [
        Claim(
            f"{client.name} is connected to the portal, in the nearest datacenter",
            f"TCP and TLS end at {landing.server} ({here.place.name})",
            lambda: landing.client_connects_there(only=False),
        ),
        Claim(
            "the portal sends it on to the tenant's site",
            f"302 to https://{site.name}/, over the same connection",
            lambda: site.portal_redirects(here),
        ),
        Claim(
            "the client asks its local DNS server for the site, and that one Microsoft's",
            f"the answer leads over {len(site.chain)} aliases to {site.chain[-1].target}",
            site.is_asked_for,
        ),
        Claim(
            "the answer is the datacenter that is active for the tenant",
            f"{site.chain[-1].target} is {site.server_ip}, in {home.name} ({home.place.name})",
            site.is_in_the_tenants_datacenter,
        ),
        Claim(
            "the client connects there; its connection to the portal stays local",
            f"TCP and TLS end at {site.server}; after it the portal answers over the connection that was"
            " open; nothing crosses the backbone",
            lambda: site.client_connects(here),
        ),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: other resolvers, another tenant, real files, and the measuring itself."""
    world = reading.world
    tenant = world.tenant(world.client(reading.case(MAIN).client).tenant)
    other = tenant_near(world, world.client(reading.case(MAIN).client), CLOUD)
    apart = [case for case in reading.order.cases if case.name.startswith(ELSEWHERE)]
    files = [reading.case(FAR), reading.case(NEAR)]
    places = [world.resolver(case.resolver).place.name for case in (reading.case(MAIN), *apart)]
    return [
        Claim(
            f"the same client, asking from {', '.join(places)}",
            f"the same answer for {names.site_of(tenant)}, {len(places)} answers for {PORTAL}",
            lambda: site_claims.same_from_everywhere(reading, tenant, [reading.case(MAIN), *apart]),
        ),
        Claim(
            f"another tenant, {other.name}",
            f"another answer: {other.datacenter}",
            lambda: site_claims.Site(reading, NEAR, other).landed(),
        ),
        Claim(
            "what came is what was served",
            "each file's SHA-256 is the same at both ends",
            lambda: transfers.are_what_was_served(reading, files),
        ),
        *transfers.in_time(reading, "each file takes what round trip and window allow", files),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]


def figures(reading: Reading) -> list[Figure]:
    """Return how long the files took."""
    return transfers.figures(reading, [reading.case(FAR), reading.case(NEAR)])


def pictures(reading: Reading) -> dict[str, str]:
    """Return the files' progress over time."""
    found = transfers.chart(reading, [reading.case(FAR), reading.case(NEAR)])
    return {"transfers.svg": transfers_svg("Files over time, at the client", found)}


EXPERIMENT: Experiment = Experiment(
    name="active_datacenter",
    title="SharePoint Online: connecting to the tenant's active datacenter",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    pictures=pictures,
    options=ActiveOptions,
    change_world=change_world,
)


def _site_servers(world: World, selection: Selection) -> list[str]:
    places = dict.fromkeys(tenant.datacenter for tenant in world.tenants)
    return [host(name, "sharepoint") for name in places if name in selection.datacenters]

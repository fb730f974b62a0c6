#!/usr/bin/env python3
"""Exchange Online: connecting to the nearest datacenter, which connects to the one that has the mailbox.

    1. The client asks its local DNS server for outlook.office365.com.
    2. That server asks Microsoft's DNS servers.
    3. They answer with a regional server name, chosen by where the asking DNS server is.
    4. Asked for the regional name, they give the addresses of the regional datacenter.
    5. The client connects there; the front end there has a connection of its own, over Microsoft's network,
       to the mailbox server in the tenant's active datacenter.

Source: Microsoft, "Client connectivity" (Office 365).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from ipaddress import ip_address, ip_network

from experiments import exchange_figures
from experiments.common import at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.experiment import Experiment, Options
from experiments.landing import Landing
from experiments.lookup import lookup_claims
from experiments.order import Case, Order
from experiments.outlook import sign_in, start_of_outlook
from experiments.people import far_resolver, home_of, nearest, traveller
from experiments.reading import Reading
from experiments.second_connection import SecondConnection, internet_captures, internet_points
from measurement import check
from measurement.capture import CapturePoint
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding, together
from topologies import names
from topologies.hosts import border, host
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.steering import Answers
from topologies.world import Client, Datacenter, Resolver, World

CLOUD = "worldwide"
HOST = names.service("exchange", CLOUD).hosts[0]
MAIN, PUBLIC, SUBNET, ANYCAST = "nearest", "far-resolver", "client-subnet", "anycast"
DIRECT, FAR, COLD = "direct", "far-front-end", "cold"
BY_PLACE = Answers()


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: a start of Outlook, the same in three other ways, and three ways to be steered.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    client = traveller(world, CLOUD)
    home, far = home_of(world, client), far_resolver(world, client, CLOUD)
    own = world.resolver(client.resolver)
    here = nearest(world, own, CLOUD)
    selection = select(
        world,
        clients=(client.name,),
        resolvers=(far.name,),
        clouds=(CLOUD,),
        services=("exchange",),
        anycast=True,
    )
    echo = backbone_echo(host(here.name, "exchange"), host(home.name, "mailbox"))
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=_cases(world, selection, client, far),
        probes=(echo,),
        captures=_captures(world, selection, here, home, nearest(world, far, CLOUD)),
    )


def _cases(world: World, selection: Selection, client: Client, far: Resolver) -> tuple[Case, ...]:
    own, home = world.resolver(client.resolver), home_of(world, client)
    there = nearest(world, far, CLOUD)
    user = names.user(client.name, world.tenant(client.tenant))
    outlook, short = start_of_outlook(HOST, user), (sign_in(HOST, user),)

    def case(name: str, text: str, resolver: Resolver, answers: Answers, *, warm: bool = True) -> Case:
        whole = name in (MAIN, DIRECT, FAR, COLD)
        return Case(
            name=name,
            text=text,
            client=client.name,
            resolver=resolver.name,
            requests=outlook if whole else short,
            answers=answers,
            warm=warm,
        )

    to_home = Answers(how="same for all", datacenter=home.name)
    to_far = Answers(how="same for all", datacenter=there.name)
    anycast = Answers(how="anycast")
    found = [
        case(MAIN, f"{client.name} starts Outlook", own, BY_PLACE),
        case(PUBLIC, f"{client.name} asks {far.name}", far, BY_PLACE),
        case(SUBNET, f"{far.name} says for whom it asks", far, Answers(client_subnet=True)),
        case(DIRECT, f"straight to {home.name}, over the Internet", own, to_home),
        case(FAR, f"a front end in {there.place.name}", own, to_far),
        case(COLD, "no connection over the backbone is kept", own, BY_PLACE, warm=False),
    ]
    if any(world.nameserver(name).anycast for name in selection.nameservers):
        found.append(case(ANYCAST, "each datacenter's DNS server tells its own name", own, anycast))
    return tuple(found)


def _captures(
    world: World, selection: Selection, here: Datacenter, home: Datacenter, there: Datacenter
) -> tuple[CapturePoint, ...]:
    plan = plan_network(world, selection)
    servers = [name for name in selection.nameservers if world.nameserver(name).anycast is None]
    anycast = [world.nameserver(name) for name in selection.nameservers if world.nameserver(name).anycast]
    return (
        *(at(name) for name in (*selection.clients, *selection.resolvers, *servers)),
        *(at(f"{each.name}-{here.name}") for each in anycast),
        *(at(host(name, "exchange")) for name in selection.datacenters),
        *(at(border(name), "wan") for name in selection.datacenters),
        at(host(here.name, "directory")),
        at(host(home.name, "mailbox")),
        *(point for site in (here, home, there) for point in internet_captures(plan, site)),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the article's five steps."""
    world = reading.world
    case = reading.case(MAIN)
    own = world.resolver(case.resolver)
    here = nearest(world, own, CLOUD)
    home = home_of(world, world.client(case.client))
    landing = Landing(reading, MAIN, here, "exchange")
    second = SecondConnection(reading, MAIN, here, home)
    return [
        *lookup_claims(landing),
        Claim(
            "the client connects to the regional datacenter, and that one to the mailbox's datacenter",
            f"TCP and TLS end at {landing.server} ({here.place.name}); a second connection, open before,"
            f" leads over the backbone to {second.back} ({home.place.name}); the client sends nothing there",
            lambda: _two_connections(reading, landing, second),
        ),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: other ways to be steered, other ways to connect, and the measuring itself."""
    world = reading.world
    case, far = reading.case(MAIN), world.resolver(reading.case(PUBLIC).resolver)
    here, there = nearest(world, world.resolver(case.resolver), CLOUD), nearest(world, far, CLOUD)
    home = home_of(world, world.client(case.client))
    subnet, cold = (Landing(reading, name, here, "exchange") for name in (SUBNET, COLD))
    direct, far_away = (
        Landing(reading, DIRECT, home, "exchange"),
        Landing(reading, FAR, there, "exchange"),
    )
    found = [
        Claim(
            f"the same client with a resolver in {far.place.name}",
            f"lands in {there.name} ({there.place.name}): the answer depends on the DNS server's place",
            Landing(reading, PUBLIC, there, "exchange").landed,
        ),
        Claim(
            "that resolver says for whom it asks (EDNS Client Subnet)",
            f"lands in {here.name} ({here.place.name}) again: the answer depends on the client's network",
            lambda: _lands_by_subnet(subnet),
        ),
        Claim(
            "the client goes straight to the mailbox's datacenter, over the Internet",
            f"lands in {home.name} ({home.place.name}); nothing crosses the backbone",
            lambda: _straight_home(direct),
        ),
        Claim(
            "a front end on another continent",
            f"lands in {there.name} ({there.place.name}), which passes requests on to {home.name}",
            lambda: _passes_on(far_away, home),
        ),
        Claim(
            "the front end keeps no connection over the backbone",
            f"lands in {here.name}; each request opens a connection to {home.name} of its own",
            lambda: _opens_each(cold, home),
        ),
        Claim(
            "every phase and every start takes what the round trips allow",
            f"measured and expected times differ by {exchange_figures.TOLERANCE:.0%} at most",
            lambda: exchange_figures.agree(reading),
        ),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]
    if any(each.name == ANYCAST for each in reading.order.cases):
        anycast = Claim(
            "each datacenter's DNS server tells its own name, and the nearest is asked (anycast)",
            f"lands in {here.name} ({here.place.name}): steered by where the DNS server's question arrives",
            Landing(reading, ANYCAST, here, "exchange").landed,
        )
        found.insert(2, anycast)
    return found


EXPERIMENT: Experiment = Experiment(
    name="exchange_online",
    title="Exchange Online: the nearest datacenter, and from there the mailbox's",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=exchange_figures.figures,
)


def _two_connections(reading: Reading, landing: Landing, second: SecondConnection) -> Finding:
    connects, proven, before = landing.client_connects_there(), second.is_proven(), second.was_open_before()
    for name, _ in internet_points(reading.plan, second.home):
        check.never_seen(landing.evidence, name, address=landing.asking.src)
    text = f"{connects.observed}; {proven.observed}, {before.observed}; {landing.client} sent nothing there"
    return Finding(text, (*connects.rows, *proven.rows))


def _passes_on(landing: Landing, home: Datacenter) -> Finding:
    return together(landing.landed(), _second(landing, home).is_proven())


def _second(landing: Landing, home: Datacenter) -> SecondConnection:
    return SecondConnection(landing.reading, landing.case, landing.expected, home)


def _straight_home(landing: Landing) -> Finding:
    landed = landing.landed()
    for name in landing.reading.order.selection.datacenters:
        check.silent(landing.evidence, border(name))
    return Finding(f"{landed.observed}; nothing crossed the backbone", landed.rows)


def _opens_each(landing: Landing, home: Datacenter) -> Finding:
    passed, opened = _passes_on(landing, home), _second(landing, home).opened()
    requests = len(landing.reading.journey(landing.case).fetches)
    if len(opened) != requests:
        raise Refuted(f"{len(opened)} connections were opened for {requests} requests", *opened)
    return Finding(f"{passed.observed}; {len(opened)} connections were opened", (*passed.rows, *opened))


def _lands_by_subnet(landing: Landing) -> Finding:
    landed = landing.landed()
    told = check.told_subnet(landing.evidence, landing.resolver, name=landing.steered)
    if ip_address(landing.asking.src) not in ip_network(told.client_subnet or "", strict=False):
        raise Refuted(f"{landing.resolver} asked for {told.client_subnet}", told)
    return Finding(
        f"{landing.resolver} asked for {told.client_subnet}; {landed.observed}", (told, *landed.rows)
    )

#!/usr/bin/env python3
"""The edge: front doors beyond the datacenters, how clients find one, and what a farther one costs.

    1. DNS: the authorities name the front door nearest to the network that asks (unicast).
    2. Anycast DNS (ACDC): the question reaches one of many DNS servers, and each names its own site.
    3. Anycast: one address is announced from every site, and BGP decides where packets end.
    4. BGP does not know distances: a provider that does not peer next door hands off far away.
    5. SharePoint: a redirect to the tenant's datacenter, or an edge that asks there over an open connection.
    6. A static file from a content node: fetched from the library once, and then kept.

Sources: Microsoft, "Client connectivity" and "Content delivery networks"; Calder et al., "Analyzing the
Performance of an Anycast CDN" (IMC 2015); Chen et al., "End-User Mapping" (SIGCOMM 2015).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from experiments import edge_claims, edge_files, edge_peering, edge_tables
from experiments.common import at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.edge_fronts import CONTENT_NETWORK
from experiments.edge_landing import landings
from experiments.edge_people import asking, reader
from experiments.edge_sites import CLOUD, doors_of
from experiments.edge_surveys import (
    ACDC_OWN,
    ACDC_PUBLIC,
    ACDC_PUBLIC_TOLD,
    ANSWERS,
    ANYCAST,
    ANYCAST_MENDED,
    DNS_DISTANT,
    DNS_DISTANT_TOLD,
    DNS_LOCAL,
    DNS_LOCAL_TOLD,
    DNS_OWN,
    DNS_PUBLIC,
    DNS_PUBLIC_TOLD,
    MENDED,
    PARTS,
    lookups,
    surveys,
)
from experiments.experiment import Experiment, Options
from experiments.order import Case, Order
from experiments.reading import Reading
from measurement.capture import CapturePoint
from measurement.journey import Request
from measurement.judge import Claim
from topologies.hosts import border, host
from topologies.meetings import meetings
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.steering import Answers
from topologies.world import Client, World

BUFFER_KIB = 512  # a window of the file is a hundred packets, and else there are only a few at a time


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: one file by four ways, and surveys of all clients.

    Raises WorldError if the world has no edges, or nobody for whom they make a difference.
    """
    clients = asking(world)
    asked = lookups(world, clients)
    selection = select(
        world,
        clients=tuple(each.name for each in clients),
        resolvers=tuple(dict.fromkeys(resolver for _, resolver in asked)),
        clouds=(CLOUD,),
        services=("portal", "exchange", "sharepoint"),
        anycast=True,
        edges=True,
    )
    meets = meetings(world, selection, CLOUD, asked)
    selection = selection.model_copy(update={"meets": meets})
    plan = plan_network(world, selection, seed)
    cure = edge_peering.cure(world, selection)
    mended = edge_peering.mended(world, selection, plan, cure)
    first, second = selection.datacenters[:2]
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=_cases(world, reader(world, selection, plan)),
        surveys=surveys(world, selection, plan, clients, cure),
        probes=(backbone_echo(host(first, "portal"), host(second, "portal")),),
        accounts=tuple((CONTENT_NETWORK, name) for name in dict.fromkeys(each.tenant for each in clients)),
        files={edge_files.FILE: edge_files.FILE_BYTES},
        captures=(*_captures(world, selection, plan), *edge_peering.points(plan, mended)),
    )


def _cases(world: World, subject: Client) -> tuple[Case, ...]:
    library, content = edge_files.from_library(world, subject), edge_files.from_content(world, subject)

    def case(name: str, text: str, request: Request, answers: Answers) -> Case:
        return Case(
            name=name,
            text=text,
            client=subject.name,
            resolver=subject.resolver,
            requests=(request,),
            answers=answers,
        )

    return (
        case(edge_files.LIBRARY, "a file of the library, from the tenant's datacenter", library, Answers()),
        case(edge_files.SITE_EDGE, "the same, over SharePoint's edge", library, ANSWERS),
        case(edge_files.MISS, "the same from a content node that has not got it", content, ANSWERS),
        case(edge_files.HIT, "the same from a content node that has got it", content, ANSWERS),
    )


def _captures(world: World, selection: Selection, plan: Plan) -> tuple[CapturePoint, ...]:
    alone = (*selection.clients, *_authorities(world, selection), *doors_of(world, plan))
    return (
        *(at(name, buffer_kib=BUFFER_KIB) for name in alone),
        *(at(border(name), "wan", buffer_kib=BUFFER_KIB) for name in selection.datacenters[:2]),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the steps: three ways to a front door, what BGP does not know, and two ways to be near."""
    own, acdc, anycast, mended = (
        landings(reading, part) for part in (DNS_OWN, ACDC_OWN, ANYCAST, ANYCAST_MENDED)
    )
    return [
        edge_claims.by_rule(
            own,
            "DNS: each client is told the front door nearest to its resolver",
            "each lands where the world's round trips from its resolver are shortest",
        ),
        edge_claims.by_rule(
            acdc,
            "anycast DNS: each client is told the front door of the site that its resolver reached",
            "each lands where BGP leads its resolver",
        ),
        edge_claims.by_rule(
            anycast,
            "anycast: all clients are told one address, and BGP decides where they end",
            "each lands where BGP leads it",
        ),
        *edge_peering.claims(reading, anycast, mended, _mended(reading)),
        *edge_files.claims(reading),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: what cures regret and what does not, arithmetic, and the measuring itself."""
    by = {part: landings(reading, part) for part in PARTS}
    without = "without client subnet it does harm"
    servers = _authorities(reading.world, reading.order.selection)
    return [
        edge_claims.gone(by[DNS_LOCAL], "DNS, with a resolver next door for everybody"),
        edge_claims.unmoved(
            by[DNS_LOCAL], by[DNS_LOCAL_TOLD], "there client subnet has nothing to cure, and changes nothing"
        ),
        edge_claims.harmed(by[DNS_DISTANT], f"DNS, with the headquarters' resolver: {without}"),
        edge_claims.gone(by[DNS_DISTANT_TOLD], "DNS, with the headquarters' resolver, and client subnet"),
        edge_claims.harmed(by[DNS_PUBLIC], f"DNS, with the public resolver: {without}"),
        edge_claims.gone(by[DNS_PUBLIC_TOLD], "DNS, with the public resolver, and client subnet"),
        edge_claims.told_for_whom(reading, by[DNS_PUBLIC_TOLD], servers),
        edge_claims.unmoved(
            by[ACDC_PUBLIC],
            by[ACDC_PUBLIC_TOLD],
            "anycast DNS knows nothing but where a question arrives: client subnet changes nothing",
        ),
        edge_claims.in_time(reading, list(by.values())),
        edge_files.in_time(reading),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]


def _mended(reading: Reading) -> list[edge_peering.Mended]:
    cured = reading.order.survey(MENDED).peering
    return edge_peering.mended(reading.world, reading.order.selection, reading.plan, cured)


def _authorities(world: World, selection: Selection) -> list[str]:
    """Return the name servers inside datacenters: Microsoft's own, but for the anycast ones."""
    return [name for name in selection.nameservers if world.nameserver(name).datacenter is not None]


EXPERIMENT: Experiment = Experiment(
    name="edge",
    title="The edge: front doors near clients, and how one is found",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=edge_tables.figures,
    tables=edge_tables.tables,
    pictures=edge_tables.pictures,
    world="edges",
)

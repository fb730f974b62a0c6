"""An experiment of one's own in few words: clients who visit services, and all that is captured of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from experiments.common import at
from experiments.experiment import Experiment, Options
from experiments.four_services import request_of
from experiments.order import Case, Order
from experiments.own import A_NAME, NAME
from experiments.passage import in_tunnels
from experiments.reading import Reading
from experiments.vpn_use import SERVICES
from experiments.way import Way
from measurement.capture import CapturePoint
from measurement.judge import Claim
from topologies import names
from topologies.errors import WorldError
from topologies.hosts import border, gateway
from topologies.names import Service
from topologies.nearest import hint
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.steering import Answers
from topologies.world import World

Cases = Callable[[World], Sequence[Case]]
Claims = Callable[[Reading], list[Claim]]
STUN = "stun"


def visit(
    world: World,
    name: str,
    client: str,
    *services: str,
    resolver: str = "",
    way: Way = Way(),  # noqa: B008  (it never changes)
    answers: Answers = Answers(),  # noqa: B008
) -> Case:
    """Return a case in which a client uses services once each: "portal", "exchange", "sharepoint", "media".

    It asks ``resolver``, or its own. Raises WorldError for whoever or whatever is unknown.
    """
    if not services:
        raise WorldError(
            f'visit "{name}": {client} uses nothing; right would be some of {", ".join(SERVICES)}'
        )
    who = world.client(client)
    asked = world.resolver(resolver or who.resolver)
    text = f"{client} asks {asked.name}"
    if way.office:
        text += f", with a tunnel to {world.office(way.office).name}"
    return Case(
        name=name,
        text=text,
        client=client,
        resolver=asked.name,
        requests=tuple(request_of(world, who, each) for each in services),
        way=way,
        answers=answers,
    )


def written(name: str, title: str, cases: Cases, steps: Claims, controls: Claims) -> Experiment:
    """Return an experiment that consists of cases: everything that they need is built, and captured."""

    def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
        made = tuple(cases(world))
        selection = selected(world, made)
        return Order(
            experiment=name,
            world=world.name,
            seed=seed,
            tolerance_us=tolerance_us,
            selection=selection,
            cases=made,
            captures=everywhere(world, selection),
        )

    return Experiment(name=name, title=title, plan_order=plan_order, steps=steps, controls=controls)


def selected(world: World, cases: Sequence[Case]) -> Selection:
    """Return what cases need of a world; WorldError for none, or for names that folders cannot have."""
    called = [case.name for case in cases]
    if not cases or len(set(called)) < len(called) or not all(map(NAME.fullmatch, called)):
        told = ", ".join(f'"{name}"' for name in called)
        raise WorldError(
            f"cases: {told or 'none'}; right would be one or more, each with a name of its own, of {A_NAME}"
        )
    tenants = [world.tenant(world.client(case.client).tenant) for case in cases]
    urls = [urlsplit(request.url) for case in cases for request in case.requests]
    hosts = [url.hostname for url in urls if url.hostname is not None]
    return select(
        world,
        clients=tuple(case.client for case in cases),
        resolvers=tuple(case.resolver for case in cases),
        clouds=tuple(dict.fromkeys(tenant.cloud for tenant in tenants)),
        services=tuple(dict.fromkeys(_service_at(world, host) for host in hosts)),
        vpn=tuple((case.client, case.way.office) for case in cases if case.way.office),
        relays=any(url.scheme == STUN for url in urls),
    )


def everywhere(world: World, selection: Selection) -> tuple[CapturePoint, ...]:
    """Return capture points at every host, in every tunnel, at offices' lines and on the backbone."""
    plan = plan_network(world, selection)
    return (
        *(at(node.name) for node in plan.of_kind("host")),
        *in_tunnels(plan.tunnels),
        *(at(gateway(name), "line") for name in selection.offices),
        *(at(border(name), "wan") for name in selection.datacenters),
    )


def _service_at(world: World, host: str) -> Service:
    """Return the service that is reached at a host name; raise WorldError if none is."""
    known = {
        each.format(tenant=tenant.name): service.name
        for service in names.services()
        for tenant in world.tenants
        for each in service.hosts
        if tenant.cloud == service.cloud
    }
    if host not in known:
        raise WorldError(f'no service is reached at "{host}"; {hint(host, known)}')
    return known[host]

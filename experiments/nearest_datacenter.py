#!/usr/bin/env python3
"""Connecting to the nearest datacenter, as the portal does: the article's first way of connecting.

    1. The client asks its local DNS server for portal.office.com.
    2. That server asks Microsoft's DNS servers.
    3. They answer with a regional server name, chosen by where the asking DNS server is.
    4. Asked for the regional name, they give the address of the regional datacenter.
    5. The client connects there, and the connection ends there.

Source: Microsoft, "Client connectivity" (Office 365). The tenant's data may be on another continent.
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from experiments.experiment import Experiment
from experiments.landing import Landing
from experiments.order import Answers, Canary, Case, Order
from experiments.reading import Reading
from measurement import check
from measurement.capture import CapturePoint
from measurement.evidence import Refuted, frames
from measurement.judge import Claim, Finding
from measurement.rtt import error_us, used_paths
from services.zones import PORTAL, STEERED_ZONE
from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.planning import border, front_end
from topologies.selection import select
from topologies.steering import nearest_datacenter
from topologies.world import Client, Datacenter, Resolver, World

URL = f"https://{PORTAL}/"
CLOUD = "worldwide"
MAIN, FAR, SAME, HOME, CANARY = "nearest", "far-resolver", "same-answer", "at-home", "backbone-echo"


def plan_order(world: World, seed: int, tolerance_us: float) -> Order:
    """Return what is run: the traveller's request, three controls, and an echo over the backbone.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    client = _traveller(world)
    home = world.datacenter(world.tenant(client.tenant).datacenter)
    own, far, colleague = (
        world.resolver(client.resolver),
        _far_resolver(world, client),
        _colleague(world, home),
    )
    here = _nearest(world, own)
    selection = select(world, clients=(client.name, colleague.name), resolvers=(far.name,), cloud=CLOUD)
    if not any(STEERED_ZONE in world.nameserver(name).zones for name in selection.nameservers):
        raise WorldError(
            f'no name server with the zone "{STEERED_ZONE}" is outside other clouds than "{CLOUD}";'
            " right would be one in a datacenter of that cloud, or at a place of its own"
        )
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        cloud=CLOUD,
        default_datacenter=home.name,
        selection=selection,
        cases=(
            _case(MAIN, f"{client.name} asks {own.name}", client, own),
            _case(FAR, f"{client.name} asks {far.name}", client, far),
            _case(HOME, f"{colleague.name} at home", colleague, world.resolver(colleague.resolver)),
            _case(SAME, "the same answer for everybody", client, own, answers="same for all"),
        ),
        canaries=(Canary(name=CANARY, source=front_end(here.name), target=front_end(home.name)),),
        captures=(
            *(
                _at(name, "eth0")
                for name in (*selection.clients, *selection.resolvers, *selection.nameservers)
            ),
            *(_at(front_end(name), "eth0") for name in selection.datacenters),
            *(_at(border(name), "wan") for name in selection.datacenters),
        ),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the article's five steps."""
    world = reading.world
    case = reading.case(MAIN)
    own = world.resolver(case.resolver)
    here = _nearest(world, own)
    home = world.datacenter(world.tenant(world.client(case.client).tenant).datacenter)
    landing = Landing(reading, MAIN, here)
    return [
        Claim(
            f"{case.client} asks its local DNS server for {PORTAL}",
            f"a question from {case.client} to {own.name} in {own.place.name}, and to nobody else",
            landing.client_asks_its_resolver,
        ),
        Claim(
            "the local DNS server asks Microsoft's DNS servers",
            f"a question from {own.name} to one of Microsoft's servers",
            landing.resolver_asks_microsoft,
        ),
        Claim(
            "Microsoft answers with a regional server name, by the DNS server's place",
            f"{PORTAL} is an alias of {landing.regional}, nearest to {own.place.name}",
            landing.microsoft_names_the_region,
        ),
        Claim(
            "asked for the regional name, Microsoft gives the regional datacenter's address",
            f"{landing.regional} is {landing.server_ip}, and the client is told so",
            landing.resolver_learns_the_address,
        ),
        Claim(
            "the client connects to the regional datacenter, and the connection ends there",
            f"TCP and TLS end at {landing.server} ({here.place.name}); nothing goes on to {home.name}",
            lambda: _ends_there(landing, home),
        ),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: the effect moves with the resolver, is gone without steering, and captures see."""
    world, order = reading.world, reading.order
    far = world.resolver(reading.case(FAR).resolver)
    colleague = world.client(reading.case(HOME).client)
    there, at_home = _nearest(world, far), _nearest(world, world.resolver(colleague.resolver))
    default = world.datacenter(order.default_datacenter)
    canary = order.canaries[0]
    return [
        Claim(
            f"the same client with a resolver in {far.place.name}",
            f"lands in {there.name} ({there.place.name}): the answer depends on the DNS server's place",
            Landing(reading, FAR, there).landed,
        ),
        Claim(
            "geographic answers turned off",
            f"lands in {default.name}, wherever its resolver is: the effect is gone",
            Landing(reading, SAME, default).landed,
        ),
        Claim(
            f"{colleague.name}, at home",
            f"lands in {at_home.name} ({at_home.place.name})",
            Landing(reading, HOME, at_home).landed,
        ),
        Claim(
            "captures on the backbone see what crosses it",
            f"an echo from {canary.source} to {canary.target} is in the captures at both borders",
            lambda: _backbone_is_seen(reading, canary),
        ),
        Claim(
            "every path takes the time that the world gives it",
            f"measured and configured round trips differ by {order.tolerance_us:g} us at most",
            lambda: _paths_are_true(reading),
        ),
    ]


EXPERIMENT: Experiment = Experiment(
    name="nearest_datacenter",
    title="The portal: connecting to the nearest datacenter",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
)


def _ends_there(landing: Landing, home: Datacenter) -> Finding:
    connects, ends = landing.client_connects_there(), landing.nothing_goes_on(home)
    return Finding(f"{connects.observed}; {ends.observed}", (*connects.rows, *ends.rows))


def _backbone_is_seen(reading: Reading, canary: Canary) -> Finding:
    evidence = reading.evidence(canary.name)
    ends = {"src": reading.address(canary.source), "dst": reading.address(canary.target)}
    points = [reading.plan.node(node).site for node in (canary.source, canary.target)]
    seen = [check.echoed(evidence, point, **ends) for point in points]
    sent = check.echoed(evidence, canary.source, **ends)
    return Finding(
        f"seen at {' and '.join(points)}; round trip {(sent.rtt_us or 0) / 1000:.3f} ms", (sent, *seen)
    )


def _paths_are_true(reading: Reading) -> Finding:
    cases = [reading.evidence(name) for name in [*(c.name for c in reading.order.cases), CANARY]]
    for evidence in cases:
        for point in reading.order.captures:
            evidence.require(point.name)
    paths = used_paths(cases, reading.plan)
    if not paths:
        raise Refuted("no round trip was seen")
    worst = max(paths, key=error_us)
    text = f"{len(paths)} paths; farthest off: {worst.source} to {worst.to}, by {error_us(worst):.3f} us"
    rows = tuple(row for each in cases for row in each.rows if set(frames(row)) & set(worst.frames))
    if error_us(worst) > reading.order.tolerance_us:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _traveller(world: World) -> Client:
    """Return the first client that is away: its nearest datacenter is not its tenant's."""
    ours = [client for client in world.clients if world.tenant(client.tenant).cloud == CLOUD]
    for client in ours:
        if _nearest(world, world.resolver(client.resolver)).name != world.tenant(client.tenant).datacenter:
            return client
    raise WorldError(
        f'no client is away from its tenant\'s datacenter in cloud "{CLOUD}"; right would be one that is'
    )


def _colleague(world: World, home: Datacenter) -> Client:
    for client in world.clients:
        own = world.tenant(client.tenant)
        if own.cloud == CLOUD and _nearest(world, world.resolver(client.resolver)).name == home.name:
            return client
    raise WorldError(
        f'no client is near "{home.name}"; right would be one whose resolver is, to compare with'
    )


def _far_resolver(world: World, client: Client) -> Resolver:
    """Return the resolver farthest from the client, of those that land it neither here nor at home."""
    here = _nearest(world, world.resolver(client.resolver)).name
    home = world.tenant(client.tenant).datacenter
    others = [each for each in world.resolvers if _nearest(world, each).name not in (here, home)]
    if not others:
        raise WorldError(
            f'no resolver is near another datacenter than "{here}" and "{home}"; right would be one that is'
        )
    return max(others, key=lambda each: great_circle_km(client.place, each.place))


def _nearest(world: World, resolver: Resolver) -> Datacenter:
    return nearest_datacenter(world, resolver.place, CLOUD)


def _case(name: str, text: str, client: Client, resolver: Resolver, answers: Answers = "by place") -> Case:
    return Case(name=name, text=text, client=client.name, resolver=resolver.name, url=URL, answers=answers)


def _at(node: str, interface: str) -> CapturePoint:
    return CapturePoint(name=node, node=node, interface=interface)

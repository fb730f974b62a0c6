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

from experiments.common import at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.experiment import Experiment, Options
from experiments.landing import Landing
from experiments.lookup import lookup_claims
from experiments.order import Case, Order
from experiments.people import colleague, far_resolver, home_of, nearest, traveller
from experiments.reading import Reading
from measurement.journey import Request
from measurement.judge import Claim
from topologies.hosts import border, front_end
from topologies.names import service
from topologies.selection import select
from topologies.steering import Answers
from topologies.world import Client, Resolver, World

CLOUD = "worldwide"
(PORTAL,) = service("portal", CLOUD).hosts
BY_PLACE = Answers()
MAIN, FAR, SAME, HOME = "nearest", "far-resolver", "same-answer", "at-home"


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: the traveller's request, three controls, and an echo over the backbone.

    Raises WorldError if the world has nobody who could show the effect, or nothing to compare with.
    """
    client = traveller(world, CLOUD)
    home = home_of(world, client)
    own, far, at_home = (
        world.resolver(client.resolver),
        far_resolver(world, client, CLOUD),
        colleague(world, home),
    )
    here = nearest(world, own, CLOUD)
    selection = select(
        world,
        clients=(client.name, at_home.name),
        resolvers=(far.name,),
        clouds=(CLOUD,),
        services=("portal",),
    )
    same = Answers(how="same for all", datacenter=home.name)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        cases=(
            _case(MAIN, f"{client.name} asks {own.name}", client, own),
            _case(FAR, f"{client.name} asks {far.name}", client, far),
            _case(HOME, f"{at_home.name} at home", at_home, world.resolver(at_home.resolver)),
            _case(SAME, "the same answer for everybody", client, own, answers=same),
        ),
        probes=(backbone_echo(front_end(here.name), front_end(home.name)),),
        captures=(
            *(at(name) for name in (*selection.clients, *selection.resolvers, *selection.nameservers)),
            *(at(front_end(name)) for name in selection.datacenters),
            *(at(border(name), "wan") for name in selection.datacenters),
        ),
    )


def steps(reading: Reading) -> list[Claim]:
    """Return the article's five steps."""
    world = reading.world
    case = reading.case(MAIN)
    own = world.resolver(case.resolver)
    here = nearest(world, own, CLOUD)
    home = home_of(world, world.client(case.client))
    landing = Landing(reading, MAIN, here)
    return [
        *lookup_claims(landing),
        Claim(
            "the client connects to the regional datacenter, and the connection ends there",
            f"TCP and TLS end at {landing.server} ({here.place.name}); nothing goes on to {home.name}",
            lambda: landing.ends_there(home),
        ),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: the effect moves with the resolver, is gone without steering, and captures see."""
    world = reading.world
    far = world.resolver(reading.case(FAR).resolver)
    other = world.client(reading.case(HOME).client)
    there = nearest(world, far, CLOUD)
    at_home = nearest(world, world.resolver(other.resolver), CLOUD)
    default = world.datacenter(reading.case(SAME).answers.datacenter or "")
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
            f"{other.name}, at home",
            f"lands in {at_home.name} ({at_home.place.name})",
            Landing(reading, HOME, at_home).landed,
        ),
        backbone_is_seen(reading),
        paths_are_true(reading),
    ]


EXPERIMENT: Experiment = Experiment(
    name="nearest_datacenter",
    title="The portal: connecting to the nearest datacenter",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
)


def _case(name: str, text: str, client: Client, resolver: Resolver, answers: Answers = BY_PLACE) -> Case:
    request = Request(url=f"https://{PORTAL}/")
    return Case(
        name=name,
        text=text,
        client=client.name,
        resolver=resolver.name,
        requests=(request,),
        answers=answers,
    )

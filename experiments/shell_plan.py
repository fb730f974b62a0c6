"""Planning a shell: which part of a world is up, and what a machine needs for it."""

from __future__ import annotations

from experiments.order import Order
from experiments.pipeline import Planned
from experiments.shell import NAME, Shell
from topologies.names import Service
from topologies.planning import plan_network
from topologies.selection import select, services_of
from topologies.world import World


def plan_shell(
    world: World,
    seed: int,
    tolerance_us: float,
    clients: tuple[str, ...] = (),
    services: tuple[Service, ...] = (),
) -> Planned:
    """Plan a shell over a world, for some clients or for all; raises WorldError for one that is not there.

    All clouds serve that the clients have tenants in: those ``services``, or each that all their
    datacenters have.
    """
    chosen = tuple(world.client(name).name for name in clients) or tuple(each.name for each in world.clients)
    clouds = tuple(dict.fromkeys(world.tenant(world.client(name).tenant).cloud for name in chosen))
    there = [each for cloud in clouds for each in world.datacenters_of(cloud)]
    selection = select(
        world,
        clients=chosen,
        clouds=clouds,
        services=tuple(dict.fromkeys(services)) or services_of(there),
        edges=any(edge.cloud in clouds for edge in world.edges),
    )
    order = Order(
        experiment=NAME,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        shell=Shell(),
        captures=(),
    )
    return Planned(world, order, plan_network(world, selection, seed))

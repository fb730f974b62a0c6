"""What of a world a run uses: only that is built and started."""

from __future__ import annotations

from topologies.base import Frozen
from topologies.world import World


class Selection(Frozen):
    """Names of the parts that are built."""

    clients: tuple[str, ...]
    resolvers: tuple[str, ...]
    nameservers: tuple[str, ...]
    datacenters: tuple[str, ...]


def select(world: World, *, clients: tuple[str, ...], resolvers: tuple[str, ...], cloud: str) -> Selection:
    """Return what some clients of one cloud need: resolvers, authoritative servers, datacenters.

    ``resolvers`` are those used beside the clients' own. Raises WorldError for an unknown name.
    """
    own = tuple(world.client(name).resolver for name in clients)
    wanted = tuple(dict.fromkeys(own + tuple(world.resolver(name).name for name in resolvers)))
    sites = {each.name for each in world.datacenters_of(cloud)}
    served = tuple(s.name for s in world.nameservers if s.datacenter is None or s.datacenter in sites)
    return Selection(
        clients=tuple(dict.fromkeys(clients)),
        resolvers=wanted,
        nameservers=served,
        datacenters=tuple(each.name for each in world.datacenters_of(cloud)),
    )


def select_all(world: World) -> Selection:
    """Return everything that the world has, whether anybody uses it or not."""
    return Selection(
        clients=tuple(each.name for each in world.clients),
        resolvers=tuple(each.name for each in world.resolvers),
        nameservers=tuple(each.name for each in world.nameservers),
        datacenters=tuple(each.name for each in world.datacenters),
    )

"""What serves at the edge: one front door at every site, with the sites' origins behind it."""

from __future__ import annotations

from pathlib import Path

from experiments.order import Order
from services.base import Service
from services.edge import EdgeFront, Origin
from topologies import names
from topologies.hosts import host
from topologies.plan import Plan
from topologies.world import World

CONTENT_NETWORK = "cdn"  # its user in each tenant whose library it reads


def edge_fronts(
    world: World, plan: Plan, order: Order, folders: tuple[Path, Path, Path], *, warm: bool
) -> list[Service]:
    """Return the front door of every site of each cloud that has edges; none where no edges are built.

    ``folders`` are those of the nodes' configurations, of the authority's certificates, and of data.
    """
    nodes, pki, work = folders
    found: list[Service] = []
    for cloud in _clouds(world, order):
        origins = origins_of(world, plan, cloud)
        for site in sites_of(world, order, cloud):
            node = plan.node(host(site, "edge"))
            found.append(
                EdgeFront(
                    node.name,
                    nodes / node.name / ("warm" if warm else "cold"),
                    node.addresses,
                    origins=origins,
                    content=names.content_host(cloud),
                    cache=work / f"{node.name}-cache",
                    warm=warm,
                    datacenter=site,
                    names=names.service("portal", cloud).hosts,
                    pki=pki,
                )
            )
    return found


def certified(world: World, order: Order) -> list[str]:
    """Return the host names of the content networks of clouds that have edges."""
    return [names.content_host(cloud) for cloud in _clouds(world, order)]


def _clouds(world: World, order: Order) -> list[str]:
    return list(dict.fromkeys(world.edge(name).cloud for name in order.selection.edges))


def sites_of(world: World, order: Order, cloud: str) -> list[str]:
    """Return the datacenters and edges of a cloud that are built, the datacenters first."""
    built = (*order.selection.datacenters, *order.selection.edges)
    return [name for name in built if world.site(name).cloud == cloud]


def origins_of(world: World, plan: Plan, cloud: str) -> dict[str, Origin]:
    """Return where each site of a cloud's tenants is, by its host name."""
    return {
        names.site_of(tenant): Origin(
            datacenter=tenant.datacenter,
            address=str(plan.node(host(tenant.datacenter, "sharepoint")).address),
            account=names.user(CONTENT_NETWORK, tenant),
        )
        for tenant in world.tenants
        if tenant.cloud == cloud
    }

"""Which region fails, and who notices: somebody next to it, and others whose data is there."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.given_failures import first_failure
from experiments.people import nearest
from topologies.errors import WorldError
from topologies.hosts import border
from topologies.paths import path
from topologies.plan import Plan
from topologies.world import Client, Datacenter, Tenant, World

CLOUD = "worldwide"


@dataclass(frozen=True)
class People:
    """The region that fails, whose data is there, and three who work: each with a failure of their own kind.

    ``neighbour`` has no nearer datacenter, ``remote`` reaches the data through another one's front door, and
    ``downloader`` connects to the region itself.
    """

    region: Datacenter
    tenant: Tenant
    neighbour: Client
    remote: Client
    downloader: Client

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, each once."""
        return tuple(dict.fromkeys((self.neighbour.name, self.remote.name, self.downloader.name)))


def people(world: World, cloud: str) -> People:
    """Return who can show what a failure does; raises WorldError if a world has not got them.

    It is the failure of the datacenter that the world announces, or else of the first tenant's with copies.
    """
    tenant = _tenant(world, cloud)
    region = world.datacenter(tenant.datacenter)
    outside = [each for each in world.clients if each.office is None]
    near = [each for each in outside if nearest(world, world.resolver(each.resolver), cloud) == region]
    far = [each for each in outside if each not in near and each.tenant == tenant.name]
    if not near or not far:
        where = "far from" if near else "near"
        raise WorldError(
            f'no client is {where} "{region.name}", which is to fail; right would be one near it, and one'
            f' of tenant "{tenant.name}" that is not'
        )
    return People(region, tenant, near[0], far[0], far[-1])


def _tenant(world: World, cloud: str) -> Tenant:
    copied = [each for each in world.tenants if each.cloud == cloud and each.copies and each.secondary]
    _, failure = first_failure(world, of_link=False)
    failing = None if failure is None else failure.datacenter
    for tenant in copied:
        if failing in (None, tenant.datacenter):
            return tenant
    if copied:
        active = ", ".join(f'"{each.datacenter}" ({each.name})' for each in copied)
        raise WorldError(
            f'"{failing}" is to fail, and the mailboxes that have copies are active elsewhere; right would be'
            f" one of: {active}"
        )
    raise WorldError(
        "no tenant has copies of its mailboxes and a second datacenter of its sites; right would be"
        ' copies = ["dub", "ams", "par"] and secondary = "ams", as in the world "continents"'
    )


def link_between(plan: Plan, front_door: str, home: str) -> tuple[str, str]:
    """Return a backbone link that leads from one datacenter towards another: its two switches' names.

    Raises WorldError if none does.
    """
    switches = {node.name for node in plan.of_kind("switch")}
    for wire in path(plan, border(front_door), border(home)):
        if {wire.a.node, wire.b.node} <= switches:
            return wire.a.node, wire.b.node
    raise WorldError(f'no backbone link leads from "{front_door}" to "{home}"; right would be one')

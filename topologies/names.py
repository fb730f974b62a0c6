"""The service's names: what clients ask for in each cloud, and the chain from there to an address.

They are data (`data/names.toml`, with their sources). A name there may have places for what depends on a
datacenter or on a tenant; `regional_name` and `of_tenant` fill them for one world.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.nearest import hint

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from topologies.edge_parts import Edge
    from topologies.parts import Datacenter, Tenant
    from topologies.world import World

FILE = Path(__file__).with_name("data") / "names.toml"
Service = Literal["portal", "exchange", "sharepoint"]
# As captured; the first tenant and the first datacenter of a world have these.
FIRST_FARM, FIRST_CLUMP, FIRST_SET = 187_170, 302, 104


class Timed(Frozen):
    """A name, and how long an answer for it may be kept, in seconds."""

    name: str
    ttl_s: int


class Alias(Timed):
    """A step of a chain that is the same for everybody."""

    target: str


class ServiceNames(Frozen):
    """One service in one cloud. `steered` is None where the answer depends on the tenant, not on who asks.

    Where there is an `anycast` edge, the aliases `edge` lead there from the regional name.
    """

    name: Service
    cloud: str
    hosts: tuple[str, ...]
    aliases: tuple[Alias, ...] = ()
    steered: Timed | None = None
    regional: Timed
    edge: tuple[Alias, ...] = ()
    anycast: Timed | None = None


class CloudNames(Frozen):
    """What the users of a cloud's tenants have in common: TENANT and this suffix follow the @.

    `content` is the name of its content delivery network, if it has one.
    """

    name: str
    tenant_suffix: str
    content: Timed | None = None


class _File(Frozen):
    clouds: tuple[CloudNames, ...]
    services: tuple[ServiceNames, ...]


@cache
def _file() -> _File:
    return _File.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def clouds() -> tuple[CloudNames, ...]:
    """Return the clouds that have names."""
    return _file().clouds


def services() -> tuple[ServiceNames, ...]:
    """Return every service of every cloud."""
    return _file().services


def service(name: Service, cloud: str) -> ServiceNames:
    """Return a service's names in a cloud; raise WorldError if the cloud has none."""
    for each in _file().services:
        if (each.name, each.cloud) == (name, cloud):
            return each
    known = {each.cloud for each in _file().services}
    raise WorldError(f'no names are known of "{name}" in a cloud "{cloud}"; {hint(cloud, known)}')


def content(cloud: str) -> Timed:
    """Return the name of a cloud's content delivery network; raise WorldError if it has none."""
    found = {each.name: each.content for each in clouds() if each.content is not None}
    if cloud not in found:
        raise WorldError(f'no content delivery network is known of a cloud "{cloud}"; {hint(cloud, found)}')
    return found[cloud]


def content_host(cloud: str) -> str:
    """Return the host name of a cloud's content delivery network; raise WorldError if it has none."""
    return content(cloud).name


def user(name: str, tenant: Tenant) -> str:
    """Return the user principal name of somebody of a tenant."""
    suffix = next((each.tenant_suffix for each in clouds() if each.name == tenant.cloud), None)
    if suffix is None:
        known = (each.name for each in clouds())
        raise WorldError(f'no names are known of a cloud "{tenant.cloud}"; {hint(tenant.cloud, known)}')
    return f"{name}@{tenant.name}.{suffix}"


def site_of(tenant: Tenant) -> str:
    """Return the host name of a tenant's site."""
    (host,) = service("sharepoint", tenant.cloud).hosts
    return host.format(tenant=tenant.name)


def regional_name(names: ServiceNames, site: Datacenter | Edge) -> str:
    """Return the name with the addresses of a site, in a service that answers by the asker's place."""
    return names.regional.name.format(label=site.label, datacenter=site.name)


def lever(names: ServiceNames) -> int:
    """Return the number of the alias that can lead to a tenant's other farm: the first that leads to one."""
    return next(number for number, alias in enumerate(names.aliases) if "{farm}" in alias.target)


def of_tenant(
    world: World, names: ServiceNames, tenant: Tenant, datacenter: str | None = None
) -> ServiceNames:
    """Return a service's names for one tenant, with nothing left to fill in.

    ``datacenter`` is where its data is asked for, if not where it is active.
    """
    number = [each.name for each in world.tenants].index(tenant.name)
    home = [each.name for each in world.datacenters].index(datacenter or tenant.datacenter)
    values: dict[str, str | int] = {
        "tenant": tenant.name,
        "farm": FIRST_FARM + number,
        # Not the datacenter's alone: the aliases of two tenants whose data is there are to differ.
        "clump": FIRST_CLUMP + home + number * len(world.datacenters),
        "set": f"dprodmgd{FIRST_SET + home}",
    }
    return ServiceNames(
        name=names.name,
        cloud=names.cloud,
        hosts=tuple(host.format(**values) for host in names.hosts),
        aliases=tuple(_filled(alias, values) for alias in names.aliases),
        regional=Timed(name=names.regional.name.format(**values), ttl_s=names.regional.ttl_s),
        edge=tuple(_filled(alias, values) for alias in names.edge),
        anycast=names.anycast,
    )


def _filled(alias: Alias, values: dict[str, str | int]) -> Alias:
    return Alias(name=alias.name.format(**values), ttl_s=alias.ttl_s, target=alias.target.format(**values))

"""What must hold between the parts of a world: one small function a rule, one message a violation.

Each rule raises WorldError at its first violation. The rules run from names to meaning, so that a later rule
can trust what an earlier one established.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from itertools import pairwise
from typing import TYPE_CHECKING

from topologies.base import ROUTER_IDS
from topologies.errors import WorldError
from topologies.references import check_references

if TYPE_CHECKING:
    from topologies.parts import Client, Datacenter, NameServer, Office, Resolver
    from topologies.world import World

# The root and the two top-level domains lead every resolver to Microsoft's own zones.
REQUIRED_ZONES = (".", "com", "net", "office.com", "b-msedge.net")


def check_world(world: "World") -> None:
    """Raise WorldError for the first rule between parts that the world breaks."""
    check_names(world)
    check_prefixes(world)
    check_references(world)
    check_tenants(world)
    check_overrides(world)
    check_zones(world)


def check_names(world: "World") -> None:
    """Names of nodes are unique among all nodes; clouds, tenants, labels and host names among themselves."""
    _refuse_repeated("name", named_nodes(world))
    _refuse_repeated("name", ((f'cloud "{cloud.name}"', cloud.name) for cloud in world.clouds))
    _refuse_repeated("name", ((f'tenant "{tenant.name}"', tenant.name) for tenant in world.tenants))
    _refuse_repeated("label", ((f'datacenter "{each.name}"', each.label) for each in world.datacenters))
    _refuse_repeated("hostname", ((f'nameserver "{each.name}"', each.hostname) for each in world.nameservers))


def check_prefixes(world: "World") -> None:
    """No two networks overlap. A name server inside a datacenter has no network of its own."""
    networks = sorted(_networks(world))
    # Sorted by first address, a network can only overlap a later one if it overlaps its successor.
    for (prefix, owner), (other, other_owner) in pairwise(networks):
        if prefix.overlaps(other):
            raise WorldError(
                f'{other_owner}: prefix: "{other}" overlaps "{prefix}" of {owner};'
                " right would be prefixes that share no address"
            )


def check_tenants(world: "World") -> None:
    """A tenant's data is in a datacenter of the tenant's own cloud."""
    for tenant in world.tenants:
        cloud = world.datacenter(tenant.datacenter).cloud
        if cloud != tenant.cloud:
            own = ", ".join(d.name for d in world.datacenters if d.cloud == tenant.cloud) or "none yet"
            raise WorldError(
                f'tenant "{tenant.name}": datacenter: "{tenant.datacenter}" is in the cloud "{cloud}";'
                f' right would be one in "{tenant.cloud}": {own}'
            )


def check_overrides(world: "World") -> None:
    """A path is overridden once, and leads from one node to another."""
    seen: set[frozenset[str]] = set()
    for number, override in enumerate(world.internet.overrides):
        ends = frozenset(override.between)
        where = f"internet.overrides[{number}].between: "
        if len(ends) == 1:
            raise WorldError(
                f'{where}both ends are "{override.between[0]}"; right would be two different nodes'
            )
        if ends in seen:
            raise WorldError(
                f"{where}{' and '.join(override.between)} are overridden twice; right would be once"
            )
        seen.add(ends)


def check_zones(world: "World") -> None:
    """Every zone on the way to a Microsoft name has an authoritative server."""
    served = {zone for server in world.nameservers for zone in server.zones}
    for zone in REQUIRED_ZONES:
        if zone not in served:
            raise WorldError(
                f'nameservers: none has the zone "{zone}"; right would be "{zone}" among the zones of one'
            )


def named_nodes(world: "World") -> Iterator[tuple[str, str]]:
    """Yield each node as its description and its name."""
    for kind, parts in (
        ("datacenter", world.datacenters),
        ("office", world.offices),
        ("resolver", world.resolvers),
        ("client", world.clients),
        ("nameserver", world.nameservers),
    ):
        for part in parts:
            yield f'{kind} "{part.name}"', part.name


def _networks(world: "World") -> Iterator[tuple[IPv4Network, str]]:
    parts: tuple[Datacenter | Office | Resolver | Client | NameServer, ...] = (
        *world.datacenters,
        *world.offices,
        *world.resolvers,
        *world.clients,
        *world.nameservers,
    )
    for part, (owner, _) in zip(parts, named_nodes(world), strict=True):
        if part.prefix is not None:
            yield part.prefix, owner
    for datacenter in world.datacenters:
        for key, prefix in (("exchange", datacenter.exchange), ("sharepoint", datacenter.sharepoint)):
            if prefix is not None:
                yield prefix, f'datacenter "{datacenter.name}": {key}'
    yield ROUTER_IDS, "the routers that every world has"


def _refuse_repeated(key: str, owned: Iterable[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    for owner, value in owned:
        if value in first:
            other = "another one" if first[value] == owner else first[value]
            raise WorldError(f'{owner}: {key}: "{value}" is taken by {other}; right would be one not in use')
        first[value] = owner

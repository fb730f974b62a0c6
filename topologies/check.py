"""What must hold between the parts of a world: one small function a rule, one message a violation.

Each rule raises WorldError at its first violation. The rules run from names to meaning, so that a later rule
can trust what an earlier one established.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from itertools import pairwise
from typing import TYPE_CHECKING

from topologies.base import ROUTER_IDS
from topologies.check_backbone import check_backbone
from topologies.check_edges import check_edges
from topologies.check_internet import check_internet
from topologies.check_offices import check_offices
from topologies.check_servers import check_servers
from topologies.errors import WorldError
from topologies.references import check_references

if TYPE_CHECKING:
    from topologies.edge_parts import Edge
    from topologies.parts import Client, Datacenter, NameServer, Office, Resolver, Tenant
    from topologies.world import World

FEWEST_COPIES = 3  # the active one, one that can take over, one that lags behind


def check_world(world: "World") -> None:
    """Raise WorldError for the first rule between parts that the world breaks."""
    check_names(world)
    check_prefixes(world)
    check_references(world)
    check_tenants(world)
    check_services(world)
    check_backbone(world)
    check_internet(world)
    check_servers(world)
    check_offices(world)
    check_edges(world)


def check_names(world: "World") -> None:
    """Names of nodes are unique among all nodes; all other names among themselves."""
    _refuse_repeated("name", named_nodes(world))
    _refuse_repeated("name", ((f'cloud "{cloud.name}"', cloud.name) for cloud in world.clouds))
    _refuse_repeated("name", ((f'tenant "{tenant.name}"', tenant.name) for tenant in world.tenants))
    _refuse_repeated("name", ((f'border "{each.name}"', each.name) for each in world.internet.borders))
    _refuse_repeated("name", ((f'isp "{isp.name}"', isp.name) for isp in world.isps))
    _refuse_repeated("label", _labels(world))
    _refuse_repeated("hostname", ((f'nameserver "{each.name}"', each.hostname) for each in world.nameservers))


def check_prefixes(world: "World") -> None:
    """No two networks overlap. A name server inside a datacenter has no network of its own."""
    networks = sorted(_networks(world))
    # Sorted by first address, a network can only overlap a later one if it overlaps its successor.
    for (prefix, owner, _), (other, other_owner, key) in pairwise(networks):
        if prefix.overlaps(other):
            raise WorldError(
                f'{other_owner}: {key}: "{other}" overlaps "{prefix}" of {owner};'
                " right would be prefixes that share no address"
            )


def check_tenants(world: "World") -> None:
    """A tenant's data and its copies are in datacenters of the tenant's own cloud, the active one first."""
    for tenant in world.tenants:
        second = () if tenant.secondary is None else (("secondary", tenant.secondary),)
        copies = (("copies", name) for name in tenant.copies)
        for key, name in (("datacenter", tenant.datacenter), *copies, *second):
            _refuse_another_cloud(world, tenant, key, name)
        _refuse_odd_copies(tenant)
    _refuse_mixed_copies(world)


def _refuse_another_cloud(world: "World", tenant: "Tenant", key: str, name: str) -> None:
    cloud = world.datacenter(name).cloud
    if cloud != tenant.cloud:
        own = ", ".join(d.name for d in world.datacenters if d.cloud == tenant.cloud) or "none yet"
        raise WorldError(
            f'tenant "{tenant.name}": {key}: "{name}" is in the cloud "{cloud}";'
            f' right would be one in "{tenant.cloud}": {own}'
        )


def _refuse_odd_copies(tenant: "Tenant") -> None:
    copies, first = tenant.copies, tenant.datacenter
    if copies and (copies[0] != first or len(set(copies)) != len(copies) or len(copies) < FEWEST_COPIES):
        raise WorldError(
            f'tenant "{tenant.name}": copies: {", ".join(copies)} are not the active one and others;'
            f' right would be "{first}" first, and then two or more other datacenters'
        )
    if tenant.secondary == first:
        raise WorldError(
            f'tenant "{tenant.name}": secondary: "{first}" has its data already; right would be another one'
        )


def _refuse_mixed_copies(world: "World") -> None:
    """A mailbox server keeps the copies of one group: tenants share all places of their copies, or none."""
    groups: dict[str, Tenant] = {}
    for tenant in (each for each in world.tenants if each.copies):
        for name in tenant.copies:
            other = groups.setdefault(name, tenant)
            if other.copies != tenant.copies:
                raise WorldError(
                    f'tenant "{tenant.name}": copies: "{name}" has copies of "{other.name}", whose others are'
                    f" elsewhere; right would be {', '.join(other.copies)}, or none of these"
                )


def check_services(world: "World") -> None:
    """A service is in all datacenters of a cloud, or in none: whoever asks for it may land in any."""
    for key in ("exchange", "sharepoint"):
        for cloud in world.clouds:
            there = [each for each in world.datacenters if each.cloud == cloud.name]
            having = [each.name for each in there if getattr(each, key) is not None]
            lacking = [each.name for each in there if getattr(each, key) is None]
            if having and lacking:
                raise WorldError(
                    f'datacenter "{lacking[0]}": {key}: is missing, and "{having[0]}" has one;'
                    f' right would be one in every datacenter of the cloud "{cloud.name}", or in none'
                )


def named_nodes(world: "World") -> Iterator[tuple[str, str]]:
    """Yield each node as its description and its name."""
    for kind, parts in (
        ("datacenter", world.datacenters),
        ("edge", world.edges),
        ("office", world.offices),
        ("resolver", world.resolvers),
        ("client", world.clients),
        ("nameserver", world.nameservers),
        ("circuit", world.circuits),
    ):
        for part in parts:
            yield f'{kind} "{part.name}"', part.name


def _networks(world: "World") -> Iterator[tuple[IPv4Network, str, str]]:
    parts: tuple[Datacenter | Edge | Office | Resolver | Client | NameServer, ...] = (
        *world.datacenters,
        *world.edges,
        *world.offices,
        *world.resolvers,
        *world.clients,
        *world.nameservers,
    )
    for part, (owner, _) in zip(parts, named_nodes(world), strict=False):
        inside_another = getattr(part, "office", None) is not None
        if part.prefix is not None and not inside_another:
            yield part.prefix, owner, "prefix"
    yield from _networks_of_offices(world)
    for datacenter in world.datacenters:
        for key, prefix in (("exchange", datacenter.exchange), ("sharepoint", datacenter.sharepoint)):
            if prefix is not None:
                yield prefix, f'datacenter "{datacenter.name}"', key
    yield from _networks_of_clouds(world)
    yield ROUTER_IDS, "the routers that every world has", "prefix"


def _networks_of_clouds(world: "World") -> Iterator[tuple[IPv4Network, str, str]]:
    for edge in world.edges:
        if edge.exchange is not None:
            yield edge.exchange, f'edge "{edge.name}"', "exchange"
    for cloud in world.clouds:
        for key, prefix in (("relays", cloud.relays), ("front_doors", cloud.front_doors)):
            if prefix is not None:
                yield prefix, f'cloud "{cloud.name}"', key


def _networks_of_offices(world: "World") -> Iterator[tuple[IPv4Network, str, str]]:
    for office in world.offices:
        if office.tunnel is not None:
            yield office.tunnel, f'office "{office.name}"', "tunnel"
    for circuit in world.circuits:
        announced = (("announce", each) for each in circuit.announce)
        for key, prefix in (("pool", circuit.pool), ("links", circuit.links), *announced):
            yield prefix, f'circuit "{circuit.name}"', key


def _labels(world: "World") -> Iterator[tuple[str, str]]:
    yield from ((f'datacenter "{each.name}"', each.label) for each in world.datacenters)
    yield from ((f'edge "{each.name}"', each.label) for each in world.edges)


def _refuse_repeated(key: str, owned: Iterable[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    for owner, value in owned:
        if value in first:
            other = "another one" if first[value] == owner else first[value]
            raise WorldError(f'{owner}: {key}: "{value}" is taken by {other}; right would be one not in use')
        first[value] = owner

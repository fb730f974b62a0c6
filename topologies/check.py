"""What must hold between the parts of a world: one small function a rule, one fault a violation.

The rules run from names to meaning: later ones trust that names are unique and lead somewhere, and run only
where they do.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from topologies.base import ROUTER_IDS
from topologies.check_backbone import check_backbone
from topologies.check_edges import check_edges
from topologies.check_failures import check_failures
from topologies.check_internet import check_internet
from topologies.check_offices import check_offices
from topologies.check_servers import check_servers
from topologies.faults import Fault, Unsound, called, of_part
from topologies.keypath import Location
from topologies.references import check_references

if TYPE_CHECKING:
    from topologies.edge_parts import Edge
    from topologies.parts import Client, Datacenter, NameServer, Office, Resolver, Tenant
    from topologies.world import World

FEWEST_COPIES = 3  # the active one, one that can take over, one that lags behind
NODES = ("datacenters", "edges", "offices", "resolvers", "clients", "nameservers", "circuits")
Value = tuple[str, int, str, str]  # of a part: its section, its number there, its name, the value
Network = tuple[IPv4Network, str, str, Location]  # whose, under which key, where that stands


def check_world(world: "World") -> None:
    """Raise Unsound, with every fault that can be told, if the world breaks a rule between its parts."""
    found = [*check_names(world), *check_prefixes(world), *check_references(world)]
    if not found:
        found = [*check_tenants(world), *check_services(world), *check_backbone(world)]
        found += [*check_internet(world), *check_servers(world), *check_offices(world), *check_edges(world)]
        found += check_failures(world)
    if found:
        raise Unsound(found)


def check_names(world: "World") -> Iterator[Fault]:
    """Names of nodes are unique among all nodes; all other names among themselves."""
    yield from _repeated("name", (value for section in NODES for value in _values(world, section, "name")))
    for section in ("clouds", "tenants", "internet.borders", "isps"):
        yield from _repeated("name", _values(world, section, "name"))
    labels = (*_values(world, "datacenters", "label"), *_values(world, "edges", "label"))
    yield from _repeated("label", labels)
    yield from _repeated("hostname", _values(world, "nameservers", "hostname"))


def check_prefixes(world: "World") -> Iterator[Fault]:
    """No two networks overlap. A name server inside a datacenter has no network of its own."""
    # Sorted by first address, a network overlaps an earlier one only if it overlaps the one that reaches
    # farthest.
    farthest: Network | None = None
    for network in sorted(_networks(world)):
        prefix, owner, key, location = network
        if farthest is not None and prefix.overlaps(farthest[0]):
            text = f'"{prefix}" overlaps "{farthest[0]}" of {farthest[1]}'
            yield Fault(
                location or farthest[3],
                f"{owner}: {key}: {text}; right would be prefixes that share no address",
                beside=farthest[3],
            )
        if farthest is None or prefix.broadcast_address > farthest[0].broadcast_address:
            farthest = network


def check_tenants(world: "World") -> Iterator[Fault]:
    """A tenant's data and its copies are in datacenters of the tenant's own cloud, the active one first."""
    for tenant in world.tenants:
        second = () if tenant.secondary is None else (("secondary", tenant.secondary),)
        copies = (("copies", name) for name in tenant.copies)
        for key, name in (("datacenter", tenant.datacenter), *copies, *second):
            yield from _in_another_cloud(world, tenant, key, name)
        yield from _odd_copies(tenant)
    yield from _mixed_copies(world)


def _in_another_cloud(world: "World", tenant: "Tenant", key: str, name: str) -> Iterator[Fault]:
    cloud = world.datacenter(name).cloud
    if cloud != tenant.cloud:
        own = ", ".join(d.name for d in world.datacenters if d.cloud == tenant.cloud) or "none yet"
        text = f'"{name}" is in the cloud "{cloud}"; right would be one in "{tenant.cloud}": {own}'
        yield of_part("tenants", tenant.name, key, text)


def _odd_copies(tenant: "Tenant") -> Iterator[Fault]:
    copies, first = tenant.copies, tenant.datacenter
    if copies and (copies[0] != first or len(set(copies)) != len(copies) or len(copies) < FEWEST_COPIES):
        text = (
            f"{', '.join(copies)} are not the active one and others;"
            f' right would be "{first}" first, and then two or more other datacenters'
        )
        yield of_part("tenants", tenant.name, "copies", text)
    if tenant.secondary == first:
        text = f'"{first}" has its data already; right would be another one'
        yield of_part("tenants", tenant.name, "secondary", text)


def _mixed_copies(world: "World") -> Iterator[Fault]:
    """A mailbox server keeps the copies of one group: tenants share all places of their copies, or none."""
    groups: dict[str, Tenant] = {}
    for tenant in (each for each in world.tenants if each.copies):
        for name in tenant.copies:
            other = groups.setdefault(name, tenant)
            if other.copies != tenant.copies:
                text = (
                    f'"{name}" has copies of "{other.name}", whose others are'
                    f" elsewhere; right would be {', '.join(other.copies)}, or none of these"
                )
                yield of_part("tenants", tenant.name, "copies", text)
                break


def check_services(world: "World") -> Iterator[Fault]:
    """A service is in all datacenters of a cloud, or in none: whoever asks for it may land in any."""
    for key in ("exchange", "sharepoint"):
        for cloud in world.clouds:
            there = [each for each in world.datacenters if each.cloud == cloud.name]
            having = [each.name for each in there if getattr(each, key) is not None]
            lacking = [each.name for each in there if getattr(each, key) is None]
            for name in lacking if having else ():
                text = (
                    f'is missing, and "{having[0]}" has one;'
                    f' right would be one in every datacenter of the cloud "{cloud.name}", or in none'
                )
                yield of_part("datacenters", name, key, text)


def named_nodes(world: "World") -> Iterator[tuple[str, str]]:
    """Yield each node as its description and its name."""
    for section in NODES:
        for _, _, name, _ in _values(world, section, "name"):
            yield called(section, name), name


def owned_networks(world: "World") -> Iterator[tuple[IPv4Network, str, str]]:
    """Yield each network with the description of whose it is, and the key that says so."""
    yield from ((prefix, owner, key) for prefix, owner, key, _ in _networks(world))


def _values(world: "World", section: str, key: str) -> Iterator[Value]:
    parts = world.internet.borders if section == "internet.borders" else getattr(world, section)
    for number, part in enumerate(parts):
        yield section, number, part.name, getattr(part, key)


def _networks(world: "World") -> Iterator[Network]:
    parts: dict[str, tuple[Datacenter | Edge | Office | Resolver | Client | NameServer, ...]] = {
        "datacenters": world.datacenters,
        "edges": world.edges,
        "offices": world.offices,
        "resolvers": world.resolvers,
        "clients": tuple(each for each in world.clients if each.office is None),
        "nameservers": world.nameservers,
    }
    for section, those in parts.items():
        for part in those:
            if part.prefix is not None:
                yield _network(part.prefix, section, part.name, "prefix")
    yield from _networks_of_services(world)
    for circuit in world.circuits:
        announced = (("announce", each) for each in circuit.announce)
        for key, prefix in (("pool", circuit.pool), ("links", circuit.links), *announced):
            yield _network(prefix, "circuits", circuit.name, key)
    yield ROUTER_IDS, "the routers that every world has", "prefix", ()


def _networks_of_services(world: "World") -> Iterator[Network]:
    """Yield the networks that some parts have beside their own."""
    for section, key in (
        ("offices", "tunnel"),
        ("datacenters", "exchange"),
        ("datacenters", "sharepoint"),
        ("edges", "exchange"),
        ("clouds", "relays"),
        ("clouds", "front_doors"),
    ):
        for part in getattr(world, section):
            if getattr(part, key) is not None:
                yield _network(getattr(part, key), section, part.name, key)


def _network(prefix: IPv4Network, section: str, name: str, key: str) -> Network:
    return prefix, called(section, name), key, (section, name, key)


def _repeated(key: str, values: Iterable[Value]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for section, number, name, value in values:
        owner = called(section, name)
        if value in first:
            other = "another one" if first[value] == owner else first[value]
            text = f'{owner}: {key}: "{value}" is taken by {other}; right would be one not in use'
            yield Fault((*section.split("."), number, key), text)
        first.setdefault(value, owner)

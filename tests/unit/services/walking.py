"""A resolver over zone values: starts at the root, believes a server only below what it was sent for."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from services.zones import SteeredZone, Zone, zones_of
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.steering import Steering
from topologies.world import World

DEEPEST = 8  # referrals and aliases, before a question counts as lost


class Lost(Exception):
    """A question that no server answers, although it was sent there."""


@dataclass(frozen=True)
class Internet:
    """The zones of the server at each address, and the addresses of the root servers."""

    servers: Mapping[str, tuple[Zone | SteeredZone, ...]]
    roots: tuple[str, ...]


def internet_of(world: World, plan: Plan, selection: Selection, steering: Steering) -> Internet:
    """Return every selected name server with its zones, at the address that the plan gives it."""
    servers = {
        str(plan.node(name).address): zones_of(world, plan, selection, world.nameserver(name), steering)
        for name in selection.nameservers
    }
    roots = tuple(address for address, zones in servers.items() if any(zone.name == "." for zone in zones))
    return Internet(servers=servers, roots=roots)


def resolve(internet: Internet, name: str, asker: str, depth: int = DEEPEST) -> list[str]:
    """Return the aliases of a name and then its address, as one who asks from ``asker`` gets them.

    Raises Lost where a delegation, its glue or a record is missing, or the servers of a zone differ.
    """
    zone, addresses = ".", list(internet.roots)
    for _ in range(depth):
        held = _held_by_all(internet, zone, addresses)
        if isinstance(held, SteeredZone):
            if own := [record.data for record in held.glue if (record.name, record.type) == (name, "A")]:
                return own
            alias = _alias(held, name, asker)
            return [alias, *resolve(internet, alias, asker, depth - 1)]
        cut = _cut(held, name)
        if cut is None:
            return _data(held, name, "A")
        hosts = _data(held, cut, "NS")
        zone, addresses = cut, [_address(internet, held, host, asker, depth - 1) for host in hosts]
    raise Lost(f"{name}: asked too often")


def _held_by_all(internet: Internet, name: str, addresses: list[str]) -> Zone | SteeredZone:
    copies = [
        zone for address in addresses for zone in internet.servers.get(address, ()) if zone.name == name
    ]
    if not copies or len(copies) != len(addresses) or any(copy != copies[0] for copy in copies):
        raise Lost(f"{name}: not the same at each of {addresses}")
    return copies[0]


def _alias(zone: SteeredZone, name: str, asker: str) -> str:
    if name != zone.alias:
        raise Lost(f"{name}: not in {zone.name}")
    return next((target for network, target in zone.targets if IPv4Address(asker) in network), zone.default)


def _cut(zone: Zone, name: str) -> str | None:
    """Return the delegated zone that a name is in, if it is in one."""
    cuts = {record.name for record in zone.records if record.type == "NS"} - {zone.name}
    return next((cut for cut in cuts if f".{name}".endswith(f".{cut}")), None)


def _data(zone: Zone, name: str, kind: str) -> list[str]:
    found = [record.data for record in zone.records if (record.name, record.type) == (name, kind)]
    if not found:
        raise Lost(f"{name}: no {kind} in {zone.name}")
    return found


def _address(internet: Internet, zone: Zone, host: str, asker: str, depth: int) -> str:
    """Return a name server's address: the glue where the zone may give one, else what a question gives."""
    if zone.name == "." or host.endswith(f".{zone.name}"):
        return _data(zone, host, "A")[0]
    return resolve(internet, host, asker, depth)[-1]

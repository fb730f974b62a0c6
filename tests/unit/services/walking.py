"""A resolver over zone values: starts at the root, believes a server only below what it was sent for."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from services.checked import CheckedAlias, CheckedHost
from services.zones import Naming, SteeredZone, Zone
from topologies.domains import is_in
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.steering import Answers
from topologies.world import Client, Resolver, World

from ..topologies.made_up_plans import reached

DEEPEST = 24  # referrals and aliases, before a question counts as lost

Zones = tuple[Zone | SteeredZone, ...]


class Lost(Exception):
    """A question that no server answers, although it was sent there."""


@dataclass(frozen=True)
class Internet:
    """The zones of every node that serves, the addresses of the root servers, and the way to any address.

    What is `down` is known to all who have checked names.
    """

    plan: Plan
    servers: Mapping[str, Zones]
    roots: tuple[str, ...]
    askers: tuple[Client | Resolver, ...] = ()
    down: frozenset[str] = frozenset()

    def at(self, address: str, asker: str) -> Zones:
        """Return the zones that one who asks at an address comes to: many servers may share it."""
        source = next((each.name for each in self.askers if IPv4Address(asker) in each.prefix), None)
        if source is not None:
            return self.servers.get(reached(self.plan, source, IPv4Address(address)), ())
        sharing = [name for name in self.servers if address in _addresses(self.plan, name)]
        return self.servers[sharing[0]] if sharing else ()


def internet_of(world: World, plan: Plan, selection: Selection, answers: Answers | None = None) -> Internet:
    """Return every selected name server, at each of its nodes, with its zones."""
    naming = Naming(world, plan, selection, answers or Answers())
    described = [world.nameserver(name) for name in selection.nameservers]
    servers = {
        node: naming.zones_of(server, datacenter)
        for server in described
        for node, datacenter in naming.instances(server)
    }
    roots = tuple(naming.address_of(each.name) for each in described if "." in each.zones)
    resolvers, clients = map(world.resolver, selection.resolvers), map(world.client, selection.clients)
    askers: tuple[Client | Resolver, ...] = (*resolvers, *clients)
    return Internet(plan=plan, servers=servers, roots=roots, askers=askers)


def resolve(internet: Internet, name: str, asker: str, depth: int = DEEPEST) -> list[str]:
    """Return the aliases of a name and then its addresses, as one who asks from ``asker`` gets them.

    Raises Lost where a delegation, its glue or a record is missing, or the servers of a zone differ.
    """
    zone, addresses = ".", list(internet.roots)
    for _ in range(depth):
        held = _held_by_all(internet, zone, addresses, asker)
        cut = _cut(held, name)
        if cut is None:
            alias = _alias(held, name, asker, internet.down)
            if alias is not None:
                return [alias, *resolve(internet, alias, asker, depth - 1)]
            return _checked_addresses(held, name, internet.down) or _data(held, name, "A")
        hosts = _data(held, cut, "NS")
        zone, addresses = cut, [_address(internet, held, host, asker, depth - 1) for host in hosts]
    raise Lost(f"{name}: asked too often")


def _addresses(plan: Plan, node: str) -> set[str]:
    described = plan.node(node)
    return {str(address) for address in (described.address, *described.aliases)}


def _held_by_all(internet: Internet, name: str, addresses: list[str], asker: str) -> Zone | SteeredZone:
    copies = [zone for each in addresses for zone in internet.at(each, asker) if zone.name == name]
    if not copies or len(copies) != len(addresses) or any(copy != copies[0] for copy in copies):
        raise Lost(f"{name}: not the same at each of {addresses}")
    return copies[0]


def _alias(zone: Zone, name: str, asker: str, down: frozenset[str]) -> str | None:
    """Return what a name is an alias of: for the asker's network, or for everybody."""
    found = [record.data for record in zone.records if (record.name, record.type) == (name, "CNAME")]
    for each in zone.steered if isinstance(zone, SteeredZone) else ():
        if each.name == name:
            own = (target for network, target in each.targets if IPv4Address(asker) in network)
            found.append(next(own, each.default))
    for alias in zone.checked:
        if isinstance(alias, CheckedAlias) and alias.name == name:
            orders = (order for network, order in alias.orders if IPv4Address(asker) in network)
            order = next(orders, alias.default)
            good = (each for each in order if set(alias.choices[each].addresses) - down)
            found.append(alias.choices[next(good, order[0])].target)
    if len(found) > 1:
        raise Lost(f"{name}: is an alias of {found} in {zone.name}")
    return found[0] if found else None


def _checked_addresses(zone: Zone, name: str, down: frozenset[str]) -> list[str]:
    for host in zone.checked:
        if isinstance(host, CheckedHost) and host.name == name:
            return [each for each in host.addresses if each not in down] or list(host.addresses)
    return []


def _cut(zone: Zone, name: str) -> str | None:
    """Return the delegated zone that a name is in, if it is in one."""
    cuts = {record.name for record in zone.records if record.type == "NS"} - {zone.name}
    return next((cut for cut in cuts if is_in(name, cut)), None)


def _data(zone: Zone, name: str, kind: str) -> list[str]:
    found = [record.data for record in zone.records if (record.name, record.type) == (name, kind)]
    if not found:
        raise Lost(f"{name}: no {kind} in {zone.name}")
    return found


def _address(internet: Internet, zone: Zone, host: str, asker: str, depth: int) -> str:
    """Return a name server's address: the glue where the zone may give one, else what a question gives."""
    if is_in(host, zone.name):
        return _data(zone, host, "A")[0]
    return resolve(internet, host, asker, depth)[-1]

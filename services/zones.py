"""Zone data, derived from the world and the plan, so that names and network cannot disagree.

The names are those of `topologies/data/names.toml`; which server has which zone is the world's. A name whose
answer depends on who asks stands in a `SteeredZone`. The names that it leads to are in zones that other
servers have: a resolver has to ask twice, as Microsoft's article describes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import IPv4Network

from services.checked import Checked, CheckedAlias, CheckedHost, Checking
from topologies import names
from topologies.anycast import sites_in
from topologies.base import Frozen
from topologies.domains import is_in, is_pattern, zone_of
from topologies.edge_hosts import own_addresses, vips
from topologies.hosts import front_ends, host
from topologies.names import Alias, ServiceNames, Timed
from topologies.plan import Plan
from topologies.planning import anycast_node
from topologies.selection import Selection
from topologies.steering import Answers, steer
from topologies.world import Edge, NameServer, World

DELEGATION_TTL_S = 172_800  # two days, as the root and the registries publish


class Record(Frozen):
    """One resource record; names are absolute, without the final dot."""

    name: str
    ttl_s: int
    type: str
    data: str


class Zone(Frozen):
    """A zone: `records` are the same for everybody and always, `checked` names depend on what is up."""

    name: str
    primary: str
    records: tuple[Record, ...]
    checked: tuple[CheckedAlias | CheckedHost, ...] = ()

    @property
    def file_name(self) -> str:
        """The zone file's name."""
        return f"{'root' if self.name == '.' else self.name}.zone"


class SteeredName(Frozen):
    """An alias whose target depends on the network that asks."""

    name: str
    default: str
    targets: tuple[tuple[IPv4Network, str], ...]


class SteeredZone(Zone):
    """A zone with some names that are steered; all those of a server have one time to live."""

    ttl_s: int
    steered: tuple[SteeredName, ...]


class Naming:
    """All the zones of a selection, while the authorities answer in one way."""

    def __init__(self, world: World, plan: Plan, selection: Selection, answers: Answers) -> None:
        self.world = world
        self.plan = plan
        self.selection = selection
        self.answers = answers
        self._checking = Checking(world, plan, selection, answers)

    def is_steered(self, server: NameServer) -> bool:
        """Say whether a server has a name whose answer depends on how the authorities answer."""
        return any(
            each.steered and self._zone_of(each.steered.name) in self._own(server) for each in self.services
        )

    def zones_of(self, server: NameServer, datacenter: str | None = None) -> tuple[Zone | SteeredZone, ...]:
        """Return the zones that a server answers for; ``datacenter`` is where an anycast one stands."""
        return tuple(self._zone(zone, datacenter) for zone in self._own(server))

    def _zone(self, zone: str, datacenter: str | None) -> Zone | SteeredZone:
        records = [*self._apex(zone), *self._delegations(zone)]
        records += [record for record in self._records if self._zone_of(record.name) == zone]
        records += self._glue(zone, [record.data for record in records if record.type == "NS"])
        records += [record for record in self._hosts if self._zone_of(record.name) == zone]
        found = {
            "name": zone,
            "primary": self._servers(zone)[0].hostname,
            "records": tuple(dict.fromkeys(records)),
            "checked": tuple(each for each in self._checked if self._zone_of(each.name) == zone),
        }
        if self.answers.health is not None:
            return Zone.model_validate(found)
        steered = [
            each for each in self.services if each.steered and self._zone_of(each.steered.name) == zone
        ]
        if not steered:
            return Zone.model_validate(found)
        (ttl_s,) = {each.steered.ttl_s for each in steered if each.steered}
        entries = tuple(self._steered(each, each.steered, datacenter) for each in steered if each.steered)
        return SteeredZone.model_validate({**found, "ttl_s": ttl_s, "steered": entries})

    def _steered(self, service: ServiceNames, alias: Timed, datacenter: str | None) -> SteeredName:
        steering = steer(self.world, service.cloud, self.answers, datacenter)

        def regional(name: str) -> str:
            return names.regional_name(service, self.world.site(name))

        return SteeredName(
            name=alias.name,
            default=regional(steering.default),
            targets=tuple((network, regional(name)) for network, name in steering.nearest),
        )

    @cached_property
    def services(self) -> list[ServiceNames]:
        """Every service of every cloud that is built."""
        clouds = dict.fromkeys(self.world.datacenter(name).cloud for name in self.selection.datacenters)
        return [names.service(name, cloud) for cloud in clouds for name in self.selection.services]

    @cached_property
    def _checked(self) -> list[Checked]:
        """Every name whose answer depends on what is up."""
        return [each for service in self.services for each in self._checking.of(service)]

    @cached_property
    def _records(self) -> list[Record]:
        """Every alias and address that is the same for everybody."""
        checked = {each.name for each in self._checked}
        records = [record for service in self.services for record in self._records_of(service)]
        records += self._records_of_edges()
        return [record for record in records if record.name not in checked]

    def _records_of(self, service: ServiceNames) -> Iterator[Record]:
        if service.steered is not None:
            yield from _aliases(service.aliases)
            for each in sites_in(self.world, self.selection, service.cloud):
                yield from self._addresses(names.regional_name(service, self.world.site(each)), service, each)
        else:
            for tenant in self.world.tenants:
                if tenant.cloud == service.cloud:
                    for datacenter in self._checking.places(tenant):
                        own = names.of_tenant(self.world, service, tenant, datacenter)
                        # Only what is behind the alias that leads to either place is there twice.
                        common = 0 if datacenter == tenant.datacenter else names.lever(service) + 1
                        yield from _aliases(own.aliases[common:])
                        if self.answers.site_edge and own.edge:
                            yield from _aliases(own.edge)
                        else:
                            yield from self._addresses(own.regional.name, service, datacenter)

    def _records_of_edges(self) -> Iterator[Record]:
        """Yield the addresses that all sites of a cloud have, where edges are built."""
        for cloud in dict.fromkeys(self.world.edge(name).cloud for name in self.selection.edges):
            found = vips(self.world, cloud)
            known = [each.anycast for each in self.services if each.cloud == cloud and each.anycast]
            content = [each.content for each in names.clouds() if each.name == cloud and each.content]
            for named, address in zip((known, content), found, strict=False):
                for each in named:
                    yield Record(name=each.name, ttl_s=each.ttl_s, type="A", data=str(address))

    def _addresses(self, name: str, service: ServiceNames, site: str) -> Iterator[Record]:
        own = self.world.site(site)
        if isinstance(own, Edge):
            for each in own_addresses(own, service.name):
                yield Record(name=name, ttl_s=service.regional.ttl_s, type="A", data=str(each))
            return
        nodes = front_ends(own) if service.name == "portal" else [host(site, service.name)]
        for address in (address for node in nodes for address in self.plan.node(node).addresses):
            yield Record(name=name, ttl_s=service.regional.ttl_s, type="A", data=address)

    @cached_property
    def _served(self) -> dict[str, list[NameServer]]:
        """Every zone with its servers: the anycast ones where the authorities answer so, else the others."""
        found: dict[str, list[NameServer]] = {}
        for name in self.selection.nameservers:
            server = self.world.nameserver(name)
            for zone in server.zones:
                for each in self._expanded(zone):
                    found.setdefault(each, []).append(server)
        anycast = self.answers.how == "anycast"
        return {
            zone: [each for each in servers if (each.anycast is not None) == anycast] or servers
            for zone, servers in found.items()
        }

    def _expanded(self, zone: str) -> list[str]:
        """Return the zones that one stands for: a "*" those of all regional names that it matches."""
        if not is_pattern(zone):
            return [zone]
        regional = [
            names.regional_name(service, self.world.site(name))
            for service in self.services
            if service.steered is not None
            for name in sites_in(self.world, self.selection, service.cloud)
        ]
        return [name for name in regional if is_in(name, zone)]

    def _own(self, server: NameServer) -> list[str]:
        return [zone for zone, servers in self._served.items() if server in servers]

    def _zone_of(self, name: str) -> str:
        return zone_of(name, self._served)

    def _servers(self, zone: str) -> list[NameServer]:
        return self._served[zone]

    def _apex(self, zone: str) -> list[Record]:
        return [
            Record(name=zone, ttl_s=DELEGATION_TTL_S, type="NS", data=server.hostname)
            for server in self._servers(zone)
        ]

    def _delegations(self, parent: str) -> list[Record]:
        others = {zone: [each for each in self._served if each != zone] for zone in self._served}
        children = sorted(z for z in self._served if z != "." and zone_of(z, others[z]) == parent)
        return [record for child in children for record in self._apex(child)]

    def _glue(self, zone: str, hostnames: Iterable[str]) -> list[Record]:
        """Return the addresses of name servers whose names are in or below the zone."""
        addresses = {record.name: record for record in self._hosts}
        return [addresses[host] for host in dict.fromkeys(hostnames) if is_in(host, zone)]

    @cached_property
    def _hosts(self) -> list[Record]:
        """Every name server's own address: it has to be found also where no delegation above it has it."""
        servers = [self.world.nameserver(name) for name in self.selection.nameservers]
        return [
            Record(name=each.hostname, ttl_s=DELEGATION_TTL_S, type="A", data=self.address_of(each.name))
            for each in servers
        ]

    def address_of(self, server: str) -> str:
        """Return the address at which a name server answers."""
        described = self.world.nameserver(server)
        if described.anycast is not None and described.prefix is not None:
            return str(described.prefix[1])
        return str(self.plan.node(server).address)

    def servers_of(self, name: str) -> list[NameServer]:
        """Return the servers of the zone that a name is in."""
        return self._served.get(self._zone_of(name), [])

    def instances(self, server: NameServer) -> list[tuple[str, str | None]]:
        """Return the nodes that a name server runs on, each with its site where it is anycast."""
        if server.anycast is None:
            return [(server.name, None)]
        sites = sites_in(self.world, self.selection, server.anycast)
        return [(anycast_node(server, name), name) for name in sites]


def _aliases(aliases: Iterable[Alias]) -> Iterator[Record]:
    for alias in aliases:
        yield Record(name=alias.name, ttl_s=alias.ttl_s, type="CNAME", data=alias.target)

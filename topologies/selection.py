"""What of a world a run uses: only that is built and started."""

from __future__ import annotations

from topologies import names
from topologies.base import Frozen
from topologies.domains import is_in
from topologies.errors import WorldError
from topologies.names import Service, ServiceNames
from topologies.world import NameServer, World


class Selection(Frozen):
    """Names of the parts that are built."""

    clients: tuple[str, ...]
    resolvers: tuple[str, ...]
    nameservers: tuple[str, ...]
    datacenters: tuple[str, ...]
    services: tuple[Service, ...] = ("portal",)

    @property
    def has_directory(self) -> bool:
        """Whether a service is built that asks a directory where a caller's data is."""
        return "exchange" in self.services or "sharepoint" in self.services


def select(
    world: World,
    *,
    clients: tuple[str, ...],
    resolvers: tuple[str, ...] = (),
    clouds: tuple[str, ...],
    services: tuple[Service, ...],
    anycast: bool = False,
) -> Selection:
    """Return what some clients of some clouds' services need: resolvers, authoritative servers, datacenters.

    ``resolvers`` are those used beside the clients' own. Anycast servers are built on demand, or where no
    others have their zones. Raises WorldError for an unknown name, or if a zone
    on the way to one of the services has no server.
    """
    own = tuple(world.client(name).resolver for name in clients)
    wanted = tuple(dict.fromkeys(own + tuple(world.resolver(name).name for name in resolvers)))
    datacenters = tuple(each.name for cloud in clouds for each in world.datacenters_of(cloud))
    asked = [name for cloud in clouds for s in services for name in all_names(world, names.service(s, cloud))]
    servers = _servers_for(world, datacenters, asked)
    return Selection(
        clients=tuple(dict.fromkeys(clients)),
        resolvers=wanted,
        nameservers=tuple(server.name for server in servers if anycast or not _is_spare(server, servers)),
        datacenters=datacenters,
        services=services,
    )


def select_all(world: World) -> Selection:
    """Return everything that the world has, whether anybody uses it or not."""
    has_exchange = all(each.exchange is not None for each in world.datacenters)
    has_sharepoint = all(each.sharepoint is not None for each in world.datacenters)
    services: tuple[Service, ...] = ("portal",)
    services += ("exchange",) if has_exchange else ()
    services += ("sharepoint",) if has_sharepoint else ()
    return Selection(
        clients=tuple(each.name for each in world.clients),
        resolvers=tuple(each.name for each in world.resolvers),
        nameservers=tuple(each.name for each in world.nameservers),
        datacenters=tuple(each.name for each in world.datacenters),
        services=services,
    )


def _servers_for(world: World, datacenters: tuple[str, ...], asked: list[str]) -> list[NameServer]:
    """Return the servers of every zone on the way to the names, and to those servers' own names."""
    clouds = {world.datacenter(name).cloud for name in datacenters}
    there = [s for s in world.nameservers if _stands_in(s, datacenters, clouds)]
    for name in asked:
        _has_a_zone_of_its_own(name, there)
    needed: dict[str, NameServer] = {}
    waiting = list(dict.fromkeys(asked))
    while waiting:
        name = waiting.pop()
        found = [server for server in there if any(is_in(name, zone) for zone in server.zones)]
        fresh = [server for server in found if server.name not in needed]
        needed |= {server.name: server for server in fresh}
        waiting += [server.hostname for server in fresh]
    return [server for server in world.nameservers if server.name in needed]


def _is_spare(server: NameServer, servers: list[NameServer]) -> bool:
    """Say whether all zones of an anycast server have others, too."""
    others = {zone for each in servers if each.anycast is None for zone in each.zones}
    return server.anycast is not None and others.issuperset(server.zones)


def _stands_in(server: NameServer, datacenters: tuple[str, ...], clouds: set[str]) -> bool:
    if server.anycast is not None:
        return server.anycast in clouds
    return server.datacenter is None or server.datacenter in datacenters


def _has_a_zone_of_its_own(name: str, servers: list[NameServer]) -> None:
    domain = name.split(".", 1)[1]
    served = {zone for server in servers for zone in server.zones if is_in(name, zone)}
    if not any("." in zone.strip(".") for zone in served):
        parent = ".".join(domain.rsplit(".", 2)[-2:])
        raise WorldError(
            f'nameservers: none in the clouds that are used has a zone with "{name}";'
            f' right would be "{parent}" among the zones of one'
        )


def all_names(world: World, service: ServiceNames) -> list[str]:
    """Return every name of a service's chains."""
    tenants = [tenant for tenant in world.tenants if tenant.cloud == service.cloud]
    if service.steered is None:
        filled = [names.of_tenant(world, service, tenant) for tenant in tenants]
    else:
        filled = [service]
    regional = (
        [names.regional_name(service, each) for each in world.datacenters_of(service.cloud)]
        if service.steered is not None
        else []
    )
    found = [*regional]
    for each in filled:
        found += [*each.hosts, *(alias.name for alias in each.aliases)]
        found += [each.steered.name] if each.steered is not None else [each.regional.name]
    return found

"""What of a world a run uses: only that is built and started."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from topologies import names
from topologies.base import Frozen
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


def select(
    world: World,
    *,
    clients: tuple[str, ...],
    resolvers: tuple[str, ...] = (),
    clouds: tuple[str, ...],
    services: tuple[Service, ...],
) -> Selection:
    """Return what some clients of some clouds' services need: resolvers, authoritative servers, datacenters.

    ``resolvers`` are those used beside the clients' own. Raises WorldError for an unknown name, or if a zone
    on the way to one of the services has no server.
    """
    own = tuple(world.client(name).resolver for name in clients)
    wanted = tuple(dict.fromkeys(own + tuple(world.resolver(name).name for name in resolvers)))
    datacenters = tuple(each.name for cloud in clouds for each in world.datacenters_of(cloud))
    asked = [names.service(service, cloud) for cloud in clouds for service in services]
    return Selection(
        clients=tuple(dict.fromkeys(clients)),
        resolvers=wanted,
        nameservers=_servers_for(
            world, datacenters, [name for each in asked for name in _all_names(world, each)]
        ),
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


def zone_of(name: str, zones: Iterable[str]) -> str:
    """Return the longest of the zones that a name is in; "" if it is in none."""
    found = [zone for zone in zones if _is_below(name, zone)]
    return max(found, key=lambda zone: 0 if zone == "." else len(zone), default="")


def _servers_for(world: World, datacenters: tuple[str, ...], asked: list[str]) -> tuple[str, ...]:
    """Return the servers of every zone on the way to the names, and to those servers' own names."""
    clouds = {world.datacenter(name).cloud for name in datacenters}
    there = [s for s in world.nameservers if _stands_in(s, datacenters, clouds)]
    for name in asked:
        _has_a_zone_of_its_own(name, there)
    needed: dict[str, NameServer] = {}
    waiting = list(dict.fromkeys(asked))
    while waiting:
        name = waiting.pop()
        found = [server for server in there if any(_is_below(name, zone) for zone in server.zones)]
        fresh = [server for server in found if server.name not in needed]
        needed |= {server.name: server for server in fresh}
        waiting += [server.hostname for server in fresh]
    return tuple(server.name for server in world.nameservers if server.name in needed)


def _stands_in(server: NameServer, datacenters: tuple[str, ...], clouds: set[str]) -> bool:
    if server.anycast is not None:
        return server.anycast in clouds
    return server.datacenter is None or server.datacenter in datacenters


def _has_a_zone_of_its_own(name: str, servers: list[NameServer]) -> None:
    domain = name.split(".", 1)[1]
    served = {zone for server in servers for zone in server.zones if _is_below(name, zone)}
    if not any("." in zone.strip(".") for zone in served):
        parent = ".".join(domain.rsplit(".", 2)[-2:])
        raise WorldError(
            f'nameservers: none in the clouds that are used has a zone with "{name}";'
            f' right would be "{parent}" among the zones of one'
        )


def _all_names(world: World, service: ServiceNames) -> list[str]:
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


def _is_below(name: str, zone: str) -> bool:
    """Say whether a name is in a zone; a zone that begins with "*" covers those that it stands for."""
    if zone == ".":
        return True
    if zone.startswith("*"):
        return fnmatchcase(name, zone)
    return name == zone or name.endswith(f".{zone}")

"""What of a world a run uses: only that is built and started."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from topologies import names
from topologies.base import Frozen
from topologies.domains import is_in
from topologies.errors import WorldError
from topologies.names import Service, ServiceNames
from topologies.world import Client, Datacenter, Edge, Isp, NameServer, Office, Resolver, World

Thing = TypeVar("Thing", str, tuple[str, str])


class Selection(Frozen):
    """Names of the parts that are built.

    ``vpn`` pairs clients with offices that they have a tunnel to; ``relays`` are those of media. With
    ``copies`` the copies of tenants' data are built, too, with ``calls`` the servers of meetings. ``meets``
    are pairs of nodes, or of a node and a site, that need a way over the Internet; None stands for all.
    """

    clients: tuple[str, ...]
    resolvers: tuple[str, ...]
    nameservers: tuple[str, ...]
    datacenters: tuple[str, ...]
    services: tuple[Service, ...] = ("portal",)
    offices: tuple[str, ...] = ()
    circuits: tuple[str, ...] = ()
    vpn: tuple[tuple[str, str], ...] = ()
    relays: bool = False
    copies: bool = False
    calls: bool = False
    edges: tuple[str, ...] = ()
    isps: tuple[str, ...] = ()
    meets: tuple[tuple[str, str], ...] | None = None

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
    vpn: tuple[tuple[str, str], ...] = (),
    circuits: tuple[str, ...] = (),
    relays: bool = False,
    copies: bool = False,
    calls: bool = False,
    edges: bool = False,
    meets: tuple[tuple[str, str], ...] | None = None,
) -> Selection:
    """Return what some clients of some clouds' services need: resolvers, authoritative servers, datacenters.

    ``resolvers`` are those used beside the clients' own. Anycast servers are built on demand, or where no
    others have their zones. Offices are built where clients are inside, or dial in (``vpn``), or which have
    one of the ``circuits``. With ``edges`` the clouds' edges are built, and the providers of all who are
    named. Raises WorldError for an unknown name, or if a zone on the way to one of the services has no
    server.
    """
    offices = _offices(world, clients, vpn, circuits)
    own = tuple(world.client(name).resolver for name in clients)
    theirs = tuple(world.office(name).resolver for name in offices)
    wanted = _once(own + tuple(world.resolver(name).name for name in resolvers) + theirs)
    datacenters = tuple(each.name for cloud in clouds for each in world.datacenters_of(cloud))
    asked = [name for cloud in clouds for s in services for name in all_names(world, names.service(s, cloud))]
    asked += [name for cloud in clouds if edges for name in edge_names(world, cloud, services)]
    servers = _servers_for(world, datacenters, asked)
    return Selection(
        clients=_once(clients),
        resolvers=wanted,
        nameservers=tuple(server.name for server in servers if anycast or not _is_spare(server, servers)),
        datacenters=datacenters,
        services=services,
        offices=offices,
        circuits=_once(circuits),
        vpn=_once(vpn),
        relays=relays,
        copies=copies,
        calls=calls,
        edges=tuple(each.name for each in world.edges if edges and each.cloud in clouds),
        isps=_isps(world, clients, wanted) if edges else (),
        meets=None if meets is None else _once(meets),
    )


def _offices(
    world: World, clients: tuple[str, ...], vpn: tuple[tuple[str, str], ...], circuits: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the offices that are needed, in the world's order; check who dials in where."""
    for client, office in vpn:
        can_dial_in(world.client(client), world.office(office))
    inside = {office for office in (world.client(name).office for name in clients) if office is not None}
    needed = inside | {office for _, office in vpn} | {world.circuit(name).office for name in circuits}
    return tuple(office.name for office in world.offices if office.name in needed)


def _isps(world: World, clients: tuple[str, ...], resolvers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the providers of clients and resolvers, in the world's order."""
    places = [world.client(name).place for name in clients]
    places += [world.resolver(name).place for name in resolvers]
    points = {place.point for place in places}
    return tuple(isp.name for isp in world.isps if any(city.point in points for city in isp.cities))


def can_dial_in(client: Client, office: Office) -> None:
    """Raise WorldError for an office without a concentrator, or a client that is in an office already."""
    if office.tunnel is None:
        raise WorldError(
            f'office "{office.name}": tunnel: is missing, so it has no VPN concentrator;'
            ' right would be tunnel = "10.1.1.0/24", or another network that is free'
        )
    if client.office is not None:
        raise WorldError(
            f'client "{client.name}" is inside the office "{client.office}", and needs no VPN;'
            " right would be a client that is outside"
        )


def select_all(world: World) -> Selection:
    """Return everything that the world has, whether anybody uses it or not; but no circuits and tunnels."""
    return Selection(
        clients=_names(world.clients),
        resolvers=_names(world.resolvers),
        nameservers=_names(world.nameservers),
        datacenters=_names(world.datacenters),
        services=services_of(world.datacenters),
        offices=_offices(world, _names(world.clients), (), ()),
        edges=_names(world.edges),
        isps=_names(world.isps),
    )


def services_of(datacenters: Iterable[Datacenter]) -> tuple[Service, ...]:
    """Return the services that all of some datacenters have."""
    there = tuple(datacenters)
    services: tuple[Service, ...] = ("portal",)
    services += ("exchange",) if all(each.exchange is not None for each in there) else ()
    services += ("sharepoint",) if all(each.sharepoint is not None for each in there) else ()
    return services


def _once(things: tuple[Thing, ...]) -> tuple[Thing, ...]:
    return tuple(dict.fromkeys(things))


def _names(parts: Iterable[Client | Datacenter | Edge | Isp | NameServer | Resolver]) -> tuple[str, ...]:
    return tuple(part.name for part in parts)


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


def edge_names(world: World, cloud: str, services: tuple[Service, ...]) -> list[str]:
    """Return the further names of a cloud's services where edges are built."""
    found = [each.content.name for each in names.clouds() if each.name == cloud and each.content is not None]
    for service in (names.service(each, cloud) for each in services):
        found += [] if service.anycast is None else [service.anycast.name]
    return found if world.cloud(cloud).front_doors is not None else []


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

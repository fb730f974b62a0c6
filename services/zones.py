"""Zone data, derived from the world and the plan, so that names and network cannot disagree.

``portal.office.com`` is steered: whoever asks is told the name of the region nearest to where it asks from.
The regional names live in ``b-msedge.net``, which other servers have: a resolver has to ask twice. The form
of the names is that of captured chains (``portal-office365-com.b-0004.b-msedge.net``); the region's label in
place of ``b-0004`` is this project's, for the regional server names that Microsoft's article describes.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from topologies.base import Frozen
from topologies.plan import Plan
from topologies.planning import front_end
from topologies.selection import Selection
from topologies.steering import Steering
from topologies.world import NameServer, World

PORTAL = "portal.office.com"
STEERED_ZONE = "office.com"
REGIONAL_ZONE = "b-msedge.net"
PORTAL_TTL_S = 300
REGIONAL_TTL_S = 240  # as b-msedge.net's sister zone spo-msedge.net publishes
DELEGATION_TTL_S = 172_800  # two days, as the root and the registries publish


class Record(Frozen):
    """One resource record; names are absolute, without the final dot."""

    name: str
    ttl_s: int
    type: str
    data: str


class Zone(Frozen):
    """A zone with the same answers for everybody."""

    name: str
    primary: str
    records: tuple[Record, ...]

    @property
    def file_name(self) -> str:
        """The zone file's name."""
        return f"{'root' if self.name == '.' else self.name}.zone"


class SteeredZone(Frozen):
    """A zone in which one name is an alias that depends on the network that asks."""

    name: str
    primary: str
    nameservers: tuple[str, ...]
    glue: tuple[Record, ...]
    ttl_s: int
    alias: str
    default: str
    targets: tuple[tuple[IPv4Network, str], ...]


def regional_name(label: str) -> str:
    """Return the regional server name of a datacenter's label."""
    return f"portal-office365-com.{label}.{REGIONAL_ZONE}"


def zones_of(
    world: World, plan: Plan, selection: Selection, server: NameServer, steering: Steering
) -> tuple[Zone | SteeredZone, ...]:
    """Return the zones that one name server answers for."""
    return tuple(_zone(world, plan, selection, zone, steering) for zone in server.zones)


def _zone(
    world: World, plan: Plan, selection: Selection, name: str, steering: Steering
) -> Zone | SteeredZone:
    if name == STEERED_ZONE:
        return _steered(world, plan, selection, name, steering)
    records = [*_apex(world, selection, name), *_delegations(world, plan, selection, name)]
    if name == REGIONAL_ZONE:
        records += _regional(world, plan, selection)
    records += _glue(world, plan, selection, name, (record.data for record in records if record.type == "NS"))
    return Zone(
        name=name, primary=_servers(world, selection, name)[0].hostname, records=tuple(dict.fromkeys(records))
    )


def _steered(world: World, plan: Plan, selection: Selection, name: str, steering: Steering) -> SteeredZone:
    nameservers = tuple(each.hostname for each in _servers(world, selection, name))
    labels = {each.name: each.label for each in world.datacenters}
    return SteeredZone(
        name=name,
        primary=nameservers[0],
        nameservers=nameservers,
        glue=tuple(_glue(world, plan, selection, name, nameservers)),
        ttl_s=PORTAL_TTL_S,
        alias=PORTAL,
        default=regional_name(labels[steering.default]),
        targets=tuple((prefix, regional_name(labels[dc])) for prefix, dc in steering.nearest),
    )


def _servers(world: World, selection: Selection, zone: str) -> list[NameServer]:
    selected = [world.nameserver(name) for name in selection.nameservers]
    return [server for server in selected if zone in server.zones]


def _apex(world: World, selection: Selection, name: str) -> list[Record]:
    return [
        Record(name=name, ttl_s=DELEGATION_TTL_S, type="NS", data=server.hostname)
        for server in _servers(world, selection, name)
    ]


def _delegations(world: World, plan: Plan, selection: Selection, parent: str) -> list[Record]:
    served = {zone for name in selection.nameservers for zone in world.nameserver(name).zones}
    children = sorted(zone for zone in served if _parent(zone) == parent)
    return [record for child in children for record in _apex(world, selection, child)]


def _parent(zone: str) -> str | None:
    if zone == ".":
        return None
    return zone.partition(".")[2] or "."


def _glue(world: World, plan: Plan, selection: Selection, zone: str, hostnames: object) -> list[Record]:
    """Return the addresses of name servers whose names are in or below the zone."""
    named = {world.nameserver(name).hostname: name for name in selection.nameservers}
    wanted = [host for host in dict.fromkeys(hostnames) if zone == "." or host.endswith(f".{zone}")]  # type: ignore[call-overload]
    return [
        Record(name=host, ttl_s=DELEGATION_TTL_S, type="A", data=str(plan.node(named[host]).address))
        for host in wanted
    ]


def _regional(world: World, plan: Plan, selection: Selection) -> list[Record]:
    return [
        Record(
            name=regional_name(world.datacenter(name).label),
            ttl_s=REGIONAL_TTL_S,
            type="A",
            data=str(plan.node(front_end(name)).address),
        )
        for name in selection.datacenters
    ]

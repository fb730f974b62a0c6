"""The hosts inside a datacenter: their names, and which addresses of its prefixes they have."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.names import Service
from topologies.selection import Selection
from topologies.world import Datacenter, Edge, World

Role = Literal["portal", "exchange", "sharepoint", "directory", "mailbox", "relay", "media", "edge"]
SUFFIX: dict[Role, str] = {
    "portal": "fe",
    "exchange": "efz",  # as the front door's label has it
    "sharepoint": "spo",
    "directory": "dir",
    "mailbox": "mbx",
    "relay": "rly",
    "edge": "pop",  # a point of presence
    "media": "mcu",  # the multipoint control unit of a meeting (RFC 7667)
}
FURTHER_FRONT_ENDS = -5  # the second one's address from the end of the prefix; the third one's is before it
FRONT_DOOR_ADDRESSES = 4  # as captured answers of outlook.office365.com have


class Host(Frozen):
    """A host that a datacenter needs; the first address is the one that it sends from."""

    name: str
    addresses: tuple[IPv4Address, ...]


def host(datacenter: str, role: Role) -> str:
    """Return the node name of a datacenter's host."""
    return f"{datacenter}-{SUFFIX[role]}"


def front_end(datacenter: str) -> str:
    """Return the node name of a datacenter's portal front end."""
    return host(datacenter, "portal")


def front_ends(datacenter: Datacenter) -> list[str]:
    """Return the node names of all a datacenter's portal front ends."""
    first = front_end(datacenter.name)
    return [first, *(f"{first}{number}" for number in range(2, datacenter.front_ends + 1))]


def front_door(world: World, site: str, service: Service) -> str:
    """Return the node name of a site's front door for a service; WorldError if there is no such site."""
    return host(site, "edge" if isinstance(world.site(site), Edge) else service)


def datacenter_of(host: str) -> str:
    """Return the name of the datacenter that a host is in; its own name has no dash."""
    return host.partition("-")[0]


def border(datacenter: str) -> str:
    """Return the node name of a datacenter's border router."""
    return f"{datacenter}-br"


def wan_switch(datacenter: str) -> str:
    """Return the node name of a datacenter's switch on the backbone."""
    return f"{datacenter}-wan"


def gateway(office: str) -> str:
    """Return the node name of an office's router to the Internet, which is its VPN concentrator, too."""
    return f"{office}-gw"


def customer_edge(office: str) -> str:
    """Return the node name of an office's router to its circuit."""
    return f"{office}-er"


def microsoft_edges(circuit: str) -> tuple[str, str]:
    """Return the node names of a circuit's routers at Microsoft's edge, the primary first."""
    return f"{circuit}-m1", f"{circuit}-m2"


def prefixes_of(selection: Selection, datacenter: Datacenter) -> list[IPv4Network]:
    """Return what a datacenter announces: its own prefix, and those of the services that are built.

    Raises WorldError if it has no prefix for one of them.
    """
    wanted = [service for service in ("exchange", "sharepoint") if service in selection.services]
    return [datacenter.prefix, *(_prefix_for(datacenter, service) for service in wanted)]


def hosts_of(world: World, selection: Selection, datacenter: Datacenter) -> list[Host]:
    """Return the hosts that the selected services need in a datacenter.

    Mailboxes, sites and meetings are where a tenant's data is. Raises WorldError if a service has no prefix
    there.
    """
    services, found = selection.services, []
    if "portal" in services:
        addresses = (2, *range(FURTHER_FRONT_ENDS, FURTHER_FRONT_ENDS - datacenter.front_ends + 1, -1))
        found += [
            Host(name=name, addresses=(datacenter.prefix[number],))
            for name, number in zip(front_ends(datacenter), addresses, strict=True)
        ]
    if "exchange" in services:
        prefix = _prefix_for(datacenter, "exchange")
        front_door = [prefix[number] for number in range(1, FRONT_DOOR_ADDRESSES + 1)]
        found.append(_host(datacenter, "exchange", *front_door))
        if datacenter.name in mailbox_datacenters(world, selection):
            found.append(_host(datacenter, "mailbox", prefix[FRONT_DOOR_ADDRESSES + 1]))
    if "sharepoint" in services and datacenter.name in site_datacenters(world, selection):
        found.append(_host(datacenter, "sharepoint", _prefix_for(datacenter, "sharepoint")[1]))
    if selection.has_directory:
        found.append(_host(datacenter, "directory", datacenter.prefix[-2]))
    anycast = world.cloud(datacenter.cloud).relays
    if selection.relays and anycast is not None:
        # What it relays comes back to an address that no other relay has.
        own = (datacenter.prefix[-3],) if selection.calls else ()  # the next to the directory's
        found.append(_host(datacenter, "relay", anycast[1], *own))
    if selection.calls and any(tenant.datacenter == datacenter.name for tenant in world.tenants):
        found.append(_host(datacenter, "media", datacenter.prefix[-4]))
    return found


def mailbox_datacenters(world: World, selection: Selection) -> set[str]:
    """Return the datacenters with mailboxes: where tenants' data is, and its copies if they are built."""
    copies = (name for tenant in world.tenants for name in tenant.copies if selection.copies)
    return {*(tenant.datacenter for tenant in world.tenants), *copies}


def site_datacenters(world: World, selection: Selection) -> set[str]:
    """Return the datacenters with sites: where tenants' data is, and their second ones if they are built."""
    second = (tenant.secondary for tenant in world.tenants if selection.copies)
    return {*(tenant.datacenter for tenant in world.tenants), *(name for name in second if name is not None)}


def _host(datacenter: Datacenter, role: Role, *addresses: IPv4Address) -> Host:
    return Host(name=host(datacenter.name, role), addresses=addresses)


def _prefix_for(datacenter: Datacenter, service: str) -> IPv4Network:
    prefix: IPv4Network | None = getattr(datacenter, service)
    if prefix is None:
        raise WorldError(
            f'datacenter "{datacenter.name}": {service}: has no prefix, so the service is not there;'
            f' right would be {service} = "40.101.0.0/28", or another one that is free'
        )
    return prefix

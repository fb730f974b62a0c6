"""The hosts inside a datacenter: their names, and which addresses of its prefixes they have."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.selection import Selection
from topologies.world import Datacenter, World

Role = Literal["portal", "exchange", "sharepoint", "directory", "mailbox", "relay"]
SUFFIX: dict[Role, str] = {
    "portal": "fe",
    "exchange": "efz",  # as the front door's label has it
    "sharepoint": "spo",
    "directory": "dir",
    "mailbox": "mbx",
    "relay": "rly",
}
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

    Mailboxes and sites are where a tenant's data is. Raises WorldError if a service has no prefix there.
    """
    has_data = any(tenant.datacenter == datacenter.name for tenant in world.tenants)
    services, found = selection.services, []
    if "portal" in services:
        found.append(_host(datacenter, "portal", datacenter.prefix[2]))
    if "exchange" in services:
        prefix = _prefix_for(datacenter, "exchange")
        front_door = [prefix[number] for number in range(1, FRONT_DOOR_ADDRESSES + 1)]
        found.append(_host(datacenter, "exchange", *front_door))
        if has_data:
            found.append(_host(datacenter, "mailbox", prefix[FRONT_DOOR_ADDRESSES + 1]))
    if "sharepoint" in services and has_data:
        found.append(_host(datacenter, "sharepoint", _prefix_for(datacenter, "sharepoint")[1]))
    if selection.has_directory:
        found.append(_host(datacenter, "directory", datacenter.prefix[-2]))
    anycast = world.cloud(datacenter.cloud).relays
    if selection.relays and anycast is not None:
        found.append(_host(datacenter, "relay", anycast[1]))
    return found


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

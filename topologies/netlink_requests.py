"""The netlink requests that a network is made with, as the kernel reads them.

pyroute2 writes the same and far more. It takes 0.3 to 0.6 ms for each request, which is three seconds of a
planet's five; these take hundredths of that. Each request asks for an acknowledgement.
Source: linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/neighbour.h.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
ATTRIBUTE = struct.Struct("=HH")  # length, type
LINK = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, which of them to change
ADDRESS = struct.Struct("=BBBBI")  # ifaddrmsg: family, length of the prefix, flags, scope, index
NEIGHBOUR = struct.Struct("=BxxxiHBB")  # ndmsg: family, index, state, flags, type
ROUTE = struct.Struct("=BBBBBBBBI")  # rtmsg: family, lengths, TOS, table, protocol, scope, type, flags
QUEUE = struct.Struct("=BxxxiIII")  # tcmsg: family, index, handle, parent, info

NEWLINK, DELLINK, GETLINK, SETLINK = 16, 17, 18, 19
NEWADDR, DELADDR, NEWROUTE, DELROUTE, NEWNEIGH, NEWQDISC, DELQDISC = 20, 21, 24, 25, 28, 36, 37
REQUEST, ACKNOWLEDGE, REPLACE, EXCLUSIVE, CREATE = 0x1, 0x4, 0x100, 0x200, 0x400
MAKE = CREATE | EXCLUSIVE
SET = CREATE | REPLACE
UP = 1  # IFF_UP
PERMANENT = 0x80  # NUD_PERMANENT
# A route's table, protocol, scopes and type; of no scope is one whose scope does not matter.
MAIN, STATIC, UNIVERSE, ON_LINK, NOWHERE, UNICAST = 254, 4, 0, 253, 255, 1
ONLINK_GATEWAY = 4  # RTNH_F_ONLINK
ROOT = 0xFFFFFFFF  # TC_H_ROOT


@dataclass(frozen=True)
class Side:
    """One end of a veth pair: its name, a process in its namespace, its MAC address ("" for any), a group."""

    name: str
    pid: int
    mac: str = ""
    group: int = 0


def veth(one: Side, other: Side) -> bytes:
    """Return the request that makes a pair with its ends where they belong.

    A packet is a packet: not several in one, as interfaces may hand them on that cut them up later
    (`gso_max_segs` is 1).
    """
    peer = LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _side(other)
    kind = attribute(1, b"veth\0") + attribute(2, attribute(1, peer))  # IFLA_INFO_KIND, _DATA, VETH_INFO_PEER
    body = LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _side(one) + attribute(18, kind)  # IFLA_LINKINFO
    return _request(NEWLINK, MAKE, body)


def device(name: str, kind: str, mtu: int) -> bytes:
    """Return the request that makes an interface of a kind that stands alone, such as "wireguard".

    Here, too, a packet is a packet, both as it leaves and as it comes (`gro_max_size` lets none be joined).
    """
    body = LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute(3, name.encode() + b"\0")  # IFLA_IFNAME
    body += attribute(18, attribute(1, kind.encode() + b"\0"))  # IFLA_LINKINFO, IFLA_INFO_KIND
    body += attribute(4, _u32(mtu)) + attribute(40, _u32(1))  # IFLA_MTU, IFLA_GSO_MAX_SEGS
    return _request(NEWLINK, MAKE, body + attribute(58, _u32(1)))  # IFLA_GRO_MAX_SIZE


def link_state(interface: str, *, up: bool) -> bytes:
    """Return the request that takes an interface up or down."""
    body = LINK.pack(socket.AF_UNSPEC, 0, 0, UP if up else 0, UP)
    return _request(SETLINK, 0, body + attribute(3, interface.encode() + b"\0"))  # IFLA_IFNAME


def settled(interface: str) -> bytes:
    """Return the request whose answer comes when an interface really sends, if the wire is up.

    Of two ends that go up, the kernel starts the first one's queues a moment later, unless somebody asks.
    """
    body = LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    return _request(GETLINK, 0, body + attribute(3, interface.encode() + b"\0"))


def link_address(interface: str, mac: str) -> bytes:
    """Return the request that gives an interface another MAC address."""
    body = LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute(3, interface.encode() + b"\0")
    return _request(SETLINK, 0, body + attribute(1, _octets(mac)))


def no_link(interface: str) -> bytes:
    """Return the request that removes an interface; of a veth pair, both ends."""
    body = LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    return _request(DELLINK, 0, body + attribute(3, interface.encode() + b"\0"))


def no_group(group: int) -> bytes:
    """Return the request that removes all interfaces of a group from a namespace, and their other ends."""
    return _request(DELLINK, 0, LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute(27, _u32(group)))


def address(index: int, own: IPv4Address, prefix_length: int = 32) -> bytes:
    """Return the request that gives an interface an address."""
    return _request(NEWADDR, MAKE, _address(index, own, prefix_length))


def no_address(index: int, own: IPv4Address, prefix_length: int) -> bytes:
    """Return the request that takes an address away again."""
    return _request(DELADDR, 0, _address(index, own, prefix_length))


def neighbour(index: int, known: IPv4Address, mac: str) -> bytes:
    """Return the request that tells who has an address behind an interface, for good."""
    body = NEIGHBOUR.pack(socket.AF_INET, index, PERMANENT, 0, 0)
    return _request(NEWNEIGH, SET, body + attribute(1, known.packed) + attribute(2, _octets(mac)))


def route(index: int, prefix: IPv4Network, own: IPv4Address | None, via: IPv4Address | None) -> bytes:
    """Return the request for a route out of an interface: from ``own``, to the gateway ``via``, if given."""
    scope, flags = (ON_LINK, 0) if via is None else (UNIVERSE, ONLINK_GATEWAY)
    body = ROUTE.pack(socket.AF_INET, prefix.prefixlen, 0, 0, MAIN, STATIC, scope, UNICAST, flags)
    body += attribute(1, prefix.network_address.packed) + attribute(4, _u32(index))
    if via is not None:
        body += attribute(5, via.packed)  # RTA_GATEWAY
    if own is not None:
        body += attribute(7, own.packed)  # RTA_PREFSRC
    return _request(NEWROUTE, SET, body)


def no_route(index: int, prefix: IPv4Network) -> bytes:
    """Return the request that takes a route out of an interface away again."""
    body = ROUTE.pack(socket.AF_INET, prefix.prefixlen, 0, 0, MAIN, 0, NOWHERE, 0, 0)
    body += attribute(1, prefix.network_address.packed) + attribute(4, _u32(index))
    return _request(DELROUTE, 0, body)


def queue(index: int, kind: str, options: bytes, *, handle: int, parent: int = ROOT) -> bytes:
    """Return the request that puts a queue of a kind on an interface, or below another queue's class."""
    body = QUEUE.pack(socket.AF_UNSPEC, index, handle, parent, 0)
    body += attribute(1, kind.encode() + b"\0") + attribute(2, options)  # TCA_KIND, TCA_OPTIONS
    return _request(NEWQDISC, SET, body)


def no_queue(index: int) -> bytes:
    """Return the request that takes an interface's queue away, with all that is below it."""
    return _request(DELQDISC, 0, QUEUE.pack(socket.AF_UNSPEC, index, 0, ROOT, 0))


def attribute(number: int, value: bytes) -> bytes:
    """Return an attribute, padded to a whole number of words."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(value), number) + value + bytes(-len(value) % 4)


def _address(index: int, own: IPv4Address, prefix_length: int) -> bytes:
    body = ADDRESS.pack(socket.AF_INET, prefix_length, 0, UNIVERSE, index)
    return body + attribute(1, own.packed) + attribute(2, own.packed)  # IFA_ADDRESS, IFA_LOCAL


def _side(side: Side) -> bytes:
    found = attribute(3, side.name.encode() + b"\0")  # IFLA_IFNAME
    if side.mac:
        found += attribute(1, _octets(side.mac))  # IFLA_ADDRESS
    found += attribute(27, _u32(side.group))  # IFLA_GROUP
    return found + attribute(19, _u32(side.pid)) + attribute(40, _u32(1))  # IFLA_NET_NS_PID, _GSO_MAX_SEGS


def _request(kind: int, flags: int, body: bytes) -> bytes:
    return HEADER.pack(HEADER.size + len(body), kind, REQUEST | ACKNOWLEDGE | flags, 0, 0) + body


def _u32(number: int) -> bytes:
    return struct.pack("=I", number)


def _octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))

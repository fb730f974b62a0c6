"""Streams of numbered datagrams as captures have them: frames by Scapy."""

from __future__ import annotations

from functools import cache

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q
from scapy.packet import Raw

from measurement import numbered

from .captures import CLIENT, SERVER, START_NS, Timed, ether

FIRST_PORT = 9000


def datagram(
    at_us: int,
    number: int,
    *,
    delay_us: int = 0,
    tag: int | None = None,
    ends: tuple[str, str] = (CLIENT, SERVER),
    ports: tuple[int, int] = (40_000, FIRST_PORT),
    dscp: int = 0,
    size: int = 100,
) -> Timed:
    """Return a datagram that is captured at a time, so long after it was sent."""
    content = numbered.payload(number, START_NS + (at_us - delay_us) * 1000, size)
    return at_us, _headers(tag, ends, ports, dscp, len(content)) + content


@cache
def _headers(
    tag: int | None, ends: tuple[str, str], ports: tuple[int, int], dscp: int, content_bytes: int
) -> bytes:
    """Return a datagram up to its content; its checksum is of another one, at which nobody looks."""
    udp = UDP(sport=ports[0], dport=ports[1])
    packet = IP(src=ends[0], dst=ends[1], tos=dscp << 2) / udp / Raw(bytes(content_bytes))
    return ether(packet if tag is None else Dot1Q(vlan=tag) / packet)[:-content_bytes]

"""The packets that ICMP messages are about, from what the messages quote of them.

An error quotes a packet's IPv4 header and at least 8 bytes behind it (RFC 792): the identification, UDP's
ports, TCP's ports and sequence number, an echo's identifier and sequence number. Checksums are no marks: a
virtual interface sends them unfinished, and the message quotes them finished.
"""

import struct
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from measurement.packets import (
    ICMP,
    IPV4_HEADER,
    TCP,
    UDP,
    IcmpPacket,
    OtherPacket,
    Packet,
    TcpPacket,
    UdpPacket,
    UnreadableError,
)

UNREACHABLE, TIME_EXCEEDED = 3, 11
ECHO = 8
QUOTED = 8
NAMES = {ICMP: "icmp", TCP: "tcp", UDP: "udp"}


@dataclass(frozen=True)
class Probe:
    """A packet's marks, by which it is told from others; None is what its protocol has not."""

    src: str
    dst: str
    protocol: str
    ip_id: int
    id: int | None = None
    seq: int | None = None
    src_port: int | None = None
    dst_port: int | None = None


def quoted(error: IcmpPacket) -> Probe:
    """Return the marks of the packet that an error is about; raise UnreadableError where it quotes none."""
    header = error.content
    size = (header[0] & 0x0F) * 4 if header else 0
    if size < IPV4_HEADER or header[0] >> 4 != 4 or len(header) < size + QUOTED:
        raise UnreadableError(f"ICMP error that quotes no packet: {len(header)} bytes")
    src, dst = (str(IPv4Address(header[at : at + 4])) for at in (12, 16))
    number = header[9]
    probe = Probe(src, dst, NAMES.get(number, f"ip/{number}"), int.from_bytes(header[4:6], "big"))
    first, second, whole = struct.unpack_from("!HHI", header, size)
    if number == ICMP and first >> 8 == ECHO:
        return replace(probe, id=whole >> 16, seq=whole & 0xFFFF)
    if number == TCP:
        return replace(probe, seq=whole, src_port=first, dst_port=second)
    if number == UDP:
        return replace(probe, src_port=first, dst_port=second)
    return probe


def marks(packet: Packet) -> Probe:
    """Return a packet's own marks."""
    probe = Probe(packet.src, packet.dst, _protocol(packet), packet.ip_id)
    if isinstance(packet, IcmpPacket) and packet.type == ECHO:
        return replace(probe, id=packet.id, seq=packet.seq)
    if isinstance(packet, TcpPacket):
        return replace(probe, seq=packet.seq, src_port=packet.src_port, dst_port=packet.dst_port)
    if isinstance(packet, UdpPacket):
        return replace(probe, src_port=packet.src_port, dst_port=packet.dst_port)
    return probe


def _protocol(packet: Packet) -> str:
    kinds = {IcmpPacket: NAMES[ICMP], TcpPacket: NAMES[TCP], UdpPacket: NAMES[UDP]}
    return packet.protocol if isinstance(packet, OtherPacket) else kinds.get(type(packet), "")

"""From a frame's bytes to the packet inside: Ethernet, perhaps a VLAN tag, IPv4, and UDP, TCP or ICMP.

A tunnel's interface has no Ethernet: there a frame begins with IP.

Scapy reads the headers, one at a time; the lengths that say where a header ends are checked here, because
Scapy reads on in a packet that contradicts itself. Nothing raises: a packet that cannot be read becomes
`Malformed`. Checksums are not looked at: a virtual interface leaves them to hardware that it does not have.

Scapy takes most of the time, and the IPv4 headers of a conversation differ in little, so that each kind of
header is read once. Those of UDP and TCP, of which a run has a hundred thousand, are some numbers at fixed
places: they are read here.

Sources: RFC 791 (IPv4), RFC 768 (UDP), RFC 9293 (TCP), RFC 792 (ICMP), RFC 826 (ARP), RFC 2474 (DSCP),
IEEE 802.1Q (VLAN), RFC 8200 (IPv6), RFC 9293 section 3.1 (TCP's options), RFC 1191 (an ICMP message's MTU).
"""

import logging
import struct
from dataclasses import dataclass, field
from functools import cache, lru_cache
from ipaddress import IPv6Address
from types import SimpleNamespace

from measurement.pcap import RAW_IP
from measurement.pcapng import Frame

ETHERNET_HEADER = 14
VLAN_HEADER = 4
IPV4_HEADER = 20
IPV6_HEADER = 40
UDP_HEADER = ICMP_HEADER = 8
UDP_FIELDS = struct.Struct("!HHHH")  # ports, length, checksum
TCP_HEADER = 20
TCP_FIELDS = struct.Struct("!HHIIBBHHH")  # ports, sequence, acknowledgment, size, flags, and three more
ARP_PACKET = 28
ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_VLAN, ETHERTYPE_IPV6 = 0x0800, 0x0806, 0x8100, 0x86DD
VLAN_IDENTIFIER = 0x0FFF
ICMP, TCP, UDP = 1, 6, 17
END_OF_OPTIONS, NO_OPERATION, MAXIMUM_SEGMENT_SIZE = 0, 1, 2
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
# What tells the IPv4 headers of one conversation apart: total length, identification, checksum.
IPV4_CHANGING = (slice(2, 4), slice(4, 6), slice(10, 12))
KEPT_HEADERS = 4096


class UnreadableError(ValueError):
    """Bytes that are not what they should be; the message says why."""


@dataclass(frozen=True)
class Packet:
    """What every packet has: its frame's number and time, and where it comes from and goes to.

    `tag` is its VLAN identifier, None where it has none; `dscp`, `ttl` and `ip_id` (the
    identification in IPv4's header) are 0 where it has none.
    """

    number: int
    time_ns: int
    src: str
    dst: str
    tag: int | None = field(default=None, kw_only=True)
    dscp: int = field(default=0, kw_only=True)
    ttl: int = field(default=0, kw_only=True)
    ip_id: int = field(default=0, kw_only=True)


@dataclass(frozen=True)
class UdpPacket(Packet):
    """A UDP datagram."""

    src_port: int
    dst_port: int
    payload: bytes


@dataclass(frozen=True)
class TcpPacket(Packet):
    """A TCP segment; `mss` is the maximum segment size that a SYN tells, None where it tells none."""

    src_port: int
    dst_port: int
    seq: int
    ack: int
    flags: int
    payload: bytes
    mss: int | None = None

    def has(self, flags: int) -> bool:
        """Say whether all of these flags are set."""
        return self.flags & flags == flags


@dataclass(frozen=True)
class IcmpPacket(Packet):
    """An ICMP message; `id` and `seq` mean something in echo requests (type 8) and replies (type 0).

    `mtu` means something where a packet was too long (type 3, code 4); `content` is what follows the header.
    """

    type: int
    id: int
    seq: int
    code: int
    mtu: int
    content: bytes


@dataclass(frozen=True)
class OtherPacket(Packet):
    """Anything else that can be told by a name, such as "arp", "ip/47" or "ethernet/0x88cc"."""

    protocol: str


@dataclass(frozen=True)
class Malformed:
    """A frame, or a message inside it, that cannot be read, and why."""

    number: int
    time_ns: int
    reason: str


@dataclass(frozen=True)
class _Ipv4Header:
    """What is needed of an IPv4 header, but its lengths."""

    version: int
    dscp: int
    ttl: int
    is_fragment: bool
    protocol: int
    src: str
    dst: str


@cache
def layers() -> SimpleNamespace:
    """Return Scapy's layers: imported for the first packet only, because it takes a third of a second."""
    # Scapy warns of interfaces and routes that it does not find, and of packets that are malformed: the first
    # are not needed to read files, the second become rows.
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    from scapy.layers import dns, inet, l2

    return SimpleNamespace(Ether=l2.Ether, ARP=l2.ARP, IP=inet.IP, ICMP=inet.ICMP, dns=dns)


def decode(frame: Frame) -> Packet | Malformed:
    """Return the packet inside a frame."""
    try:
        return _raw(frame) if frame.link_type == RAW_IP else _ethernet(frame)
    except UnreadableError as error:
        return Malformed(frame.number, frame.time_ns, str(error))
    except Exception as error:  # Scapy raises whatever its fields come across.
        return Malformed(frame.number, frame.time_ns, f"unreadable header: {type(error).__name__}")


def _ethernet(frame: Frame) -> Packet:
    header = _head(frame.data, ETHERNET_HEADER, "Ethernet")
    ethertype = int.from_bytes(header[12:14], "big")
    content = frame.data[ETHERNET_HEADER:]
    tag = None
    if ethertype == ETHERTYPE_VLAN:
        vlan = _head(content, VLAN_HEADER, "VLAN")
        tag, ethertype = int.from_bytes(vlan[:2], "big") & VLAN_IDENTIFIER, int.from_bytes(vlan[2:], "big")
        content = content[VLAN_HEADER:]
    if ethertype == ETHERTYPE_IPV4:
        return _ipv4(frame, content, tag)
    if ethertype == ETHERTYPE_ARP:
        arp = layers().ARP(_head(content, ARP_PACKET, "ARP"))
        return OtherPacket(frame.number, frame.time_ns, str(arp.psrc), str(arp.pdst), "arp", tag=tag)
    # Not for the type above: Scapy takes a number below 1536 for a length, and has no type then.
    ends = layers().Ether(header)
    name = "ipv6" if ethertype == ETHERTYPE_IPV6 else f"ethernet/0x{ethertype:04x}"
    return OtherPacket(frame.number, frame.time_ns, str(ends.src), str(ends.dst), name, tag=tag)


def _raw(frame: Frame) -> Packet:
    version = _head(frame.data, 1, "IP")[0] >> 4
    if version == 4:
        return _ipv4(frame, frame.data, None)
    if version == 6:
        ends = _head(frame.data, IPV6_HEADER, "IPv6")[8:]
        src, dst = str(IPv6Address(ends[:16])), str(IPv6Address(ends[16:]))
        return OtherPacket(frame.number, frame.time_ns, src, dst, "ipv6")
    raise UnreadableError(f"IP header that cannot be: version {version}")


def _ipv4(frame: Frame, content: bytes, tag: int | None) -> Packet:
    size = (_head(content, IPV4_HEADER, "IPv4")[0] & 0x0F) * 4
    header = _ipv4_header(_without_changing(_head(content, max(size, IPV4_HEADER), "IPv4")))
    length = int.from_bytes(content[2:4], "big")
    if header.version != 4 or size < IPV4_HEADER or not size <= length <= len(content):
        raise UnreadableError(f"IPv4 header that cannot be: length {length} in {len(content)} bytes")
    if header.is_fragment:
        raise UnreadableError("fragment of an IPv4 packet: fragments are not put together")
    # What follows is the padding of a short Ethernet frame.
    inner = content[size:length]
    packet = Packet(
        frame.number,
        frame.time_ns,
        header.src,
        header.dst,
        tag=tag,
        dscp=header.dscp,
        ttl=header.ttl,
        ip_id=int.from_bytes(content[4:6], "big"),
    )
    readers = {UDP: _udp, TCP: _tcp, ICMP: _icmp}
    if header.protocol in readers:
        return readers[header.protocol](packet, inner)
    return OtherPacket(**vars(packet), protocol=f"ip/{header.protocol}")


def _without_changing(header: bytes) -> bytes:
    same = bytearray(header)
    for part in IPV4_CHANGING:
        same[part] = bytes(2)
    return bytes(same)


@lru_cache(maxsize=KEPT_HEADERS)
def _ipv4_header(header: bytes) -> _Ipv4Header:
    """Read a header whose changing fields are zero: neither Scapy nor what is returned depends on them."""
    read = layers().IP(header)
    return _Ipv4Header(
        version=int(read.version),
        dscp=int(read.tos) >> 2,
        ttl=int(read.ttl),
        is_fragment=bool(read.frag or read.flags.MF),
        protocol=int(read.proto),
        src=str(read.src),
        dst=str(read.dst),
    )


def _udp(packet: Packet, content: bytes) -> UdpPacket:
    src_port, dst_port, length, _ = UDP_FIELDS.unpack(_head(content, UDP_HEADER, "UDP"))
    if not UDP_HEADER <= length <= len(content):
        raise UnreadableError(f"UDP header that cannot be: length {length} in {len(content)} bytes")
    payload = content[UDP_HEADER:length]
    return UdpPacket(**vars(packet), src_port=src_port, dst_port=dst_port, payload=payload)


def _tcp(packet: Packet, content: bytes) -> TcpPacket:
    size = (_head(content, TCP_HEADER, "TCP")[12] >> 4) * 4
    if size < TCP_HEADER:
        raise UnreadableError(f"TCP header that cannot be: {size} bytes long")
    src_port, dst_port, seq, ack, _, flags, *_ = TCP_FIELDS.unpack_from(_head(content, size, "TCP"))
    return TcpPacket(
        **vars(packet),
        src_port=src_port,
        dst_port=dst_port,
        seq=seq,
        ack=ack,
        flags=flags,
        payload=content[size:],
        mss=_maximum_segment_size(content[TCP_HEADER:size]) if flags & SYN else None,
    )


def _maximum_segment_size(options: bytes) -> int | None:
    """Return what a SYN's options say, as far as they can be read."""
    place = 0
    while place + 1 < len(options) and options[place] != END_OF_OPTIONS:
        if options[place] == NO_OPERATION:
            place += 1
            continue
        length = options[place + 1]
        if options[place] == MAXIMUM_SEGMENT_SIZE and length == 4 and place + length <= len(options):
            return int.from_bytes(options[place + 2 : place + 4], "big")
        place += max(length, 2)
    return None


def _icmp(packet: Packet, content: bytes) -> IcmpPacket:
    header = layers().ICMP(_head(content, ICMP_HEADER, "ICMP"))
    return IcmpPacket(
        **vars(packet),
        type=int(header.type),
        id=int(header.id or 0),
        seq=int(header.seq or 0),
        code=content[1],
        mtu=int.from_bytes(content[6:8], "big"),
        content=content[ICMP_HEADER:],
    )


def _head(content: bytes, size: int, protocol: str) -> bytes:
    if len(content) < size:
        raise UnreadableError(f"{protocol} header is cut: {len(content)} of {size} bytes")
    return content[:size]

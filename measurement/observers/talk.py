"""Sees who sent anything to whom at all, so that what did not happen can be told, too."""

from collections.abc import Iterator

from measurement.observation import Talk
from measurement.observers.source import Source
from measurement.packets import IcmpPacket, OtherPacket, Packet, TcpPacket, UdpPacket


def talks(source: Source) -> Iterator[Talk]:
    """Yield one row for each sender, receiver and protocol, at the first of the packets."""
    packets: dict[tuple[str, str, str], list[Packet]] = {}
    for packet in source.packets:
        packets.setdefault((packet.src, packet.dst, _protocol(packet)), []).append(packet)
    for (src, dst, protocol), each in packets.items():
        yield Talk(**source.at(each[0]), src=src, dst=dst, protocol=protocol, packets=len(each))


def _protocol(packet: Packet) -> str:
    if isinstance(packet, TcpPacket | UdpPacket):
        transport = "tcp" if isinstance(packet, TcpPacket) else "udp"
        return f"{transport}/{min(packet.src_port, packet.dst_port)}"
    if isinstance(packet, IcmpPacket):
        return "icmp"
    return packet.protocol if isinstance(packet, OtherPacket) else "unknown"

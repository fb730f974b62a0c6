"""Sees the captures themselves: which there are, whether they are whole, and what in them cannot be read."""

from collections.abc import Callable, Iterator
from functools import partial

from measurement.bfd_messages import read_message as read_bfd
from measurement.bgp_messages import read_message as read_bgp
from measurement.dns_messages import read_message as read_dns
from measurement.icmp_errors import TIME_EXCEEDED, UNREACHABLE, quoted
from measurement.observation import CaptureSeen, MalformedPacket
from measurement.observers.source import Source
from measurement.observers.tls import hellos
from measurement.packets import IcmpPacket, Malformed, Packet, UdpPacket, UnreadableError
from measurement.rtp_messages import read_rtcp
from measurement.wireguard_messages import read_message as read_wireguard


def captures(source: Source) -> Iterator[CaptureSeen]:
    """Yield the one row of the file; its time is the first frame's, 0 where there is none."""
    capture = source.capture
    yield CaptureSeen(
        case=source.case,
        node=capture.name,
        file=source.file,
        frame=0,
        time_ns=capture.frames[0].time_ns if capture.frames else 0,
        interface=capture.interface,
        packets=len(capture.frames),
        dropped=capture.dropped,
        complete=capture.complete,
        problem=capture.problem,
    )


def malformed_packets(source: Source) -> Iterator[MalformedPacket]:
    """Yield the frames that cannot be read, and the messages inside others."""
    for packet in source.decoded:
        if isinstance(packet, Malformed):
            yield MalformedPacket(**source.at(packet), reason=packet.reason)
    for packet, read in _messages(source):
        try:
            read()
        except UnreadableError as error:
            yield MalformedPacket(**source.at(packet), reason=str(error))


def _messages(source: Source) -> Iterator[tuple[Packet, Callable[[], object]]]:
    """Yield everything that is to be a message: the packet to blame, and how it is read."""
    for dns in source.dns:
        yield dns.packet, partial(read_dns, dns.message)
    for connection in source.connections:
        if connection.client.pieces:
            yield connection.client.pieces[0].packet, partial(hellos, connection)
    for packet in source.packets:
        if isinstance(packet, UdpPacket):
            yield packet, partial(read_wireguard, packet)
            yield packet, partial(read_bfd, packet)
        elif isinstance(packet, IcmpPacket) and packet.type in (UNREACHABLE, TIME_EXCEEDED):
            yield packet, partial(quoted, packet)
    for rtcp in source.media.control:
        yield rtcp.packet, partial(read_rtcp, rtcp.content)
    for bgp in source.bgp:
        yield bgp.packet, partial(read_bgp, bgp)

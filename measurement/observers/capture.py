"""Sees the captures themselves: which there are, whether they are whole, and what in them cannot be read."""

from collections.abc import Iterator

from measurement.dns_messages import read_message
from measurement.observation import CaptureSeen, MalformedPacket
from measurement.observers.source import Source
from measurement.observers.tls import hellos
from measurement.packets import Malformed, UnreadableError


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
    """Yield the frames, the DNS messages and the TLS handshakes that cannot be read."""
    for packet in source.decoded:
        if isinstance(packet, Malformed):
            yield MalformedPacket(**source.at(packet), reason=packet.reason)
    for carried in source.dns:
        try:
            read_message(carried.message)
        except UnreadableError as error:
            yield MalformedPacket(**source.at(carried.packet), reason=str(error))
    for connection in source.connections:
        try:
            hellos(connection)
        except UnreadableError as error:
            yield MalformedPacket(**source.at(connection.client.pieces[0].packet), reason=str(error))

"""Sees ICMP echoes, which show a path's round trip without a service at its end."""

from collections.abc import Iterator

from measurement.observation import IcmpEcho
from measurement.observers.source import Source, frame_of, microseconds
from measurement.packets import IcmpPacket

REQUEST, REPLY = 8, 0


def icmp_echoes(source: Source) -> Iterator[IcmpEcho]:
    """Yield every echo request, with the first reply after it that names the same identifier and sequence."""
    messages = [packet for packet in source.packets if isinstance(packet, IcmpPacket)]
    # The next reply with the same marks, seen from the end: each request finds the nearest one after it.
    replies: dict[tuple[str, str, int, int], IcmpPacket] = {}
    rows = []
    for packet in reversed(messages):
        if packet.type == REPLY:
            replies[packet.dst, packet.src, packet.id, packet.seq] = packet
        elif packet.type == REQUEST:
            reply = replies.pop((packet.src, packet.dst, packet.id, packet.seq), None)
            rows.append(_row(source, packet, reply))
    yield from reversed(rows)


def _row(source: Source, request: IcmpPacket, reply: IcmpPacket | None) -> IcmpEcho:
    return IcmpEcho(
        **source.at(request),
        src=request.src,
        dst=request.dst,
        id=request.id,
        seq=request.seq,
        ttl=request.ttl,
        reply_frame=frame_of(reply),
        rtt_us=microseconds(request, reply) if reply else None,
    )

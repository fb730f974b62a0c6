"""Sees in which bursts payload was sent: a round of slow start, a request, an answer.

Sequence numbers alone say which bytes are new, and a flow is known by its addresses and ports, so that a
connection that was opened long before the capture is seen like any other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from measurement.observation import TcpBurst
from measurement.observers.source import Source, microseconds
from measurement.packets import SYN, TcpPacket
from measurement.streams import SEQUENCE_NUMBERS

GAP_US = 1000
LONGEST_US = 100_000

Flow = tuple[str, int, str, int]


@dataclass
class _Burst:
    """A burst so far."""

    first: TcpPacket
    last: TcpPacket
    bytes: int = 0
    packets: int = 0

    def goes_on_with(self, packet: TcpPacket) -> bool:
        """Say whether a later segment of the same direction is part of it."""
        waited_us, lasted_us = microseconds(self.last, packet), microseconds(self.first, packet)
        return waited_us <= GAP_US and lasted_us < LONGEST_US


@dataclass
class _Direction:
    """One direction of a flow: the burst that is on, and the bytes so far, as spans that do not touch.

    Places are sequence numbers that do not wrap around.
    """

    syn: int | None = None
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    burst: _Burst | None = None

    def take(self, packet: TcpPacket) -> int:
        """Take a segment's payload; return how many of its bytes are new."""
        start = self._place(packet.seq + packet.has(SYN))
        end = start + len(packet.payload)
        # The spans that the new one overlaps or touches become one with it.
        first, after = bisect_left(self.ends, start), bisect_right(self.starts, end)
        starts, ends = self.starts[first:after], self.ends[first:after]
        known = sum(min(e, end) - max(s, start) for s, e in zip(starts, ends, strict=True))
        self.starts[first:after] = [min([start, *starts])]
        self.ends[first:after] = [max([end, *ends])]
        return end - start - known

    def _place(self, number: int) -> int:
        """Return the place with this sequence number that is nearest to the farthest byte so far."""
        near = self.ends[-1] if self.ends else number
        half = SEQUENCE_NUMBERS // 2
        return near + (number - near + half) % SEQUENCE_NUMBERS - half


def tcp_bursts(source: Source) -> Iterator[TcpBurst]:
    """Yield every burst, in the order in which they begin."""
    flows: dict[Flow, _Direction] = {}
    bursts: list[_Burst] = []
    for packet in source.packets:
        if not isinstance(packet, TcpPacket):
            continue
        direction = _direction(flows, packet)
        if not packet.payload:
            continue
        other = flows.get((packet.dst, packet.dst_port, packet.src, packet.src_port))
        if other is not None:
            other.burst = None
        if direction.burst is None or not direction.burst.goes_on_with(packet):
            direction.burst = _Burst(packet, packet)
            bursts.append(direction.burst)
        direction.burst.last = packet
        direction.burst.bytes += direction.take(packet)
        direction.burst.packets += 1
    for burst in bursts:
        yield _row(source, burst)


def _direction(flows: dict[Flow, _Direction], packet: TcpPacket) -> _Direction:
    """Return a packet's direction: a new one where a SYN begins another connection on the same ports."""
    flow = packet.src, packet.src_port, packet.dst, packet.dst_port
    known = flows.get(flow)
    if known is None or (packet.has(SYN) and known.syn != packet.seq):
        known = flows[flow] = _Direction(syn=packet.seq if packet.has(SYN) else None)
    return known


def _row(source: Source, burst: _Burst) -> TcpBurst:
    return TcpBurst(
        **source.at(burst.first),
        src=burst.first.src,
        src_port=burst.first.src_port,
        dst=burst.first.dst,
        dst_port=burst.first.dst_port,
        bytes=burst.bytes,
        packets=burst.packets,
        last_frame=burst.last.number,
        last_time_ns=burst.last.time_ns,
    )

"""Sees streams of numbered datagrams, as runs without a gap: what was lost or late is between them."""

from collections.abc import Iterator
from dataclasses import dataclass

from measurement import numbered
from measurement.numbered import Numbered
from measurement.observation import DatagramRun
from measurement.observers.source import Source
from measurement.packets import UdpPacket

JUMP_US = 500.0
NS_PER_US = 1000


@dataclass
class _Run:
    """A run so far."""

    first: UdpPacket
    last: UdpPacket
    first_number: int
    last_number: int
    delay_us: float
    least_us: float
    most_us: float

    def take(self, packet: UdpPacket, known: Numbered) -> bool:
        """Take the next datagram of the stream; return False if it is not the run's."""
        delay_us = _delay_us(packet, known)
        follows = known.number == self.last_number + 1 and packet.tag == self.first.tag
        if not follows or abs(delay_us - self.delay_us) > JUMP_US:
            return False
        self.last, self.last_number, self.delay_us = packet, known.number, delay_us
        self.least_us, self.most_us = min(self.least_us, delay_us), max(self.most_us, delay_us)
        return True


def datagram_runs(source: Source) -> Iterator[DatagramRun]:
    """Yield every run, in the order in which they begin."""
    streams: dict[tuple[str, str, int], _Run] = {}
    runs = []
    for packet in source.packets:
        known = numbered.read(packet.payload) if isinstance(packet, UdpPacket) else None
        if known is None or not isinstance(packet, UdpPacket):
            continue
        stream = packet.src, packet.dst, packet.dst_port
        if stream not in streams or not streams[stream].take(packet, known):
            delay_us = _delay_us(packet, known)
            streams[stream] = _Run(packet, packet, known.number, known.number, delay_us, delay_us, delay_us)
            runs.append(streams[stream])
    for run in runs:
        yield _row(source, run)


def _delay_us(packet: UdpPacket, known: Numbered) -> float:
    return (packet.time_ns - known.sent_ns) / NS_PER_US


def _row(source: Source, run: _Run) -> DatagramRun:
    return DatagramRun(
        **source.at(run.first),
        src=run.first.src,
        dst=run.first.dst,
        dst_port=run.first.dst_port,
        dscp=run.first.dscp,
        tag=run.first.tag,
        first=run.first_number,
        last=run.last_number,
        last_frame=run.last.number,
        last_time_ns=run.last.time_ns,
        least_delay_us=run.least_us,
        most_delay_us=run.most_us,
    )

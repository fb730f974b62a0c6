"""Media in what a capture carries: sources of RTP with their runs of packets, and the RTCP beside them.

Nothing in a packet says that it is RTP. A source is one where two numbers in turn follow each other (RFC
3550, A.1), and RTCP is where media flows, in either direction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from measurement.rows.rtp import NUMBERS, TIMESTAMPS
from measurement.rtp_messages import RtpMessage, is_control, read_rtp
from measurement.turn_streams import Carried

Flow = tuple[str, int, str, int, int | None]  # from, to, and the channel


@dataclass
class Run:
    """Packets of one source whose numbers follow each other, as `measurement.rows.rtp.RtpRun` has them."""

    first: Carried
    began: RtpMessage
    last: Carried
    ended: RtpMessage
    steps: list[int] = field(default_factory=list)
    gaps_ns: list[int] = field(default_factory=list)
    bytes: int = 0

    def take(self, carried: Carried, message: RtpMessage) -> bool:
        """Take the source's next packet; return False if it is not the run's."""
        same = (message.payload_type, carried.packet.dscp) == (self.ended.payload_type, self.last.packet.dscp)
        if not same or message.number != (self.ended.number + 1) % NUMBERS:
            return False
        self.steps.append((message.timestamp - self.ended.timestamp) % TIMESTAMPS)
        self.gaps_ns.append(carried.packet.time_ns - self.last.packet.time_ns)
        self.last, self.ended = carried, message
        self.bytes += message.payload_bytes
        return True


@dataclass(frozen=True)
class Media:
    """The runs of every source in the order of their first packets, and what has to be RTCP."""

    runs: tuple[Run, ...]
    control: tuple[Carried, ...]


def media_in(carried: Iterable[Carried]) -> Media:
    """Return the media in messages, which are in the order of their capture."""
    messages = [each for each in carried if not each.is_stun]
    runs: dict[tuple[Flow, int], list[Run]] = {}
    for each in messages:
        if (message := read_rtp(each.content)) is None:
            continue
        own = runs.setdefault((_flow(each), message.ssrc), [])
        if not own or not own[-1].take(each, message):
            own.append(Run(each, message, each, message, bytes=message.payload_bytes))
    real = {key: own for key, own in runs.items() if any(run.steps for run in own)}
    flows = {flow for flow, _ in real}
    flows |= {(*flow[2:4], *flow[:2], flow[4]) for flow in flows}
    found = [run for own in real.values() for run in own]
    return Media(
        runs=tuple(sorted(found, key=lambda run: run.first.packet.number)),
        control=tuple(each for each in messages if is_control(each.content) and _flow(each) in flows),
    )


def _flow(carried: Carried) -> Flow:
    packet = carried.packet
    return packet.src, packet.src_port, packet.dst, packet.dst_port, carried.channel

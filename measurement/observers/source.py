"""What every observer is given: one capture, decoded, and where it comes from."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from measurement import bgp_streams, rtp_flows, turn_streams
from measurement.dns_messages import Carried, carried_messages
from measurement.packets import Malformed, Packet, TcpPacket, decode
from measurement.pcapng import Capture
from measurement.streams import Connection, connections


class Place(TypedDict):
    """The fields that every row begins with."""

    case: str
    node: str
    file: str
    frame: int
    time_ns: int


@dataclass(frozen=True)
class Source:
    """A capture and the case it belongs to; `file` is relative to the run's folder."""

    case: str
    file: str
    capture: Capture

    @cached_property
    def decoded(self) -> tuple[Packet | Malformed, ...]:
        """Every frame's packet, in the order of the capture."""
        return tuple(decode(frame) for frame in self.capture.frames)

    @cached_property
    def packets(self) -> tuple[Packet, ...]:
        """The packets that could be read."""
        return tuple(packet for packet in self.decoded if isinstance(packet, Packet))

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """The TCP connections that begin in the capture."""
        return tuple(connections(packet for packet in self.packets if isinstance(packet, TcpPacket)))

    @cached_property
    def dns(self) -> tuple[Carried, ...]:
        """The DNS messages, not yet read."""
        return tuple(carried_messages(self.packets, self.connections))

    @cached_property
    def bgp(self) -> tuple[bgp_streams.Carried, ...]:
        """The BGP messages, not yet read."""
        return tuple(bgp_streams.carried_messages(self.packets))

    @cached_property
    def turn(self) -> tuple[turn_streams.Carried, ...]:
        """The messages to and from media relays, and what may be media."""
        return tuple(turn_streams.carried_messages(self.packets, self.connections))

    @cached_property
    def media(self) -> rtp_flows.Media:
        """What of them is media."""
        return rtp_flows.media_in(self.turn)

    def at(self, packet: Packet | Malformed) -> Place:
        """Return the fields that say where a packet was seen."""
        return Place(
            case=self.case,
            node=self.capture.name,
            file=self.file,
            frame=packet.number,
            time_ns=packet.time_ns,
        )


def microseconds(start: Packet, end: Packet) -> float:
    """Return the time between two packets in microseconds."""
    return (end.time_ns - start.time_ns) / 1000


def frame_of(packet: Packet | None) -> int | None:
    """Return a packet's frame number, if there is a packet."""
    return packet.number if packet else None


def time_of(packet: Packet | None) -> int | None:
    """Return a packet's time in nanoseconds since the epoch, if there is a packet."""
    return packet.time_ns if packet else None

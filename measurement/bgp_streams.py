"""BGP messages in TCP: where they are in the packets, also of a session that is older than the capture.

A stream of which the beginning was not captured is read from the first marker on, the 16 bytes of ones with
which every message begins (RFC 4271, section 4.1).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from measurement.packets import ACK, SYN, Packet, TcpPacket
from measurement.streams import SEQUENCE_NUMBERS, Stream

PORT = 179
MARKER = b"\xff" * 16
HEADER = 19
OPEN = 1

End = tuple[str, int]


@dataclass(frozen=True)
class Carried:
    """A message's bytes with its header, and the packet with which they were complete.

    Where a header cannot be, `message` is all that follows, of which nobody knows where a message begins.
    `opens` are the OPEN messages of the session, by who sent them: they say how others are to be read.
    """

    packet: TcpPacket
    message: bytes
    opens: dict[End, bytes]


@dataclass
class _Direction:
    """What one end sent; `whole` is False where the beginning was not captured."""

    stream: Stream
    whole: bool


@dataclass
class _Session:
    directions: dict[End, _Direction] = field(default_factory=dict)

    def take(self, packet: TcpPacket) -> None:
        """Take a packet; what comes before the first byte that is known of belongs to nothing."""
        source = packet.src, packet.src_port
        if source not in self.directions:
            first = packet.seq if packet.has(SYN) else (packet.seq - 1) % SEQUENCE_NUMBERS
            self.directions[source] = _Direction(Stream(first), whole=packet.has(SYN))
        self.directions[source].stream.add(packet)

    def begins_anew(self, packet: TcpPacket) -> bool:
        """Whether the packet is the SYN of another connection between the same ports."""
        if not packet.has(SYN) or packet.has(ACK):
            return False
        known = self.directions.get((packet.src, packet.src_port))
        return known is None or not known.whole or known.stream.initial_sequence_number != packet.seq


def carried_messages(packets: Iterable[Packet]) -> list[Carried]:
    """Return the BGP messages that are whole, in the order of the capture."""
    found = [message for session in _sessions(packets) for message in _in_session(session)]
    return sorted(found, key=lambda carried: carried.packet.number)


def _sessions(packets: Iterable[Packet]) -> list[_Session]:
    current: dict[frozenset[End], _Session] = {}
    found = []
    for packet in packets:
        if not isinstance(packet, TcpPacket) or PORT not in (packet.src_port, packet.dst_port):
            continue
        ends = frozenset({(packet.src, packet.src_port), (packet.dst, packet.dst_port)})
        if ends not in current or current[ends].begins_anew(packet):
            current[ends] = _Session()
            found.append(current[ends])
        current[ends].take(packet)
    return found


def _in_session(session: _Session) -> list[Carried]:
    opens: dict[End, bytes] = {}
    found = [each for direction in session.directions.values() for each in _in_stream(direction, opens)]
    for each in found:
        if each.message[HEADER - 1 : HEADER] == bytes([OPEN]):
            opens[each.packet.src, each.packet.src_port] = each.message
    return found


def _in_stream(direction: _Direction, opens: dict[End, bytes]) -> Iterator[Carried]:
    stream, data = direction.stream, direction.stream.data
    start = 0 if direction.whole else data.find(MARKER)
    while start >= 0 and start + HEADER <= len(data):
        end = start + int.from_bytes(data[start + 16 : start + 18], "big")
        if not data.startswith(MARKER, start) or end < start + HEADER:
            yield Carried(stream.completed_by(start, len(data)), data[start:], opens)
            return
        if end > len(data):
            return
        yield Carried(stream.completed_by(start, end), data[start:end], opens)
        start = end

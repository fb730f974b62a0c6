"""TCP connections, and the byte streams in them: in order, each byte once, each known to a frame.

A stream is built as a receiver does it (RFC 9293, section 3.10.7): sequence numbers wrap around, segments
come late and twice, and the first that brings a byte is the one that counts.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from measurement.packets import ACK, FIN, SYN, TcpPacket

SEQUENCE_NUMBERS = 1 << 32


@dataclass(frozen=True)
class Piece:
    """Bytes `start` to `end` of a stream, which this packet was the first to bring."""

    start: int
    end: int
    data: bytes
    packet: TcpPacket


@dataclass
class Stream:
    """One direction's bytes, counted from 0; `repeated` counts the segments that repeat some."""

    initial_sequence_number: int
    pieces: list[Piece] = field(default_factory=list)
    repeated: int = 0

    def add(self, packet: TcpPacket) -> None:
        """Take a segment's payload: the part of it that is new."""
        start = self.offset(packet.seq + packet.has(SYN))
        fresh = list(self._gaps(max(start, 0), start + len(packet.payload)))
        if sum(end - begin for begin, end in fresh) < len(packet.payload):
            self.repeated += 1
        for begin, end in fresh:
            data = packet.payload[begin - start : end - start]
            insort(self.pieces, Piece(begin, end, data, packet), key=attrgetter("start"))

    def offset(self, number: int) -> int:
        """Return where in the stream a sequence number is: the place nearest to the stream's end so far."""
        near = self.pieces[-1].end if self.pieces else 0
        ahead = (number - self.initial_sequence_number - 1 - near) % SEQUENCE_NUMBERS
        return near + (ahead if ahead < SEQUENCE_NUMBERS // 2 else ahead - SEQUENCE_NUMBERS)

    def _gaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for piece in self.pieces[bisect_right(self.pieces, start, key=attrgetter("end")) :]:
            if piece.start >= end:
                break
            if piece.start > start:
                yield start, piece.start
            start = max(start, piece.end)
        if start < end:
            yield start, end

    @property
    def length(self) -> int:
        """How many different bytes were seen."""
        return sum(piece.end - piece.start for piece in self.pieces)

    @cached_property
    def data(self) -> bytes:
        """The bytes from the first one to the first that is missing; ask when the last packet was added."""
        parts, end = [], 0
        for piece in self.pieces:
            if piece.start != end:
                break
            parts.append(piece.data)
            end = piece.end
        return b"".join(parts)

    def completed_by(self, start: int, end: int) -> TcpPacket:
        """Return the packet with which the bytes from `start` to `end` were all there."""
        first = bisect_right(self.pieces, start, key=attrgetter("end"))
        last = bisect_right(self.pieces, end - 1, key=attrgetter("start"))
        return max((piece.packet for piece in self.pieces[first:last]), key=attrgetter("number"))


@dataclass
class Connection:
    """A connection's packets in the order of the capture; the first is the client's SYN."""

    packets: list[TcpPacket]

    @property
    def syn(self) -> TcpPacket:
        """The client's first packet."""
        return self.packets[0]

    @cached_property
    def synack(self) -> TcpPacket | None:
        """The server's first answer to the SYN."""
        expected = (self.syn.seq + 1) % SEQUENCE_NUMBERS
        return next((p for p in self.from_server if p.has(SYN | ACK) and p.ack == expected), None)

    @property
    def from_client(self) -> list[TcpPacket]:
        """The client's packets."""
        return [p for p in self.packets if _source(p) == _source(self.syn)]

    @property
    def from_server(self) -> list[TcpPacket]:
        """The server's packets."""
        return [p for p in self.packets if _source(p) != _source(self.syn)]

    @cached_property
    def client(self) -> Stream:
        """The bytes that the client sent."""
        return _stream(self.syn, self.from_client)

    @cached_property
    def server(self) -> Stream:
        """The bytes that the server sent; nothing when its SYN/ACK is not in the capture."""
        return _stream(self.synack, self.from_server) if self.synack else Stream(0)

    @property
    def retransmissions(self) -> int:
        """How many segments repeat bytes, a SYN or a FIN."""
        sides = (self.from_client, self.from_server)
        handshakes = sum(_repeats(side, flag) for side in sides for flag in (SYN, FIN))
        return self.client.repeated + self.server.repeated + handshakes


def connections(packets: Iterable[TcpPacket]) -> list[Connection]:
    """Return the connections whose first SYN is among the packets, in its order."""
    found: list[Connection] = []
    current: dict[frozenset[tuple[str, int]], Connection] = {}
    for packet in packets:
        ends = frozenset({_source(packet), (packet.dst, packet.dst_port)})
        if _opens(packet, current.get(ends)):
            current[ends] = Connection([packet])
            found.append(current[ends])
        elif ends in current:
            current[ends].packets.append(packet)
    return found


def _opens(packet: TcpPacket, current: Connection | None) -> bool:
    if not packet.has(SYN) or packet.has(ACK):
        return False
    again = current and (_source(packet), packet.seq) == (_source(current.syn), current.syn.seq)
    return not again


def _source(packet: TcpPacket) -> tuple[str, int]:
    return packet.src, packet.src_port


def _stream(opening: TcpPacket, packets: Iterable[TcpPacket]) -> Stream:
    stream = Stream(opening.seq)
    for packet in packets:
        stream.add(packet)
    return stream


def _repeats(packets: Iterable[TcpPacket], flag: int) -> int:
    marks = sum(1 for packet in packets if packet.has(flag) and not packet.payload)
    return max(marks - 1, 0)

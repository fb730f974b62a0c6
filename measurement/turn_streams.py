"""What goes to and from media relays: STUN messages, and what is inside of TURN's channels, over UDP and TCP.

What is in a TCP stream counts as there when everything before it is, too: that is when a receiver is given
it, so that a lost segment holds up whatever follows. A stream is TURN's if it begins with a STUN message.

Sources: RFC 8489, section 5 (STUN), RFC 8656, section 12.4 (ChannelData), RFC 7983 (first bytes).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from measurement.packets import Packet, TcpPacket, UdpPacket
from measurement.streams import Connection, Stream

STUN_HEADER = struct.Struct("!HHI12s")  # type, length, magic cookie, transaction
MAGIC_COOKIE = 0x2112A442
CHANNEL_HEADER = struct.Struct("!HH")  # channel, length
CHANNELS = range(0x4000, 0x5000)
FIRST_NOT_STUN = 4  # first bytes
RTP_BYTES = range(128, 192)
WORD = 4


@dataclass(frozen=True)
class Carried:
    """A message, and the packet with which it was there; `channel` is None outside of one."""

    packet: UdpPacket | TcpPacket
    transport: Literal["udp", "tcp"]
    channel: int | None
    content: bytes

    @property
    def is_stun(self) -> bool:
        """Whether it is a STUN message that stands by itself."""
        return self.channel is None and self.content[0] < FIRST_NOT_STUN


def carried_messages(packets: Iterable[Packet], connections: Iterable[Connection]) -> list[Carried]:
    """Return STUN messages, what is in channels, and what in UDP may be RTP, in the capture's order."""
    found = [each for packet in packets if isinstance(packet, UdpPacket) for each in _in_datagram(packet)]
    for connection in connections:
        if _begins_with_stun(connection.client.data):
            found += [*_in_stream(connection.client), *_in_stream(connection.server)]
    return sorted(found, key=lambda carried: carried.packet.number)


def _in_datagram(packet: UdpPacket) -> Iterator[Carried]:
    content = packet.payload
    if len(content) < CHANNEL_HEADER.size:
        return
    channel, length = CHANNEL_HEADER.unpack_from(content)
    if content[0] in RTP_BYTES or _begins_with_stun(content):
        yield Carried(packet, "udp", None, content)
    elif channel in CHANNELS and 0 <= len(content) - CHANNEL_HEADER.size - length < WORD:
        yield Carried(packet, "udp", channel, content[CHANNEL_HEADER.size :][:length])


def _begins_with_stun(content: bytes) -> bool:
    if len(content) < STUN_HEADER.size or content[0] >= FIRST_NOT_STUN:
        return False
    return bool(STUN_HEADER.unpack_from(content)[2] == MAGIC_COOKIE)


def _in_stream(stream: Stream) -> Iterator[Carried]:
    """Yield the messages of a stream: each filled up to whole words (RFC 8656, section 12.5)."""
    data, start, latest = stream.data, 0, None
    while start + CHANNEL_HEADER.size <= len(data):
        number, length = CHANNEL_HEADER.unpack_from(data, start)
        is_channel = number in CHANNELS
        begin = start + CHANNEL_HEADER.size if is_channel else start
        end = start + (CHANNEL_HEADER.size if is_channel else STUN_HEADER.size) + length
        next_one = end + -end % WORD if is_channel else end
        if end > len(data) or not (is_channel or _begins_with_stun(data[start:])):
            return
        packet = stream.completed_by(start, end)
        if latest is None or packet.number > latest.number:
            latest = packet
        yield Carried(latest, "tcp", number if is_channel else None, data[begin:end])
        start = next_one

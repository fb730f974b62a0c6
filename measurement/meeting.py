"""Both ends of a medium in a call, beside the TURN client: the meeting's side, and GStreamer behind either.

GStreamer sends and takes media on the loopback interface of its node; RTP and RTCP leave the node together,
from one port (RFC 5761).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from measurement.media import Medium
from measurement.stun import BINDING, HEADER, IPV4, MAGIC_COOKIE, SUCCESS, XOR_MAPPED_ADDRESS
from measurement.turn_client import FIRST_NOT_STUN, Address

LOOPBACK = "127.0.0.1"
FIRST_INNER = -10_000  # from a medium's port to the first of its three on the loopback interface
RTCP_TYPES = range(192, 224)  # a second byte that tells RTCP from RTP (RFC 5761, section 4)


def inner_ports(medium: Medium) -> tuple[int, int, int]:
    """Return where GStreamer sends everything of a medium, where it takes RTP, and where RTCP."""
    first = medium.port + FIRST_INNER
    return first, first + 1, first + 2


class Inner(asyncio.DatagramProtocol):
    """GStreamer's side: ``outward`` is given what it sends."""

    def __init__(self, medium: Medium, outward: Callable[[bytes], object]) -> None:
        self._outward = outward
        _, self._rtp, self._rtcp = inner_ports(medium)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what GStreamer is reached by."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, content: bytes, address: Address) -> None:
        """Pass on what GStreamer sends."""
        self._outward(content)

    def inward(self, content: bytes) -> None:
        """Give GStreamer what came from outside."""
        if self._transport is not None and len(content) > 1:
            port = self._rtcp if content[1] in RTCP_TYPES else self._rtp
            self._transport.sendto(content, (LOOPBACK, port))


class Meeting(asyncio.DatagramProtocol):
    """The meeting's side of a medium: it sends to whoever has asked it by STUN."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._to: Address | None = None
        self.taken: Callable[[bytes], object] = len

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what others are reached by."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, content: bytes, address: Address) -> None:
        """Answer a binding request; take media."""
        assert self._transport is not None
        if content[:1] >= bytes([FIRST_NOT_STUN]):
            self.taken(content)
        elif len(content) >= HEADER.size and HEADER.unpack_from(content)[0] == BINDING:
            self._to = address
            self._transport.sendto(binding_answer(content, address), address)

    def send(self, content: bytes) -> None:
        """Send media; before anybody has asked there is nobody to send it to."""
        if self._transport is not None and self._to is not None:
            self._transport.sendto(content, self._to)


def binding_answer(request: bytes, address: Address) -> bytes:
    """Return the answer to a STUN binding request that came from an address (RFC 8489, section 14.2)."""
    transaction = HEADER.unpack_from(request)[3]
    seen = int.from_bytes(socket.inet_aton(address[0]), "big")
    mapped = struct.pack("!BBHI", 0, IPV4, address[1] ^ (MAGIC_COOKIE >> 16), seen ^ MAGIC_COOKIE)
    attribute = struct.pack("!HH", XOR_MAPPED_ADDRESS, len(mapped)) + mapped
    return HEADER.pack(SUCCESS, len(attribute), MAGIC_COOKIE, transaction) + attribute

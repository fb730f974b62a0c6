"""Numbered datagrams: what a stream's packets carry, so that each can be told from every other.

A mark, the datagram's number and the time at which it was sent, in nanoseconds since the epoch, in network
order; padding after it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

FORMAT = struct.Struct(">4sQQ")
MARK = b"cpth"
HEADERS_BYTES = 42  # Ethernet, IPv4 and UDP, as a capture counts them


class Numbered(NamedTuple):
    """A datagram's number, and when it was sent."""

    number: int
    sent_ns: int


def payload(number: int, sent_ns: int, frame_bytes: int) -> bytes:
    """Return the payload of a datagram whose frame is to have a size; not shorter than what it carries."""
    return FORMAT.pack(MARK, number, sent_ns).ljust(frame_bytes - HEADERS_BYTES, b"\0")


def read(content: bytes) -> Numbered | None:
    """Return what a datagram carries; None where it is none of a stream's."""
    if len(content) < FORMAT.size:
        return None
    mark, number, sent_ns = FORMAT.unpack_from(content)
    return Numbered(number, sent_ns) if mark == MARK else None

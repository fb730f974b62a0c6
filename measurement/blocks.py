"""The blocks that a pcapng file is made of: how they are framed, and the options that they carry.

Neither Scapy's writer nor the package python-pcapng writes all of these: both lack the TLS secrets, and Scapy
the nanoseconds and the statistics, too.

Source: draft-ietf-opsawg-pcapng, sections 3.1 (block framing) and 3.5 (options).
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
SIMPLE_PACKET = 3
NAME_RESOLUTION = 4
INTERFACE_STATISTICS = 5
ENHANCED_PACKET = 6
DECRYPTION_SECRETS = 10

BYTE_ORDER_MAGIC = 0x1A2B3C4D
FRAMING = 12
END_OF_OPTIONS = 0


class DamagedError(ValueError):
    """A capture file that cannot be read on from here; the message says why."""


@dataclass(frozen=True)
class Block:
    """One block: its type, its contents without the framing, and the section's byte order ("<" or ">")."""

    type: int
    body: bytes
    order: str


def padded(value: bytes) -> bytes:
    """Return the bytes filled with zeros to a multiple of four."""
    return value + bytes(-len(value) % 4)


def block(type_: int, body: bytes, options: Mapping[int, bytes] | None = None) -> bytes:
    """Return a little-endian block of padded contents and options (by their code, in the given order)."""
    content = padded(body) + (_options(options) if options else b"")
    length = FRAMING + len(content)
    return struct.pack("<II", type_, length) + content + struct.pack("<I", length)


def _options(options: Mapping[int, bytes]) -> bytes:
    written = (struct.pack("<HH", code, len(value)) + padded(value) for code, value in options.items())
    return b"".join(written) + struct.pack("<HH", END_OF_OPTIONS, 0)


def read_blocks(content: bytes) -> Iterator[Block]:
    """Yield a file's blocks; raise DamagedError where the file is cut, damaged or no pcapng at all."""
    if content[:4] != struct.pack("<I", SECTION_HEADER):
        raise DamagedError("is no pcapng file: it does not begin with a section header")
    order, position = "<", 0
    while position < len(content):
        # A section header reads the same in both byte orders, and says which one the rest is in.
        if content[position : position + 4] == content[:4]:
            order = _byte_order(content[position + 8 : position + 12])
        type_, length = _framing(content, position, order)
        yield Block(type_, content[position + 8 : position + length - 4], order)
        position += length


def _byte_order(magic: bytes) -> str:
    for order in "<>":
        if magic == struct.pack(f"{order}I", BYTE_ORDER_MAGIC):
            return order
    raise DamagedError("is damaged or cut: a section header without its byte order")


def _framing(content: bytes, position: int, order: str) -> tuple[int, int]:
    if position + FRAMING > len(content):
        raise DamagedError(f"is cut inside a block, after {len(content)} bytes")
    type_, length = struct.unpack_from(f"{order}II", content, position)
    if length < FRAMING or length % 4:
        raise DamagedError(f"is damaged: the block at byte {position} has the impossible length {length}")
    if position + length > len(content):
        raise DamagedError(f"is cut inside a block, after {len(content)} bytes")
    if struct.unpack_from(f"{order}I", content, position + length - 4)[0] != length:
        raise DamagedError(f"is damaged: the block at byte {position} has two different lengths")
    return type_, length


def read_options(content: bytes, order: str) -> dict[int, bytes]:
    """Return a block's options by their code, the last of each; raise DamagedError where they are cut."""
    found: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(content):
        code, length = struct.unpack_from(f"{order}HH", content, position)
        if code == END_OF_OPTIONS:
            break
        value = content[position + 4 : position + 4 + length]
        if len(value) < length:
            raise DamagedError("is damaged: an option reaches beyond its block")
        found[code] = value
        position += 4 + len(padded(value))
    return found

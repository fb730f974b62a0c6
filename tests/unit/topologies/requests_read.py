"""Netlink requests read again, as the kernel would."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """A request: its type and flags, the fixed part of its kind, and its attributes by number."""

    kind: int
    flags: int
    fixed: bytes
    attributes: dict[int, bytes]


def read(request: bytes, fixed_bytes: int) -> Request:
    """Return a request whose kind has a fixed part of that size; its length has to be its own."""
    length, kind, flags, _, _ = struct.unpack_from("=IHHII", request)
    assert length == len(request) and length % 4 == 0
    fixed = request[16 : 16 + fixed_bytes]
    return Request(kind, flags, fixed, attributes(request[16 + fixed_bytes :]))


def attributes(data: bytes) -> dict[int, bytes]:
    """Return attributes by number; each has to stand once, on a word."""
    found: dict[int, bytes] = {}
    while data:
        length, number = struct.unpack_from("=HH", data)
        assert number not in found and length <= len(data)
        found[number] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found

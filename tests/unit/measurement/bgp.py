"""BGP messages: made by hand, and some that BIRD 2.0.12 has sent, as they were captured."""

from __future__ import annotations

import struct

from .captures import Conversation

MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5

# A customer of AS 4200000001 and Microsoft's edge, both with AS numbers of four bytes.
CUSTOMER_OPEN = bytes.fromhex(
    "ffffffffffffffffffffffffffffffff003b01045ba00009c00002011e021c"
    "0104000100010104000200010200400200784104fa56ea0146004700"
)
MICROSOFT_OPEN = bytes.fromhex(
    "ffffffffffffffffffffffffffffffff003b01042f2c0009c00002021e021c"
    "010400010001010400020001020040020078410400002f2c46004700"
)
ONE_PREFIX = bytes.fromhex(
    "ffffffffffffffffffffffffffffffff0041020000002640010100400206020100002f2c"
    "400304c000020280040400000032c008082f2c13922f2c13ec180d6b07"
)
IPV6_PREFIXES = bytes.fromhex(
    "ffffffffffffffffffffffffffffffff00bf02000000a8900e00890002012020010db8000000000000000000000002"
    "fe80000000000000f4a075fffed4cf9a00202603101220260310132026031010202603101120260310062026031007"
    "202603100420260310052026031002202603100320260310002026031001202603100e202603100f202603100c2026"
    "03100d202603100a202603100b2026031008202603100940010100400206020100002f2c80040400000032c008042f"
    "2c1392"
)
END_OF_IPV6 = bytes.fromhex("ffffffffffffffffffffffffffffffff001d0200000006800f03000201")
WITHDRAWAL = bytes.fromhex("ffffffffffffffffffffffffffffffff001c0200051ccb0071000000")
TOO_MANY = bytes.fromhex("ffffffffffffffffffffffffffffffff0015030601")


def message(kind: int, body: bytes = b"") -> bytes:
    """Return a message."""
    return MARKER + struct.pack(">HB", 19 + len(body), kind) + body


def update(*attributes: bytes, announced: bytes = b"", withdrawn: bytes = b"") -> bytes:
    """Return an UPDATE; prefixes are as they are in the message."""
    inside = b"".join(attributes)
    head = struct.pack(">H", len(withdrawn)) + withdrawn + struct.pack(">H", len(inside))
    return message(UPDATE, head + inside + announced)


def attribute(kind: int, value: bytes, flags: int = 0x40) -> bytes:
    """Return an attribute, with a length of one byte if it fits."""
    if len(value) > 255:
        return struct.pack(">BBH", flags | 0x10, kind, len(value)) + value
    return bytes([flags, kind, len(value)]) + value


def open_message(as_number: int, capabilities: bytes = b"") -> bytes:
    """Return an OPEN with some capabilities, in one parameter."""
    parameters = bytes([2, len(capabilities)]) + capabilities if capabilities else b""
    head = struct.pack(">BHHIB", 4, as_number, 90, 0xC0000201, len(parameters))
    return message(OPEN, head + parameters)


def session(*sent: tuple[bool, bytes], opened: bool = True) -> Conversation:
    """Return a session in which (by the client?, bytes) were sent, each a millisecond after the other.

    Unless it is `opened`, the capture begins later.
    """
    talk = Conversation(port=179)
    talk.open()
    if not opened:
        talk.timed.clear()
    for number, (client, content) in enumerate(sent, 100):
        talk.send(number * 1000, client=client, payload=content)
    return talk

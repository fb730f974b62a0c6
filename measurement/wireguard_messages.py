"""WireGuard's messages, as far as they can be read without a key.

Source: "WireGuard: Next Generation Kernel Network Tunnel" (Donenfeld), section 5.4: type 1 is 148 bytes
long, type 2 92 and type 3 64, type 4 has at least 32; three bytes of zeros follow the type, and numbers are
in little endian. The port is the one that the world uses, which is WireGuard's customary one.
"""

import struct
from dataclasses import dataclass

from measurement.packets import UdpPacket, UnreadableError

PORT = 51820
INITIATION, RESPONSE, COOKIE, DATA = 1, 2, 3, 4
BEGINNINGS = tuple(struct.pack("<I", kind) for kind in (INITIATION, RESPONSE, COOKIE, DATA))
LENGTHS = {INITIATION: 148, RESPONSE: 92, COOKIE: 64}
DATA_HEADER = 16
SEAL = 16
KEEPALIVE = DATA_HEADER + SEAL  # also the shortest message with data


@dataclass(frozen=True)
class Message:
    """A message's type and what stands in clear in it; 0 is what the type has not."""

    type: int
    sender: int = 0
    receiver: int = 0
    counter: int = 0


def read_message(packet: UdpPacket) -> Message | None:
    """Return what a datagram says; None where it is of something else, which may use the port as its own.

    Raises UnreadableError where it begins like a message and has not its length.
    """
    content = packet.payload
    if PORT not in (packet.src_port, packet.dst_port) or content[:4] not in BEGINNINGS:
        return None
    kind = content[0]
    if len(content) != LENGTHS.get(kind, max(len(content), KEEPALIVE)):
        raise UnreadableError(f"WireGuard message of type {kind} with {len(content)} bytes")
    first, second = struct.unpack_from("<II", content, 4)
    if kind == INITIATION:
        return Message(kind, sender=first)
    if kind == RESPONSE:
        return Message(kind, sender=first, receiver=second)
    if kind == COOKIE:
        return Message(kind, receiver=first)
    return Message(kind, receiver=first, counter=struct.unpack_from("<Q", content, 8)[0])

"""BFD control packets: how two routers tell each other that they still hear each other.

Sources: RFC 5880, section 4.1 (packet, states, diagnostics); RFC 5881, section 4, and RFC 5883,
section 5 (UDP ports: of one hop, and of several, which BIRD takes where addresses are not an interface's).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from measurement.packets import UdpPacket, UnreadableError

PORTS = (3784, 4784)
VERSION = 1
SHORTEST = 24
State: TypeAlias = Literal["admin down", "down", "init", "up"]
STATES: tuple[State, ...] = ("admin down", "down", "init", "up")
DIAGNOSTICS = (
    "no diagnostic",
    "control detection time expired",
    "echo function failed",
    "neighbor signaled session down",
    "forwarding plane reset",
    "path down",
    "concatenated path down",
    "administratively down",
    "reverse concatenated path down",
)


@dataclass(frozen=True)
class Message:
    """What a router says of itself."""

    state: State
    diagnostic: str


def read_message(packet: UdpPacket) -> Message | None:
    """Return what a datagram says; None where it is no BFD, UnreadableError where it contradicts itself."""
    if packet.dst_port not in PORTS:
        return None
    content = packet.payload
    if len(content) < SHORTEST or content[0] >> 5 != VERSION or not SHORTEST <= content[3] <= len(content):
        raise UnreadableError(f"BFD packet that cannot be: {len(content)} bytes")
    diagnostic, state = content[0] & 0x1F, content[1] >> 6
    known = diagnostic < len(DIAGNOSTICS)
    return Message(STATES[state], DIAGNOSTICS[diagnostic] if known else f"diagnostic {diagnostic}")

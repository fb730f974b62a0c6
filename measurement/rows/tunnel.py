"""Rows of WireGuard, as it is seen from outside, without a key.

Ports are those of UDP. An index is the number by which a peer knows a session: the sender of data writes the
one that the receiver chose.
"""

from typing import Literal

from measurement.rows.base import Row


class WireGuardHandshake(Row):
    """A handshake initiation (`frame`), and the response that answers it, if the capture has one.

    `sender` is the initiator's index, `receiver` the responder's, known from the response. `rtt_us` is the
    time from one to the other, the responder's work included. An initiation that is sent again is another
    one, with another index.
    """

    kind: Literal["wireguard_handshake"] = "wireguard_handshake"
    initiator: str
    initiator_port: int
    responder: str
    responder_port: int
    sender: int
    receiver: int | None
    response_frame: int | None
    rtt_us: float | None


class WireGuardFlow(Row):
    """The data messages to one index, in one direction between two addresses and ports.

    A new handshake makes another flow, and so does an address that changes. `packets` counts the messages,
    `keepalives` those of them that carry nothing. `bytes` is what they carry: the packets inside, each filled
    up to a multiple of 16 bytes where the tunnel's MTU allows. `first_counter` and `last_counter` are the
    smallest and the greatest of the sender's counters, `missing` is how many between them were not seen.
    """

    kind: Literal["wireguard_flow"] = "wireguard_flow"
    src: str
    src_port: int
    dst: str
    dst_port: int
    receiver: int
    packets: int
    keepalives: int
    bytes: int
    first_counter: int
    last_counter: int
    missing: int
    last_frame: int
    last_time_ns: int


class WireGuardStray(Row):
    """A handshake message without its initiation: a response to one that is not in the capture, or a cookie.

    A cookie is what a peer under load answers in place of a response. `receiver` is the initiator's index.
    """

    kind: Literal["wireguard_stray"] = "wireguard_stray"
    type: Literal["response", "cookie"]
    src: str
    src_port: int
    dst: str
    dst_port: int
    receiver: int

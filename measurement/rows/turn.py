"""Rows of TURN: how a client came to have an address at a media relay (RFC 8656)."""

from typing import Literal

from measurement.rows.base import Row


class TurnAllocation(Row):
    """A request for an address at a relay (`frame`), and the first answer to it.

    `requests` is how often it was sent: again while there is no answer. `error` is the answer's code where it
    is a refusal, such as 401 before the relay knows who asks. `mapped` and `relayed` are the client's address
    as the relay sees it, and the one that the client now has there, both such as "192.0.2.1:50000". `rtt_us`
    is None where the request was sent again.
    """

    kind: Literal["turn_allocation"] = "turn_allocation"
    client: str
    client_port: int
    server: str
    server_port: int
    transport: Literal["udp", "tcp"]
    transaction: str
    requests: int
    answer_frame: int | None
    rtt_us: float | None
    error: int | None
    mapped: str | None
    relayed: str | None

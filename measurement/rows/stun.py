"""Rows of STUN: what a client learned of the way to a media relay (RFC 8489)."""

from typing import Literal

from measurement.rows.base import Row


class StunExchange(Row):
    """A STUN binding request, and the first successful answer to it.

    `mapped` is the address and port that the request came from as the server saw it, such as
    "198.51.100.1:40000": which way out was used. `rtt_us` is None where the request was sent again, since
    nobody can tell which one was answered.
    """

    kind: Literal["stun_exchange"] = "stun_exchange"
    client: str
    client_port: int
    server: str
    server_port: int
    transaction: str
    answer_frame: int | None
    rtt_us: float | None
    mapped: str | None

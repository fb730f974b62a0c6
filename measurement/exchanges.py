"""A client's requests in its packets: when each answer began and ended, and how large it was.

Which bytes belong to which request is told by the client's own clock, which is that of the captures: a
request begins when the client says so, and its answer ends before the next one begins.
"""

from __future__ import annotations

from dataclasses import dataclass

from measurement.evidence import Evidence, Missing
from measurement.journey import Fetch, Journey
from measurement.observation import Row, TcpBurst, TcpConnection, TlsHandshake

NS_PER_MS = 1_000_000
FOREVER_NS = 1 << 63
CLOCK_NS = 20_000  # the client tells times in whole microseconds, and looks at its clock after the packet


@dataclass(frozen=True)
class Answer:
    """One request and its answer at the client: nanoseconds since the epoch, milliseconds, payload bytes.

    ``connect_ms`` and ``tls_ms`` are those of the connection that it went over, whether for this request or
    before it.
    """

    fetch: Fetch
    opened_ns: int
    connect_ms: float
    tls_ms: float
    asked_ns: int
    began_ns: int
    ended_ns: int
    bytes: int
    sent: tuple[TcpBurst, ...]
    bursts: tuple[TcpBurst, ...]
    rows: tuple[Row, ...]

    @property
    def first_byte_ms(self) -> float:
        """From the request's first packet to the answer's first."""
        return (self.began_ns - self.asked_ns) / NS_PER_MS


def answers_to(evidence: Evidence, journey: Journey, client_ip: str) -> list[Answer]:
    """Return a journey's requests as the client's capture shows them.

    Raises Missing if a request's connection or answer is not there.
    """
    return [
        answer_to(evidence, journey.client, client_ip, fetch, next_start_ns(journey, fetch))
        for fetch in journey.fetches
    ]


def next_start_ns(journey: Journey, fetch: Fetch) -> int:
    """Return when the request after one began, in nanoseconds since the epoch; never, after the last."""
    return min(
        (each.started_ns for each in journey.fetches if each.started_ns > fetch.started_ns),
        default=FOREVER_NS,
    )


def answer_to(evidence: Evidence, node: str, client_ip: str, fetch: Fetch, until_ns: int) -> Answer:
    """Return one request, as the capture at a node shows it that sees the client at an address.

    The next one begins ``until_ns``. Raises Missing if its connection or its answer is not there.
    """
    connection, handshake = _connection(evidence, node, client_ip, fetch)
    own = {"src": client_ip, "src_port": fetch.local_port}
    back = {"dst": client_ip, "dst_port": fetch.local_port}
    begin_ns = handshake.client_finished_ns or 0 if fetch.opened else fetch.started_ns
    sent = [
        b for b in evidence.at(node, TcpBurst, **own) if begin_ns <= b.last_time_ns and b.time_ns < until_ns
    ]
    received = [b for b in evidence.at(node, TcpBurst, **back) if begin_ns <= b.time_ns < until_ns]
    # What a server says of itself when a connection is new looks like an answer, and comes before it: the
    # client's word tells which is which.
    said_ns = fetch.started_ns + fetch.phases_us["first_byte"] * 1000 + CLOCK_NS
    before = [burst for burst in received if burst.time_ns <= said_ns]
    answer = received[len(before) - 1 :]
    asked_ns = handshake.first_request_ns if fetch.opened else sent[0].time_ns if sent else None
    if asked_ns is None or not sent or not before:
        raise Missing(f"the packets at {node} do not show the answer to {fetch.name}")
    return Answer(
        fetch=fetch,
        opened_ns=connection.time_ns,
        connect_ms=(connection.rtt_us or 0) / 1000,
        tls_ms=((handshake.client_finished_ns or 0) - handshake.client_hello_ns) / NS_PER_MS,
        asked_ns=asked_ns,
        began_ns=answer[0].time_ns,
        ended_ns=answer[-1].last_time_ns,
        bytes=sum(burst.bytes for burst in answer),
        sent=tuple(sent),
        bursts=tuple(answer),
        rows=(connection, sent[0], answer[0], answer[-1]),
    )


def _connection(
    evidence: Evidence, node: str, client_ip: str, fetch: Fetch
) -> tuple[TcpConnection, TlsHandshake]:
    ends: dict[str, object] = {
        "client": client_ip,
        "client_port": fetch.local_port,
        "server": fetch.server_ip,
    }
    connection = next(evidence.at(node, TcpConnection, **ends), None)
    handshake = next(evidence.at(node, TlsHandshake, **ends), None)
    if connection is None or connection.rtt_us is None:
        raise Missing(f"the packets at {node} do not show the connection of {fetch.name}")
    if handshake is None or handshake.client_finished_ns is None:
        raise Missing(f"the packets at {node} do not show the TLS handshake of {fetch.name}")
    return connection, handshake

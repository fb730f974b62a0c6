"""Messages as they travelled: each as it left one node's capture and reached another's, on one clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from measurement.evidence import Evidence, frames
from measurement.observation import DnsAnswer, DnsQuery, Row, TcpBurst, TcpConnection, TlsHandshake
from measurement.result import FrameRef

# What a handshake's row tells of the messages in it: words, the row's field, whether the client sent it.
TLS_MESSAGES = (
    ("TLS ClientHello", "client_hello_ns", True),
    ("TLS ServerHello", "server_hello_ns", False),
    ("TLS Finished, request", "first_request_ns", True),
    ("first data", "first_response_ns", False),
)
DNS_PORT = 53
SMALLEST_BYTES = 50  # of a burst that says something: what HTTP/2 says about itself is shorter


@dataclass(frozen=True)
class Message:
    """One message: between which nodes, what it said, and when it left and arrived (nanoseconds).

    ``frames`` are those in which rows saw it, at either end.
    """

    source: str
    to: str
    text: str
    sent_ns: int
    received_ns: int
    frames: tuple[FrameRef, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class _Seen:
    """One sighting of a message at a node; sightings with the same key are of the same message."""

    key: tuple[object, ...]
    node: str
    src: str
    dst: str
    text: str
    time_ns: int
    frames: tuple[FrameRef, ...] = ()


def messages(
    evidence: Evidence,
    nodes: Mapping[str, str],
    captures: Mapping[str, str] | None = None,
    gateways: Collection[str] = (),
) -> list[Message]:
    """Return a case's DNS, TCP and TLS messages that were seen at both ends, by the time they left.

    ``nodes`` maps addresses to the names of the nodes that have them, ``captures`` those captures to their
    nodes that are not named for them. Where one end is hidden behind one of the ``gateways``, which translate
    addresses, the gateway is that end: it has seen the message, too, and sends another one on.
    """
    at = captures or {}
    sent: dict[tuple[object, ...], _Seen] = {}
    received: dict[tuple[object, ...], _Seen] = {}
    passing: dict[tuple[object, ...], _Seen] = {}
    for seen in _all_sightings(evidence, at):
        if seen.node == nodes.get(seen.src):
            sent.setdefault(seen.key, seen)
        elif seen.node == nodes.get(seen.dst):
            received.setdefault(seen.key, seen)
        elif seen.node in gateways:
            passing.setdefault(seen.key, seen)
    watched = {at.get(row.node, row.node) for row in evidence.rows}
    found = []
    for key, seen in {**sent, **received}.items():
        # An end that is not captured is not hidden: there nobody knows.
        hidden = passing.get(key) if {nodes.get(seen.src), nodes.get(seen.dst)} <= watched else None
        left, came = sent.get(key) or hidden, received.get(key) or hidden
        if left is not None and came is not None:
            shown = dict.fromkeys((*left.frames, *came.frames))
            found.append(Message(left.node, came.node, left.text, left.time_ns, came.time_ns, tuple(shown)))
    return sorted(found, key=lambda message: (message.sent_ns, message.received_ns))


def _all_sightings(evidence: Evidence, captures: Mapping[str, str]) -> Iterator[_Seen]:
    """Yield every sighting, with the node that it was at in place of the capture."""
    for row in evidence.rows:
        for seen in _sightings(row):
            yield replace(seen, node=captures.get(seen.node, seen.node))
    for node in dict.fromkeys(row.node for row in evidence.rows):
        for seen in _data(node, evidence.rows):
            yield replace(seen, node=captures.get(node, node))


def _sightings(row: Row) -> Iterator[_Seen]:
    shown = frames(row)
    if isinstance(row, DnsQuery | DnsAnswer):
        text = f"{row.name} {row.type}?" if isinstance(row, DnsQuery) else _told(row)
        question = (row.kind, row.src, row.dst, row.id, row.name, row.type)
        yield _Seen(question, row.node, row.src, row.dst, text, row.time_ns, shown)
    elif isinstance(row, TcpConnection):
        ends = (row.client, row.client_port, row.server, row.server_port)
        asked, answered = f"TCP SYN, port {row.server_port}", "TCP SYN/ACK"
        yield _Seen(("SYN", *ends), row.node, row.client, row.server, asked, row.time_ns, shown)
        if row.rtt_us is not None:
            synack_ns = row.time_ns + round(row.rtt_us * 1000)
            yield _Seen(("SYN/ACK", *ends), row.node, row.server, row.client, answered, synack_ns)
    elif isinstance(row, TlsHandshake):
        for text, name, from_client in TLS_MESSAGES:
            time_ns = getattr(row, name)
            if time_ns is not None:
                src, dst = (row.client, row.server) if from_client else (row.server, row.client)
                message = (name, row.client, row.client_port, row.server, row.server_port)
                first = shown if name == TLS_MESSAGES[0][1] else ()  # the row is about its first frame
                yield _Seen(message, row.node, src, dst, text, time_ns, first)


def _data(node: str, rows: Iterable[Row]) -> Iterator[_Seen]:
    """Yield what went over connections after their handshakes: each burst, numbered in its direction."""
    own = [row for row in rows if row.node == node]
    after_ns = {
        frozenset({(row.client, row.client_port), (row.server, row.server_port)}): row.first_response_ns
        for row in own
        if isinstance(row, TlsHandshake)
    }
    counted: dict[tuple[str, int, str, int], int] = {}
    for row in own:
        if not isinstance(row, TcpBurst) or DNS_PORT in (row.src_port, row.dst_port):
            continue
        way = (row.src, row.src_port, row.dst, row.dst_port)
        handshaken_ns = after_ns.get(frozenset({way[:2], way[2:]}), 0)
        if handshaken_ns is None or row.time_ns <= handshaken_ns or row.bytes < SMALLEST_BYTES:
            continue
        counted[way] = counted.get(way, 0) + 1
        port = min(row.src_port, row.dst_port)
        key = ("data", *way, counted[way], row.bytes)
        words = f"{row.bytes} bytes, port {port}"
        yield _Seen(key, node, row.src, row.dst, words, row.time_ns, frames(row))


def _told(answer: DnsAnswer) -> str:
    """Return what an answer says, in a few words: the last record of its chain, or where to ask next."""
    if answer.answers:
        last = answer.answers[-1]
        return f"{last.type} {last.data}"
    delegation = next((record for record in answer.authority if record.type == "NS"), None)
    return f"ask the servers of {delegation.name}" if delegation else answer.rcode

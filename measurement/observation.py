"""What was seen in the captures, one row for each thing seen; every row names the frame that shows it.

Rows are facts, not opinions: nothing here knows what should have been seen. `case` is the folder below
`pcap/`, `node` is the one that captured, `file` is relative to the run's folder, `frame` is the number that
Wireshark shows (0: the file as a whole), and `time_ns` is that frame's time in nanoseconds since the epoch.
Addresses are texts, names are in lower case without the last dot (the root is "."), and a None says that
nothing of the kind was seen.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

# By their own names, so that whoever needs rows takes them from here.
from measurement.rows.base import Row as Row
from measurement.rows.election import KeyTold as KeyTold
from measurement.rows.icmp import IcmpEcho as IcmpEcho
from measurement.rows.icmp import IcmpTimeExceeded as IcmpTimeExceeded
from measurement.rows.icmp import IcmpUnreachable as IcmpUnreachable
from measurement.rows.routing import BfdState as BfdState
from measurement.rows.routing import BgpMessage as BgpMessage
from measurement.rows.rtp import RtcpReport as RtcpReport
from measurement.rows.rtp import RtpRun as RtpRun
from measurement.rows.stun import StunExchange as StunExchange
from measurement.rows.tunnel import WireGuardFlow as WireGuardFlow
from measurement.rows.tunnel import WireGuardHandshake as WireGuardHandshake
from measurement.rows.tunnel import WireGuardStray as WireGuardStray
from measurement.rows.turn import TurnAllocation as TurnAllocation


class CaptureSeen(Row):
    """A capture file: whether it has every packet, and else the problem. Its frame is 0.

    `dropped` is None where the file does not say.
    """

    kind: Literal["capture"] = "capture"
    interface: str
    packets: int
    dropped: int | None
    complete: bool
    problem: str


class DnsRecord(BaseModel):
    """A resource record; `data` is as zone files write it (RFC 1035, section 5; unknown types: RFC 3597)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str
    ttl_s: int
    data: str


class DnsQuery(Row):
    """A DNS question; `client_subnet` is the asker's asker, such as "203.0.113.0/24" (RFC 7871)."""

    kind: Literal["dns_query"] = "dns_query"
    src: str
    dst: str
    src_port: int
    id: int
    name: str
    type: str
    client_subnet: str | None
    recursion_desired: bool
    transport: Literal["udp", "tcp"] = "udp"


class DnsAnswer(Row):
    """A DNS answer, and the first query in the same capture that it answers.

    `rtt_us` is the answer's time less the query's; it is None where the query was repeated, since nobody can
    tell which one was answered. `additional` leaves out the OPT pseudo-record (RFC 6891).
    """

    kind: Literal["dns_answer"] = "dns_answer"
    src: str
    dst: str
    id: int
    name: str
    type: str
    rcode: str
    authoritative: bool
    answers: tuple[DnsRecord, ...]
    authority: tuple[DnsRecord, ...]
    additional: tuple[DnsRecord, ...]
    query_frame: int | None
    rtt_us: float | None
    transport: Literal["udp", "tcp"] = "udp"
    truncated: bool = False


class TcpConnection(Row):
    """A TCP connection whose first SYN is in the capture (`frame` is `syn_frame`).

    `rtt_us` is from SYN to SYN/ACK and `ack_rtt_us` from SYN/ACK to the client's ACK: None where the other
    was not seen, or where the first of the two was repeated (Karn's rule, RFC 6298 section 3). The client's
    side shows a round trip in `rtt_us`, the server's in `ack_rtt_us`. Bytes are payload, each counted once;
    `retransmissions` are the segments that repeat something, SYN and FIN included. `client_mss` and
    `server_mss` are the largest payloads in bytes that they said in SYN and SYN/ACK that they take (RFC 9293,
    section 3.7.1), as they were where it was captured; None where they said nothing.
    """

    kind: Literal["tcp_connection"] = "tcp_connection"
    client: str
    client_port: int
    server: str
    server_port: int
    syn_frame: int
    synack_frame: int | None
    ack_frame: int | None
    fin_frame: int | None
    rst: bool
    rtt_us: float | None
    ack_rtt_us: float | None
    client_bytes: int
    server_bytes: int
    retransmissions: int
    last_frame: int
    client_mss: int | None
    server_mss: int | None


class TcpBurst(Row):
    """A run of payload segments in one direction of a TCP flow; the flow's SYN need not be in the capture.

    Payload in the other direction ends it, so does more than a millisecond without a segment, and after a
    tenth of a second the next segment begins another: where the line's rate spreads the segments, bursts
    give throughput over time. Where only distance takes time, a round of slow start is one burst, and so is
    a request or an answer that fits the window. ACKs without payload neither end it nor belong to it.
    `packets` are the frames with payload; `bytes` are those of their payload that the capture shows for the
    first time, 0 where all of it is repeated.
    """

    kind: Literal["tcp_burst"] = "tcp_burst"
    src: str
    src_port: int
    dst: str
    dst_port: int
    bytes: int
    packets: int
    last_frame: int
    last_time_ns: int


class TlsHandshake(Row):
    """A TLS handshake (`frame` is `client_hello_frame`), and what can be seen of the data after it.

    A message's frame and time are those of the segment that makes its record whole, as in Wireshark.
    `client_finished`: in TLS 1.3 the client's first encrypted record after ServerHello that is long enough
    for a Finished (shorter ones are alerts), in older versions the handshake record after its
    ChangeCipherSpec. `first_request`: the client's next application data. `first_response`: the first
    application data in a segment that acknowledges the whole of that record. A server may send session
    tickets (RFC 8446, section 4.6.1) or HTTP/2's SETTINGS in it, which look the same from outside: the time
    is never later than the response's, and earlier by the server's work on the request at most.
    `last_response`: the server's last application data. Records of an alert's length are never data.
    """

    kind: Literal["tls_handshake"] = "tls_handshake"
    client: str
    client_port: int
    server: str
    server_port: int
    server_name: str | None
    versions_offered: tuple[str, ...]
    version: str | None
    alpn_offered: tuple[str, ...]
    client_hello_frame: int
    server_hello_frame: int | None
    client_finished_frame: int | None
    client_hello_ns: int
    server_hello_ns: int | None
    client_finished_ns: int | None
    first_request_frame: int | None
    first_request_ns: int | None
    first_response_frame: int | None
    first_response_ns: int | None
    last_response_ns: int | None


class DatagramRun(Row):
    """Numbered datagrams of a stream, one after another without a gap, seen at one place.

    `first` and `last` are their numbers. A run ends where a number does not follow, where the VLAN tag is
    another one, and where the time since sending jumps by more than half a millisecond from one datagram to
    the next. That time is from the sender's clock, which stands in the datagram, to the capture's: the same
    clock in a guest. `last_frame` is the run's last frame.
    """

    kind: Literal["datagram_run"] = "datagram_run"
    src: str
    dst: str
    dst_port: int
    dscp: int
    tag: int | None
    first: int
    last: int
    last_frame: int
    last_time_ns: int
    least_delay_us: float
    most_delay_us: float

    @property
    def datagrams(self) -> int:
        """How many datagrams the run has."""
        return len(self.numbers)

    @property
    def numbers(self) -> range:
        """The datagrams' numbers."""
        return range(self.first, self.last + 1)


class Talk(Row):
    """How many packets went from one address to another, so that one can tell that nothing else did.

    `protocol` is "udp/53", "tcp/443" (the smaller of both ports, which is the service's), "icmp", "arp",
    "ip/47" and "ipv6" (without a closer look) or "ethernet/0x88cc" (between two MAC addresses). Packets that
    cannot be read are not in it: they are rows of their own.
    """

    kind: Literal["talk"] = "talk"
    src: str
    dst: str
    protocol: str
    packets: int


class MalformedPacket(Row):
    """A packet, or a message inside one, that cannot be read."""

    kind: Literal["malformed"] = "malformed"
    reason: str


Observation = Annotated[
    CaptureSeen
    | DnsQuery
    | DnsAnswer
    | TcpConnection
    | TcpBurst
    | TlsHandshake
    | IcmpEcho
    | IcmpTimeExceeded
    | IcmpUnreachable
    | DatagramRun
    | WireGuardHandshake
    | WireGuardFlow
    | WireGuardStray
    | BgpMessage
    | BfdState
    | StunExchange
    | KeyTold
    | TurnAllocation
    | RtpRun
    | RtcpReport
    | Talk
    | MalformedPacket,
    Field(discriminator="kind"),
]

_ROWS: TypeAdapter[list[Observation]] = TypeAdapter(list[Observation])


def dump_observations(rows: Iterable[Observation]) -> str:
    """Return the rows as JSON text: sorted keys, one value a line, the same for the same rows."""
    values = [row.model_dump(mode="json") for row in rows]
    return json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_observations(path: Path) -> list[Observation]:
    """Return the rows of an observations.json.

    Raises FileNotFoundError where there is none, pydantic.ValidationError where it holds something else.
    """
    return _ROWS.validate_json(path.read_bytes())

"""DNS messages: where they are in the packets, and what they say.

Scapy reads the records. Before, the message's own counts and lengths are checked, because Scapy makes the
best of a message that is cut, and a wrong observation is worse than none.

Sources: RFC 1035 (messages; section 4.2.2: TCP), RFC 6891 (EDNS), RFC 7871 (Client Subnet), RFC 3597 (unknown
types).
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Literal

from measurement.observation import DnsRecord
from measurement.packets import Packet, TcpPacket, UdpPacket, UnreadableError, layers
from measurement.streams import Connection, Stream

PORT = 53
HEADER = 12
OPT = 41
CLIENT_SUBNET = 8
KEPT_MESSAGES = 32_768  # more than a day's capture has: each observer reads all of one, in the same order
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
          "NOTAUTH", "NOTZONE")  # fmt: skip


@dataclass(frozen=True)
class Carried:
    """A message's bytes, the packet with which they were complete, and what carried them."""

    packet: TcpPacket | UdpPacket
    message: bytes
    transport: Literal["udp", "tcp"]


@dataclass(frozen=True)
class Message:
    """A message with one question."""

    id: int
    is_answer: bool
    authoritative: bool
    truncated: bool
    recursion_desired: bool
    rcode: str
    name: str
    type: str
    client_subnet: str | None
    answers: tuple[DnsRecord, ...]
    authority: tuple[DnsRecord, ...]
    additional: tuple[DnsRecord, ...]


def carried_messages(packets: Iterable[Packet], connections: Iterable[Connection]) -> list[Carried]:
    """Return everything on port 53 that must be a DNS message, in the order of the capture."""
    found = [
        Carried(packet, packet.payload, "udp")
        for packet in packets
        if isinstance(packet, UdpPacket) and PORT in (packet.src_port, packet.dst_port)
    ]
    for connection in connections:
        if connection.syn.dst_port == PORT:
            found += [*_in_stream(connection.client), *_in_stream(connection.server)]
    return sorted(found, key=lambda carried: carried.packet.number)


def _in_stream(stream: Stream) -> Iterator[Carried]:
    start = 0
    while start + 2 <= len(stream.data):
        end = start + 2 + int.from_bytes(stream.data[start : start + 2], "big")
        if end > len(stream.data):
            return
        yield Carried(stream.completed_by(start, end), stream.data[start + 2 : end], "tcp")
        start = end


@lru_cache(maxsize=KEPT_MESSAGES)
def read_message(content: bytes) -> Message:
    """Return what a message says; the same bytes are read once, as several observers and both ends see them.

    Raises UnreadableError where it contradicts itself, or has not exactly one question.
    """
    rdata = _checked(content)
    try:
        return _message(layers().dns.DNS(content), rdata)
    except Exception as error:  # Scapy raises whatever its fields come across.
        raise UnreadableError(f"unreadable DNS message: {type(error).__name__}") from error


def _checked(content: bytes) -> list[bytes]:
    """Return every record's data, after a walk over the whole message."""
    try:
        questions, *records = struct.unpack_from("!4H", content, 4)
        if questions != 1:
            raise UnreadableError(f"DNS message with {questions} questions")
        position = _after_name(content, HEADER) + 4
        found = []
        for _ in range(sum(records)):
            start = _after_name(content, position) + 10
            position = start + struct.unpack_from("!H", content, start - 2)[0]
            found.append(content[start:position])
    except (struct.error, IndexError):
        raise UnreadableError(f"DNS message is cut after {len(content)} bytes") from None
    if position != len(content):
        raise UnreadableError(f"DNS message ends at byte {position} of {len(content)}")
    return found


def _after_name(content: bytes, position: int) -> int:
    while length := content[position]:
        if length >= 0xC0:
            return position + 2
        position += 1 + length
    return position + 1


def _message(dns: Any, rdata: list[bytes]) -> Message:
    sections = [list(dns.an), list(dns.ns), list(dns.ar)]
    if [len(section) for section in sections] != [dns.ancount, dns.nscount, dns.arcount]:
        raise UnreadableError("DNS message with fewer records than it says")
    options = [record for record in sections[2] if record.type == OPT]
    data = iter(rdata)
    answers, authority, additional = (
        tuple(_record(record, raw) for record, raw in zip(section, data, strict=False) if record.type != OPT)
        for section in sections
    )
    return Message(
        id=dns.id,
        is_answer=bool(dns.qr),
        authoritative=bool(dns.aa),
        truncated=bool(dns.tc),
        recursion_desired=bool(dns.rd),
        rcode=_rcode(dns.rcode | (options[0].extrcode << 4 if options else 0)),
        name=_name(dns.qd[0].qname),
        type=_type(dns.qd[0].qtype),
        client_subnet=_client_subnet(options),
        answers=answers,
        authority=authority,
        additional=additional,
    )


def _rcode(code: int) -> str:
    return RCODES[code] if code < len(RCODES) else f"RCODE{code}"


def _type(number: int) -> str:
    known = layers().dns.dnstypes.get(number)
    return known if isinstance(known, str) else f"TYPE{number}"


def _name(wire: bytes | str) -> str:
    text = wire if isinstance(wire, str) else wire.decode(errors="backslashreplace")
    return text.lower().rstrip(".") or "."


def _record(record: Any, raw: bytes) -> DnsRecord:
    return DnsRecord(
        name=_name(record.rrname), type=_type(record.type), ttl_s=record.ttl, data=_data(record, raw)
    )


def _data(record: Any, raw: bytes) -> str:
    kind = _type(record.type)
    if kind in ("A", "AAAA"):
        return str(ip_address(raw))
    if kind in ("NS", "CNAME", "PTR", "DNAME"):
        return _name(record.rdata)
    if kind == "TXT":
        return " ".join(f'"{text.decode(errors="backslashreplace")}"' for text in record.rdata)
    if kind == "MX":
        return f"{record.preference} {_name(record.exchange)}"
    if kind == "SOA":
        times = [record.serial, record.refresh, record.retry, record.expire, record.minimum]
        return " ".join([_name(record.mname), _name(record.rname), *map(str, times)])
    return f"\\# {len(raw)} {raw.hex()}".rstrip()


def _client_subnet(options: list[Any]) -> str | None:
    for option in (each for record in options for each in record.rdata):
        if option.optcode == CLIENT_SUBNET:
            # Not strict: whatever is sent below the prefix is no part of it.
            return str(ip_network(f"{option.address}/{option.source_plen}", strict=False))
    return None

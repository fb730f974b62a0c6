"""Rows made by hand: each has plausible values, and a test changes those that it is about."""

from __future__ import annotations

from typing import Any

from measurement.evidence import Evidence
from measurement.journey import Fetch, Journey
from measurement.observation import (
    CaptureSeen,
    DnsAnswer,
    DnsQuery,
    DnsRecord,
    IcmpEcho,
    MalformedPacket,
    Observation,
    Talk,
    TcpBurst,
    TcpConnection,
    TlsHandshake,
)

from .captures import CLIENT, RESOLVER, SERVER, START_NS

CASE, NODE, OTHER = "nearest", "traveller", "192.0.2.1"
NAME, REGIONAL = "portal.office.com", "portal-office365-com.emeanorth.b-msedge.net"


def evidence(*rows: Observation) -> Evidence:
    """Return a case's evidence; every node that has a row has a whole capture, if none is given."""
    given = {row.node for row in rows if isinstance(row, CaptureSeen)}
    whole = [
        capture(node=node) for node in dict.fromkeys([NODE, *(r.node for r in rows)]) if node not in given
    ]
    return Evidence(CASE, [*whole, *rows])


def _place(changes: dict[str, Any], frame: int) -> dict[str, Any]:
    node, case = changes.get("node", NODE), changes.get("case", CASE)
    at = {"case": case, "node": node, "file": f"pcap/{case}/{node}.pcapng", "frame": frame}
    return {**at, "time_ns": START_NS + frame * 1000}


def capture(**changes: Any) -> CaptureSeen:
    """Return a whole capture."""
    values = {"interface": "eth0", "packets": 9, "dropped": 0, "complete": True, "problem": ""}
    return CaptureSeen(**{**_place(changes, 0), **values, **changes})


def query(**changes: Any) -> DnsQuery:
    """Return a client's question to its resolver."""
    values = {"src": CLIENT, "dst": RESOLVER, "src_port": 5555, "id": 7, "name": NAME, "type": "A"}
    return DnsQuery(
        **{**_place(changes, 1), **values, "client_subnet": None, "recursion_desired": True, **changes}
    )


def answer(**changes: Any) -> DnsAnswer:
    """Return the resolver's answer: an alias and its address, after 30 ms."""
    values = {
        "src": RESOLVER,
        "dst": CLIENT,
        "id": 7,
        "name": NAME,
        "type": "A",
        "rcode": "NOERROR",
        "authoritative": False,
        "answers": (record(NAME, "CNAME", REGIONAL), record(REGIONAL, "A", SERVER)),
        "authority": (),
        "additional": (),
        "query_frame": 1,
        "rtt_us": 30_000.0,
    }
    return DnsAnswer(**{**_place(changes, 2), **values, **changes})


def record(name: str, kind: str, data: str) -> DnsRecord:
    """Return a resource record."""
    return DnsRecord(name=name, type=kind, ttl_s=60, data=data)


def connection(**changes: Any) -> TcpConnection:
    """Return a connection that was opened in 40 ms."""
    values = {
        "client": CLIENT,
        "client_port": 40_000,
        "server": SERVER,
        "server_port": 443,
        "syn_frame": 3,
        "synack_frame": 4,
        "ack_frame": 5,
        "fin_frame": 20,
        "rst": False,
        "rtt_us": 40_000.0,
        "ack_rtt_us": 7.0,
        "client_bytes": 700,
        "server_bytes": 1700,
        "retransmissions": 0,
        "last_frame": 22,
    }
    return TcpConnection(**{**_place(changes, 3), **values, **changes})


def handshake(**changes: Any) -> TlsHandshake:
    """Return a handshake with TLS 1.3 on that connection."""
    values = {
        "client": CLIENT,
        "client_port": 40_000,
        "server": SERVER,
        "server_port": 443,
        "server_name": NAME,
        "versions_offered": ("TLS 1.3", "TLS 1.2"),
        "version": "TLS 1.3",
        "alpn_offered": ("h2",),
        "client_hello_frame": 6,
        "server_hello_frame": 8,
        "client_finished_frame": 9,
        "client_hello_ns": START_NS,
        "server_hello_ns": START_NS + 40_000_000,
        "client_finished_ns": START_NS + 41_000_000,
        "first_request_frame": 10,
        "first_request_ns": START_NS + 41_000_000,
        "first_response_frame": 11,
        "first_response_ns": START_NS + 81_000_000,
        "last_response_ns": START_NS + 81_000_000,
    }
    return TlsHandshake(**{**_place(changes, 6), **values, **changes})


def echo(**changes: Any) -> IcmpEcho:
    """Return an echo that came back after 137 ms."""
    values = {"src": CLIENT, "dst": SERVER, "id": 1, "seq": 1, "reply_frame": 8, "rtt_us": 137_000.0}
    return IcmpEcho(**{**_place(changes, 7), **values, **changes})


def talk(**changes: Any) -> Talk:
    """Return some packets from the client to the server."""
    values = {"src": CLIENT, "dst": SERVER, "protocol": "tcp/443", "packets": 11}
    return Talk(**{**_place(changes, 3), **values, **changes})


def malformed(**changes: Any) -> MalformedPacket:
    """Return a packet that cannot be read."""
    return MalformedPacket(**{**_place(changes, 12), "reason": "IPv4 header is cut", **changes})


def burst(**changes: Any) -> TcpBurst:
    """Return a burst of one packet from the client to the server."""
    place = {**_place(changes, 10), **changes}
    values = {
        "src": CLIENT,
        "src_port": 40_000,
        "dst": SERVER,
        "dst_port": 443,
        "bytes": 300,
        "packets": 1,
        "last_frame": place["frame"],
        "last_time_ns": place["time_ns"],
    }
    return TcpBurst(**{**values, **place})


def fetch(**changes: Any) -> Fetch:
    """Return a request that succeeded."""
    values = {
        "name": "page",
        "method": "GET",
        "url": f"https://{NAME}/",
        "started_ns": START_NS,
        "server_ip": SERVER,
        "local_port": 40_000,
        "opened": 1,
        "status": 200,
        "protocol": "HTTP/2",
        "phases_us": {"name_lookup": 30, "connect": 70, "tls": 111, "first_byte": 151, "total": 152},
        "certificate": {"subject": f"CN={NAME}"},
        "headers": {"x-datacenter": "dub"},
        "body": "{}\n",
        "body_bytes": 3,
        "body_sha256": "ca3d",
        "sent_bytes": 0,
        "sent_sha256": "",
        "error": "",
    }
    return Fetch.model_validate({**values, **changes})


def journey(*fetches: Fetch, **changes: Any) -> Journey:
    """Return a journey with these requests, or with one that succeeded."""
    values = {"case": CASE, "client": NODE, "resolver": "isplis", "resolver_ip": RESOLVER}
    return Journey.model_validate({**values, "fetches": fetches or (fetch(),), **changes})

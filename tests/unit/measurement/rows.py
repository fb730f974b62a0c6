"""Rows made by hand: each has plausible values, and a test changes those that it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from measurement.arithmetic import SlowStart
from measurement.capture import CapturePoint
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
from topologies.paths import one_way_ms
from topologies.plan import Plan

from .captures import CLIENT, RESOLVER, SERVER, START_NS

CASE, NODE, OTHER = "nearest", "traveller", "192.0.2.1"
NAME, REGIONAL = "portal.office.com", "portal-office365-com.emeanorth.b-msedge.net"
NS_PER_MS = 1_000_000
CLIENT_NS = 2000  # a client takes that long for its part of the handshake, and from an answer to what is next
Asked = tuple[str, str, list[DnsRecord]]  # a server's node, the name that it is asked for, its answer


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


def record(name: str, kind: str, data: str, ttl_s: int = 60) -> DnsRecord:
    """Return a resource record."""
    return DnsRecord(name=name, type=kind, ttl_s=ttl_s, data=data)


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
        "client_mss": 1460,
        "server_mss": 1460,
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
    values = {"src": CLIENT, "dst": SERVER, "id": 1, "seq": 1, "ttl": 64, "reply_frame": 8}
    return IcmpEcho(**{**_place(changes, 7), **values, "rtt_us": 137_000.0, **changes})


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


def ends(source: tuple[str, int], to: tuple[str, int]) -> dict[str, Any]:
    """Return the ends of a burst."""
    return {"src": source[0], "src_port": source[1], "dst": to[0], "dst_port": to[1]}


class CaseRows:
    """One case, written row by row."""

    def __init__(self, case: str, plan: Plan, points: Iterable[CapturePoint]) -> None:
        self.case, self.plan = case, plan
        self.rows: list[Observation] = [
            capture(case=case, node=point.name, interface=point.interface) for point in points
        ]
        self._frames: Counter[str] = Counter()

    def ip(self, node: str) -> str:
        """Return the address that a node sends from."""
        return str(self.plan.node(node).address)

    def way_ns(self, source: str, to: str) -> int:
        """Return how long a packet takes."""
        return round(one_way_ms(self.plan, source, to) * NS_PER_MS)

    def add(self, make: Callable[..., Observation], node: str, time_ns: int, **values: Any) -> None:
        """Add a row of what a node's capture shows at a time."""
        self._frames[node] += 1
        place = {"case": self.case, "node": node, "frame": self._frames[node], "time_ns": time_ns}
        self.rows.append(make(**place, **values))

    def talked(self, node: str, one: str, other: str, protocol: str) -> None:
        """Add that two addresses talked, in both directions."""
        for src, dst in ((one, other), (other, one)):
            self.add(talk, node, START_NS, src=src, dst=dst, protocol=protocol)

    def message(self, between: dict[str, Any], size: int, seen: dict[str, int]) -> None:
        """Add a burst as it was seen at each of some nodes."""
        for node, time_ns in seen.items():
            self.add(burst, node, time_ns, **between, bytes=size, last_time_ns=time_ns)


class Story(CaseRows):
    """What a client does, one thing after another; only distance takes time, and windows double."""

    def __init__(
        self, case: str, plan: Plan, points: Iterable[CapturePoint], client: str, resolver: str, start_ns: int
    ) -> None:
        super().__init__(case, plan, points)
        self.client, self.resolver, self.now_ns = client, resolver, start_ns
        self.fetches: list[Fetch] = []
        self._ports: dict[str, int] = {}
        self._windows: dict[tuple[str, int, str], SlowStart] = {}

    def question(self, name: str, asked: list[Asked]) -> None:
        """Let the client ask for a name, and its resolver some servers for it."""
        at_ns = began_ns = self.now_ns + self.way_ns(self.client, self.resolver)
        for server, each, answers in asked:
            at_ns = self.exchange(self.resolver, server, each, answers, at_ns)
        told = [record for _, _, answers in asked for record in answers]
        took_ns, own = at_ns - began_ns, False
        self.now_ns = self.exchange(self.client, self.resolver, name, told, self.now_ns, took_ns, own)

    def exchange(
        self,
        asker: str,
        server: str,
        name: str,
        answers: list[DnsRecord],
        now_ns: int,
        took_ns: int = 0,
        authoritative: bool = True,
        **values: Any,
    ) -> int:
        """Add a question and its answer, at both of its ends; return when the answer came."""
        asked = {"src": self.ip(asker), "dst": self.ip(server), "name": name}
        told = {"src": self.ip(server), "dst": self.ip(asker), "name": name, **values}
        told |= {"answers": tuple(answers), "authoritative": authoritative}
        arrived_ns = now_ns + self.way_ns(asker, server)
        came_ns = arrived_ns + took_ns + self.way_ns(server, asker)
        self.add(query, asker, now_ns, **asked)
        self.add(query, server, arrived_ns, **asked)
        self.add(answer, server, arrived_ns + took_ns, **told, rtt_us=took_ns / 1000)
        self.add(answer, asker, came_ns, **told, rtt_us=(came_ns - now_ns) / 1000)
        self.talked(asker, self.ip(asker), self.ip(server), "udp/53")
        return came_ns

    def request(
        self, host: str, server: str, asked: list[Asked], *, behind: str = "", sent: int = 0, **values: Any
    ) -> None:
        """Let the client send a request, over the connection that it has to a host or over a new one."""
        started_ns, is_new = self.now_ns, host not in self._ports
        ends_ns = self._opens(host, server, asked) if is_new else [started_ns] * 3
        there, back = (self.ip(self.client), self._ports[host]), (self.ip(server), 443)
        rtt_ns = self.way_ns(self.client, server) + self.way_ns(server, self.client)
        sent_ns = self._flies(ends(there, back), sent or 300, self.now_ns, rtt_ns)
        first_ns = sent_ns + rtt_ns
        if behind:
            first_ns += self._passes_on(server, behind, sent_ns + self.way_ns(self.client, server))
        last_ns = self._flies(ends(back, there), values.get("body_bytes", 300), first_ns, rtt_ns)
        names = ("name_lookup", "connect", "tls", "first_byte", "total")
        times_ns = (*ends_ns, first_ns, last_ns)
        phases_us = {name: (ns - started_ns) // 1000 for name, ns in zip(names, times_ns, strict=True)}
        told = {"started_ns": started_ns, "server_ip": back[0], "local_port": there[1]}
        told |= {"opened": int(is_new), "sent_bytes": sent, "phases_us": phases_us}
        self.fetches.append(fetch(**told, **values))
        self.now_ns = last_ns + CLIENT_NS

    def _opens(self, host: str, server: str, asked: list[Asked]) -> list[int]:
        """Ask for the host and connect to it; return when its name, TCP and TLS were there."""
        self.question(host, asked)
        port = self._ports[host] = 40_000 + len(self._ports)
        there_ns, named_ns = self.way_ns(self.client, server), self.now_ns
        rtt_ns = there_ns + self.way_ns(server, self.client)
        hello_ns, finished_ns = named_ns + rtt_ns, named_ns + 2 * rtt_ns + CLIENT_NS
        between = {"client": self.ip(self.client), "client_port": port, "server": self.ip(server)}
        for node, later_ns, rtt_us in ((self.client, 0, rtt_ns / 1000), (server, there_ns, 0.0)):
            self.add(connection, node, named_ns + later_ns, **between, rtt_us=rtt_us)
            at_ns = finished_ns + later_ns
            phases = {"client_hello_ns": hello_ns + later_ns, "client_finished_ns": at_ns}
            phases["first_request_ns"] = at_ns
            self.add(handshake, node, hello_ns + later_ns, **between, server_name=host, **phases)
            self.talked(node, self.ip(self.client), self.ip(server), "tcp/443")
        self.now_ns = finished_ns
        return [named_ns, hello_ns, finished_ns]

    def _flies(self, between: dict[str, Any], size: int, first_ns: int, rtt_ns: int) -> int:
        """Add what one end sends, a burst for each window; return when the client saw the last of it."""
        sender = self._windows.setdefault((between["src"], between["src_port"], between["dst"]), SlowStart())
        rounds = sender.send(size)
        done = 0
        for number in range(rounds):
            until = size * (2 ** (number + 1) - 1) // (2**rounds - 1)
            self.message(between, until - done, {self.client: first_ns + number * rtt_ns})
            done = until
        return first_ns + (rounds - 1) * rtt_ns

    def _passes_on(self, front: str, behind: str, now_ns: int) -> int:
        """Let a front end ask a server behind it, over a connection that is open; return what it took."""
        there, back = (self.ip(front), 50_000), (self.ip(behind), 444)
        arrived_ns = now_ns + self.way_ns(front, behind)
        came_ns = arrived_ns + self.way_ns(behind, front)
        borders = [f"{node.partition('-')[0]}-br" for node in (front, behind)]
        crossed = zip(borders, (now_ns, arrived_ns), strict=True) if borders[0] != borders[1] else ()
        back_again = zip(borders, (came_ns, arrived_ns), strict=True) if borders[0] != borders[1] else ()
        self.message(ends(there, back), 433, {front: now_ns, behind: arrived_ns, **dict(crossed)})
        self.message(ends(back, there), 371, {front: came_ns, behind: arrived_ns, **dict(back_again)})
        for node in {front, behind, *borders} if borders[0] != borders[1] else (front, behind):
            self.talked(node, there[0], back[0], "tcp/444")
        return came_ns - now_ns

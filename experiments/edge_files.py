"""One static file by four ways: from the library, over the edge, and from the content network, twice.

By arithmetic a way costs a round trip for TCP, one for TLS, and then what windows allow: straight to the
datacenter, or over a relay with a connection that is open already. A file that the content node has costs as
much as one of a server next door.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.edge_sites import CLOUD, near
from experiments.order import Case
from experiments.reading import Reading
from measurement import check
from measurement.arithmetic import SlowStart, direct_ms, relayed_ms
from measurement.evidence import Evidence, Refuted
from measurement.exchanges import FOREVER_NS, Answer, answer_to
from measurement.journey import Fetch, Request
from measurement.judge import Claim, Finding
from measurement.observation import Row, Talk, TcpConnection
from topologies import names
from topologies.handoff import landing
from topologies.hosts import datacenter_of, host
from topologies.paths import configured_rtt_ms
from topologies.world import Client, World

LIBRARY, SITE_EDGE, MISS, HIT = "library", "site-edge", "content-miss", "content-hit"
WAYS = (LIBRARY, SITE_EDGE, MISS, HIT)
FILE, FILE_BYTES = "jquery-2.1.1.js", 247_351  # what the example is of, and its size as npm has it
PATH = f"/Shared%20Documents/{FILE}"
SETUP_ROUND_TRIPS = 2  # TCP, and TLS 1.3 (RFC 8446, section 2)
TOLERANCE = 0.01
NS_PER_MS = 1_000_000


def from_library(world: World, client: Client) -> Request:
    """Return the request for the file in the library of a client's tenant."""
    tenant = world.tenant(client.tenant)
    routed = {"X-AnchorMailbox": names.user(client.name, tenant)}
    return Request(name="file", url=f"https://{names.site_of(tenant)}{PATH}", headers=routed)


def from_content(world: World, client: Client) -> Request:
    """Return the request for the same file in the content network."""
    site = names.site_of(world.tenant(client.tenant))
    return Request(name="file", url=f"https://{names.content_host(CLOUD)}/{site}{PATH}")


@dataclass(frozen=True)
class Got:
    """The file by one way; milliseconds from the connection's first packet, the lookup of its name left out.

    ``site`` is where the client's connection ended, ``tcp_ms`` and ``tls_ms`` how long it took to open it,
    ``behind`` how many packets its front door and the origin exchanged for it.
    """

    case: Case
    site: str
    fetch: Fetch
    tcp_ms: float
    tls_ms: float
    first_byte_ms: float
    ms: float
    expected_ms: float
    behind: int
    rows: tuple[Row, ...]

    @property
    def off(self) -> float:
        """How far the time is from what was expected, as a part of that."""
        return abs(self.ms - self.expected_ms) / self.expected_ms


def got(reading: Reading, name: str) -> Got:
    """Return the file by one way; raises Missing or Refuted if the packets do not show that it came whole."""
    case, evidence = reading.case(name), reading.evidence(name)
    journey = reading.journey(name)
    check.succeeded(journey)
    (fetch,) = journey.fetches
    if fetch.body_bytes != FILE_BYTES or fetch.body_sha256 != fetch.headers.get("x-content-sha256"):
        raise Refuted(f"{case.client} got {fetch.body_bytes} bytes, not those that the library has")
    own = reading.address(case.client)
    answer = answer_to(evidence, case.client, own, fetch, FOREVER_NS)
    arrived = _arrived(reading, evidence, fetch, own)
    data = reading.world.tenant(reading.world.client(case.client).tenant).datacenter
    origin = host(data, "sharepoint")
    behind = _behind(reading, evidence, arrived.node, origin)
    return Got(
        case=case,
        site=datacenter_of(arrived.node),
        fetch=fetch,
        tcp_ms=answer.connect_ms,
        tls_ms=answer.tls_ms,
        first_byte_ms=(answer.began_ns - answer.opened_ns) / NS_PER_MS,
        ms=(answer.ended_ns - answer.opened_ns) / NS_PER_MS,
        expected_ms=_expected_ms(reading, case, answer, arrived.node, origin),
        behind=sum(talk.packets for talk in behind),
        rows=(*answer.rows, arrived, *behind),
    )


def _arrived(reading: Reading, evidence: Evidence, fetch: Fetch, own: str) -> TcpConnection:
    """Return the client's connection as the host shows it where it ended."""
    ends = {"client": own, "client_port": fetch.local_port, "server": fetch.server_ip}
    for point in reading.order.captures:
        if fetch.server_ip in reading.addresses(point.node):
            for row in evidence.at(point.name, TcpConnection, **ends):
                return row
    raise Refuted(f"no front door's capture has the connection to {fetch.server_ip}")


def _behind(reading: Reading, evidence: Evidence, door: str, origin: str) -> list[Talk]:
    """Return what a front door and the origin exchanged; nothing where the one is the other."""
    if door == origin:
        return []
    evidence.require_readable(door)
    own, there = reading.addresses(door), reading.addresses(origin)
    return [
        talk
        for talk in evidence.at(door, Talk)
        if {talk.src, talk.dst} & set(own) and {talk.src, talk.dst} & set(there)
    ]


def _expected_ms(reading: Reading, case: Case, answer: Answer, door: str, origin: str) -> float:
    plan, size = reading.plan, answer.bytes
    if door == origin:
        near_ms = configured_rtt_ms(plan, case.client, door)
        return SETUP_ROUND_TRIPS * near_ms + direct_ms(size, near_ms, SlowStart())
    selection = reading.order.selection
    near_ms = landing(reading.world, selection, plan, case.client, CLOUD, case.peering).rtt_ms
    if case.name == HIT:
        return SETUP_ROUND_TRIPS * near_ms + direct_ms(size, near_ms, SlowStart())
    far_ms = configured_rtt_ms(plan, door, origin)
    return SETUP_ROUND_TRIPS * near_ms + relayed_ms(size, near_ms, far_ms, SlowStart(), SlowStart())


def claims(reading: Reading) -> list[Claim]:
    """Return what is claimed of the four ways, as steps."""
    client = reading.world.client(reading.case(LIBRARY).client)
    data = reading.world.datacenter(reading.world.tenant(client.tenant).datacenter)
    edge = reading.world.site(near(reading.world, reading.order.selection, client.place)[0])
    return [
        Claim(
            "redirect: the client connects to the tenant's datacenter for a file of its library",
            f"TCP and TLS end in {data.name} ({data.place.name}), nothing at an edge",
            lambda: _from(reading, LIBRARY, data.name),
        ),
        Claim(
            "SharePoint's edge: TCP and TLS end near the client, the request goes on over an open connection",
            f"at {edge.name} ({edge.place.name}), and from there to {data.name}; no connection is opened",
            lambda: _over_edge(reading, data.name),
        ),
        Claim(
            "a content node that has not the file fetches it from the library, and keeps it",
            "X-Cache: MISS, and packets between the node and the library's host",
            lambda: _missed(reading),
        ),
        Claim(
            "asked again, it gives the file by itself",
            "X-Cache: HIT, and not one packet between the node and the library's host",
            lambda: _hit(reading),
        ),
    ]


def in_time(reading: Reading) -> Claim:
    """Claim that windows and round trips give each way's time."""
    return Claim(
        "the file takes as long as windows and round trips allow, by each way",
        f"measured and expected times to the last byte differ by {TOLERANCE:.0%} at most",
        lambda: _in_time([got(reading, name) for name in WAYS]),
    )


def _from(reading: Reading, name: str, site: str) -> Finding:
    found = got(reading, name)
    if found.site != site:
        raise Refuted(f"the connection ended in {found.site}", *found.rows)
    return Finding(_told(found), found.rows)


def _over_edge(reading: Reading, data: str) -> Finding:
    found = got(reading, SITE_EDGE)
    if found.site == data or not found.behind:
        raise Refuted(f"nothing went on: the connection ended in {found.site}", *found.rows)
    opened = _opened_behind(reading, SITE_EDGE, data)
    if opened:
        raise Refuted("a connection to the datacenter was opened for it", *opened)
    served = found.fetch.headers.get("x-origin")
    if served != data:
        raise Refuted(f"the answer says that {served} had the file", *found.rows)
    return Finding(_told(found), found.rows)


def _missed(reading: Reading) -> Finding:
    found = got(reading, MISS)
    _says(found, "MISS")
    if not found.behind:
        raise Refuted("nothing was asked of the library's host", *found.rows)
    return Finding(_told(found), found.rows)


def _hit(reading: Reading) -> Finding:
    found, before = got(reading, HIT), got(reading, MISS)
    _says(found, "HIT")
    if found.site != before.site:
        raise Refuted(f"{before.site} had fetched it, and {found.site} was asked", *found.rows)
    if found.behind:
        raise Refuted(f"{found.behind} packets between the node and the library's host", *found.rows)
    return Finding(_told(found), found.rows)


def _says(found: Got, word: str) -> None:
    said = found.fetch.headers.get("x-cache", "nothing")
    if said != word:
        raise Refuted(f"X-Cache says {said}", *found.rows)


def _opened_behind(reading: Reading, name: str, data: str) -> list[TcpConnection]:
    """Return the connections that were opened to a datacenter's site host in a case."""
    origin = host(data, "sharepoint")
    return list(reading.evidence(name).at(origin, TcpConnection, server=reading.address(origin)))


def _in_time(found: list[Got]) -> Finding:
    worst = max(found, key=lambda each: each.off)
    text = f"{len(found)} ways; farthest off: {worst.case.name}, by {worst.off:.3%}"
    if worst.off > TOLERANCE:
        raise Refuted(f"{text}: {worst.ms:.3f} ms instead of {worst.expected_ms:.3f}", *worst.rows)
    return Finding(text, worst.rows)


def _told(found: Got) -> str:
    return (
        f"{found.case.client} connected to {found.site}; first byte after {found.first_byte_ms:.3f} ms, the"
        f" whole file after {found.ms:.3f} ms; {found.behind} packets behind it"
    )

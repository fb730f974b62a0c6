"""What became of each service in a case: over which way, to which front door, how far, and how soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from experiments.order import Case
from experiments.passage import Passage
from experiments.reading import Reading
from measurement.evidence import Evidence, Missing, Refuted
from measurement.exchanges import answer_to, next_start_ns
from measurement.journey import Fetch
from measurement.observation import DnsQuery, Row, StunExchange, TcpConnection
from topologies.hosts import customer_edge, datacenter_of, gateway, host
from topologies.paths import Hop, configured_rtt_ms, has_way
from topologies.plan import Plan
from topologies.ways import over_circuit, over_internet, round_trip_ms
from topologies.world import Datacenter

NS_PER_MS, US_PER_MS = 1_000_000, 1000
PORTAL, EXCHANGE, SHAREPOINT, MEDIA = "portal", "exchange", "sharepoint", "media"
SERVICES = (EXCHANGE, SHAREPOINT, PORTAL, MEDIA)
SETUP_ROUND_TRIPS = 2  # TCP, and TLS 1.3 (RFC 8446, section 2)


@dataclass(frozen=True)
class Use:
    """One service in one case, from packets; times in milliseconds.

    ``seen_as`` is the address that the server saw, ``resolver`` who was asked for the name ("" for none),
    ``bytes`` the payload in both directions. ``expected_rtt_ms`` and ``expected_ms`` are what the world's
    round trips add up to, for a round trip and for the first byte.
    """

    case: Case
    service: str
    way: Passage
    server: str
    datacenter: Datacenter
    seen_as: str
    resolver: str
    rtt_ms: float
    first_byte_ms: float
    bytes: int | None
    expected_rtt_ms: float
    expected_ms: float
    fetch: Fetch
    rows: tuple[Row, ...]

    @property
    def off(self) -> float:
        """How far the first byte is from what was expected, as a part of that."""
        return abs(self.first_byte_ms - self.expected_ms) / self.expected_ms


def use_of(reading: Reading, case: Case, service: str) -> Use:
    """Return what became of a service in a case; raises Missing or Refuted if the packets do not show it."""
    fetch = reading.journey(case.name).fetch(service)
    if fetch is None:
        raise Refuted(f"{case.client} never asked for {service}")
    if fetch.error or not 200 <= fetch.status < 400:
        what = fetch.error or f"status {fetch.status}"
        raise Refuted(f"{case.client} got no answer of {service}: {what}")
    way = reading.passage(case.name, fetch.server_ip)
    evidence = reading.evidence(case.name)
    if service == MEDIA:
        return _of_media(reading, case, fetch, way, evidence)
    opened = _connection(evidence, way.at, client=way.src, client_port=fetch.local_port)
    server = _node_at(reading, fetch.server_ip)
    arrived = _connection(evidence, server, client=way.arrives_as, server=fetch.server_ip)
    answer = answer_to(evidence, way.at, way.src, fetch, next_start_ns(reading.journey(case.name), fetch))
    asked = _asked(reading, case, urlsplit(fetch.url).hostname or "")
    near_ms = expected_rtt_ms(reading, way, case.client, server)
    datacenter = reading.world.datacenter(datacenter_of(server))
    behind_ms = _behind_ms(reading, case, service, server)
    return Use(
        case=case,
        service=service,
        way=way,
        server=server,
        datacenter=datacenter,
        seen_as=arrived.client,
        resolver=asked.node,
        rtt_ms=(opened.rtt_us or 0) / US_PER_MS,
        first_byte_ms=(answer.began_ns - opened.time_ns) / NS_PER_MS,
        bytes=opened.client_bytes + opened.server_bytes,
        expected_rtt_ms=near_ms,
        expected_ms=(SETUP_ROUND_TRIPS + 1) * near_ms + behind_ms,
        fetch=fetch,
        rows=(asked, opened, arrived),
    )


def expected_rtt_ms(reading: Reading, way: Passage, client: str, server: str) -> float:
    """Return the round trip that the world configures from a client to a server, over an office or not."""
    plan = reading.plan
    if way.way_out == client:
        return configured_rtt_ms(plan, client, server)
    inside = gateway(way.office) if way.office else client
    there_ms = configured_rtt_ms(plan, inside, way.way_out)
    if way.office:
        there_ms += _between_ms(plan, inside, client)
    if has_way(plan, way.way_out, server):
        return there_ms + configured_rtt_ms(plan, way.way_out, server)
    return there_ms + round_trip_ms(plan, learned_way(reading, way, server))


def learned_way(reading: Reading, way: Passage, server: str) -> tuple[Hop, ...]:
    """Return the way beyond an office whose routers have learned it: over its circuit, or the Internet."""
    for name in reading.order.selection.circuits:
        circuit = reading.world.circuit(name)
        if customer_edge(circuit.office) == way.way_out:
            return over_circuit(reading.world, reading.order.selection, reading.plan, circuit, server)
    return over_internet(reading.plan, way.way_out, server)


def _between_ms(plan: Plan, concentrator: str, client: str) -> float:
    """Return the round trip between an office's concentrator and somebody who dials in, over the Internet."""
    if has_way(plan, client, concentrator):
        return configured_rtt_ms(plan, client, concentrator)
    return round_trip_ms(plan, over_internet(plan, concentrator, client))


def _of_media(reading: Reading, case: Case, fetch: Fetch, way: Passage, evidence: Evidence) -> Use:
    answered = evidence.at(way.at, StunExchange, client=way.src, server=fetch.server_ip)
    first = next((row for row in answered if row.rtt_us is not None), None)
    if first is None:
        raise Refuted(f"no STUN request of {case.client} was answered in the capture at {way.at}")
    arrived = _at_its_relay(reading, evidence, first)
    expected = expected_rtt_ms(reading, way, case.client, arrived.node)
    return Use(
        case=case,
        service=MEDIA,
        way=way,
        server=arrived.node,
        datacenter=reading.world.datacenter(datacenter_of(arrived.node)),
        seen_as=arrived.client,
        resolver="",
        rtt_ms=(first.rtt_us or 0) / US_PER_MS,
        first_byte_ms=(first.rtt_us or 0) / US_PER_MS,
        bytes=None,
        expected_rtt_ms=expected,
        expected_ms=expected,
        fetch=fetch,
        rows=(first, arrived),
    )


def _at_its_relay(reading: Reading, evidence: Evidence, asked: StunExchange) -> StunExchange:
    """Return a request as it arrived: every datacenter has a relay at the same address."""
    captured = {point.name for point in reading.order.captures}
    relays = (host(name, "relay") for name in reading.order.selection.datacenters)
    for relay in (name for name in relays if name in captured):
        for row in evidence.at(relay, StunExchange, transaction=asked.transaction):
            return row
    raise Refuted(f"the request to {asked.server} arrived at no relay", asked)


def _behind_ms(reading: Reading, case: Case, service: str, server: str) -> float:
    """Return the round trip behind a front door: Exchange's goes on to the mailbox server."""
    if service != EXCHANGE:
        return 0.0
    home = reading.world.tenant(reading.world.client(case.client).tenant).datacenter
    return configured_rtt_ms(reading.plan, server, host(home, "mailbox"))


def _asked(reading: Reading, case: Case, name: str) -> DnsQuery:
    """Return the question for a name at the resolver that got it from the client."""
    evidence = reading.evidence(case.name)
    for resolver in reading.order.selection.resolvers:
        own = reading.address(resolver)
        for query in evidence.at(resolver, DnsQuery, dst=own, name=name, type="A", recursion_desired=True):
            return query
    raise Refuted(f"no resolver was asked for {name}")


def _connection(evidence: Evidence, at: str, **values: object) -> TcpConnection:
    for connection in evidence.at(at, TcpConnection, **values):
        if connection.ack_frame is not None:
            return connection
    ends = ", ".join(f"{name} {value}" for name, value in values.items())
    raise Refuted(f"no connection with {ends} in the capture at {at}")


def _node_at(reading: Reading, address: str) -> str:
    node = reading.plan.node_at(address)
    if node is None:
        raise Missing(f"nobody, or several, have the address {address}")
    return node.name


def uses_shown(reading: Reading, cases: Iterable[str]) -> list[Use]:
    """Return what packets show of every service in some cases; the claims say what is wrong with the rest."""
    found = []
    for name in cases:
        for service in SERVICES:
            try:
                found.append(use_of(reading, reading.case(name), service))
            except (Missing, Refuted):
                continue
    return found


def uses(reading: Reading) -> list[Use]:
    """Return every service that clients asked for; raises Missing or Refuted as `use_of` does."""
    return [
        use_of(reading, case, request.name)
        for case in reading.order.cases
        for request in case.requests
        if request.name in SERVICES
    ]

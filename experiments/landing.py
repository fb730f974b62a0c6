"""Where a client lands, and how we know: the article's steps as checks, for experiments and controls."""

from __future__ import annotations

from urllib.parse import urlsplit

from experiments.reading import Reading
from measurement import check
from measurement.evidence import Refuted
from measurement.exchanges import answer_to, next_start_ns
from measurement.journey import Fetch
from measurement.judge import Finding, together
from measurement.observation import DnsAnswer, DnsQuery, TcpConnection, TlsHandshake
from services.web import HTTPS_PORT
from topologies import names
from topologies.hosts import border, front_end, host
from topologies.names import Service, Timed
from topologies.world import Datacenter


class Landing:
    """One case of a run, and the datacenter where its client is expected to land with its first request."""

    def __init__(
        self, reading: Reading, case: str, expected: Datacenter, service: Service = "portal"
    ) -> None:
        described = reading.case(case)
        self.reading = reading
        self.evidence = reading.evidence(case)
        self.expected = expected
        self.client = described.client
        self.url = described.requests[0].url
        self.name = urlsplit(self.url).hostname or ""
        self.resolver = reading.resolver_of(described, self.name)
        self.resolver_ip = reading.address(self.resolver)
        self.asking = reading.passage(case, self.resolver_ip)
        self.names = names.service(service, expected.cloud)
        self.steered = (self.names.steered or Timed(name=self.name, ttl_s=0)).name
        self.regional = names.regional_name(self.names, expected)
        self.server = host(expected.name, service)
        self.server_ips = reading.addresses(self.server)
        self.case = case

    def client_asks_its_resolver(self) -> Finding:
        """Step 1: the client's question goes to its own resolver, and to nobody else."""
        asking, asked = self.client_question()
        return Finding(
            f"{self.client} ({self.asking.src}) asked {self.resolver} ({self.resolver_ip})", (asking, asked)
        )

    def client_question(self) -> tuple[DnsQuery, DnsQuery]:
        """Return the client's question as it left, and as it arrived."""
        ends = {"dst": self.resolver_ip, "name": self.name}
        asking = check.asked(self.evidence, self.asking.at, src=self.asking.src, **ends)
        check.asks_only(self.evidence, self.asking.at, src=self.asking.src, allowed={self.resolver_ip})
        return asking, check.asked(self.evidence, self.resolver, src=self.asking.arrives_as, **ends)

    def resolver_asks_microsoft(self) -> Finding:
        """Step 2: the resolver itself asks Microsoft's servers, last for the name that is steered."""
        asking, server = self._asks_microsoft(self.name)
        rows = [asking, self._arrived(asking, server)]
        text = f"{self.resolver} ({self.resolver_ip}) asked {server} ({asking.dst})"
        if self.steered != self.name:
            last, steering = self._asks_microsoft(self.steered)
            rows += [last, self._arrived(last, steering)]
            text += f", and was led to {steering} ({last.dst}), which it asked for {self.steered}"
        return Finding(text, tuple(rows))

    def microsoft_names_the_region(self) -> Finding:
        """Step 3: the answer is a regional server name: that of the expected datacenter."""
        asking, server = self._asks_microsoft(self.steered)
        arrived = self._arrived(asking, server)
        sent = check.answered(self.evidence, server, query=arrived, src=asking.dst)
        received = check.answered(self.evidence, self.resolver, query=asking, src=asking.dst)
        for answer in (sent, received):
            alias = check.alias_in(answer, self.steered)
            if alias != self.regional:
                raise Refuted(f"{server} told {self.resolver}: {alias}", answer)
        return Finding(f"{server} told {self.resolver}: {self.steered} is {self.regional}", (sent, received))

    def resolver_learns_the_address(self) -> Finding:
        """Step 4: asked again, Microsoft gives the regional addresses; the resolver passes all of it on."""
        asking, server = self._asks_microsoft(self.regional)
        answer = check.answered(self.evidence, self.resolver, query=asking, src=asking.dst)
        self._is_expected(check.addresses_in(answer, self.regional), answer)
        passed_on = self.client_answer()
        self._is_expected(check.addresses_in(passed_on, self.regional), passed_on)
        question, _ = self.client_question()
        took_us = (passed_on.time_ns - question.time_ns) / 1000
        lookup_us = self.first_fetch().phases_us["name_lookup"]
        check.agrees("the name lookup", lookup_us, took_us, self._tolerance_us)
        text = f"{server}: {self.regional} is {', '.join(self.server_ips)}"
        told = f"{self.client} had it after {took_us / 1000:.3f} ms"
        return Finding(f"{text}; {told}", (asking, answer, passed_on))

    def client_answer(self) -> DnsAnswer:
        """Return the answer that the client received."""
        question, _ = self.client_question()
        return check.answered(self.evidence, self.asking.at, query=question, src=self.resolver_ip)

    def client_connects_there(self, *, only: bool = True) -> Finding:
        """Step 5: the client connects to the expected front end, and its TLS ends there.

        With ``only``, to nowhere else.
        """
        fetch = self.first_fetch()
        if fetch.server_ip not in self.server_ips:
            raise Refuted(f"{self.client} says that it connected to {fetch.server_ip}")
        way = self.reading.passage(self.case, fetch.server_ip)
        opened, handshake = self._connection(way.at, way.src, fetch.server_ip)
        arrived, ended = self._connection(self.server, way.arrives_as, fetch.server_ip)
        if only:
            check.connects_only(self.evidence, way.at, client=way.src, server=fetch.server_ip)
            known = {self.resolver_ip, fetch.server_ip}
            check.talks_only_with(self.evidence, way.at, address=way.src, allowed=known)
        self._phases_agree(fetch)
        served = fetch.headers.get("x-datacenter")
        if served != self.expected.name:
            raise Refuted(f"the answer says that {served} served it", handshake)
        text = (
            f"{self.client} connected to {self.server} ({fetch.server_ip}), round trip "
            f"{(opened.rtt_us or 0) / 1000:.3f} ms; TLS 1.3 for {self.name} ended there"
        )
        return Finding(text, (opened, arrived, handshake, ended))

    def nothing_goes_on(self, home: Datacenter) -> Finding:
        """The front end talks to the client alone, nothing crosses the backbone, home hears nothing.

        Where home is the expected datacenter itself, the backbone is the only way on.
        """
        (server_ip,) = self.server_ips
        seen_as = self.reading.passage(self.case, server_ip).arrives_as
        opened = check.connected(
            self.evidence, self.server, client=seen_as, server=server_ip, port=HTTPS_PORT
        )
        check.talks_only_with(self.evidence, self.server, address=server_ip, allowed={seen_as})
        check.silent(self.evidence, border(self.expected.name))
        told = f"{self.server} exchanged packets with {seen_as} alone"
        told += f"; {border(self.expected.name)} sent nothing over the backbone"
        if home.name != self.expected.name:
            check.silent(self.evidence, front_end(home.name))
            check.silent(self.evidence, border(home.name))
            told += f"; nothing reached {home.name}"
        return Finding(told, (opened,))

    def ends_there(self, home: Datacenter) -> Finding:
        """Step 5 where nothing follows it: the client connects, and the connection ends there."""
        return together(self.client_connects_there(), self.nothing_goes_on(home))

    def landed(self, *, only: bool = True) -> Finding:
        """All that a control needs: named, addressed and connected as expected."""
        named = self.microsoft_names_the_region()
        connected = self.client_connects_there(only=only)
        return Finding(
            f"landed in {self.expected.name}: {connected.observed}", (*named.rows, *connected.rows)
        )

    def first_fetch(self) -> Fetch:
        """Return the first request, which succeeded."""
        journey = self.reading.journey(self.case)
        check.succeeded(journey)
        return journey.first

    def _asks_microsoft(self, name: str) -> tuple[DnsQuery, str]:
        """Return the resolver's question to one of the servers of the name's zone, and that server's node."""
        known = self.reading.servers_of(self.case, name, nearest=self.expected.name)
        src = self.resolver_ip
        query = check.asked_any(self.evidence, self.resolver, src=src, servers=known, name=name)
        return query, known[query.dst]

    def _arrived(self, asking: DnsQuery, server: str) -> DnsQuery:
        return check.asked(self.evidence, server, src=self.resolver_ip, dst=asking.dst, name=asking.name)

    def _is_expected(self, addresses: tuple[str, ...], answer: DnsAnswer) -> None:
        if set(addresses) != set(self.server_ips):
            expected = ", ".join(self.server_ips)
            raise Refuted(f"{self.regional} is {', '.join(addresses)}, not {expected}", answer)

    def _connection(self, at: str, client_ip: str, server_ip: str) -> tuple[TcpConnection, TlsHandshake]:
        ends = {"client": client_ip, "server": server_ip}
        connection = check.connected(self.evidence, at, **ends, port=HTTPS_PORT)
        return connection, check.handshaken(self.evidence, at, connection=connection, name=self.name)

    def _phases_agree(self, fetch: Fetch) -> None:
        """Compare curl's own phases with the packets' times."""
        own = fetch.phases_us
        way = self.reading.passage(self.case, fetch.server_ip)
        until_ns = next_start_ns(self.reading.journey(self.case), fetch)
        answer = answer_to(self.evidence, way.at, way.src, fetch, until_ns)
        packets_ms = {"connect": answer.connect_ms, "tls": answer.tls_ms, "first_byte": answer.first_byte_ms}
        before = "name_lookup"
        for phase, took_ms in packets_ms.items():
            took_us = took_ms * 1000
            check.agrees(phase.replace("_", " "), own[phase] - own[before], took_us, self._tolerance_us)
            before = phase

    @property
    def _tolerance_us(self) -> float:
        return self.reading.order.tolerance_us

"""Where a client lands, and how we know: the article's steps as checks, for experiments and controls."""

from __future__ import annotations

from urllib.parse import urlsplit

from experiments.reading import Reading
from measurement import check
from measurement.evidence import Missing, Refuted
from measurement.journey import Journey
from measurement.judge import Finding
from measurement.observation import DnsAnswer, DnsQuery, TcpConnection, TlsHandshake
from services.web import HTTPS_PORT
from services.zones import REGIONAL_ZONE, STEERED_ZONE, regional_name
from topologies.planning import border, front_end
from topologies.world import Datacenter


class Landing:
    """One case of a run, and the datacenter where its client is expected to land."""

    def __init__(self, reading: Reading, case: str, expected: Datacenter) -> None:
        described = reading.case(case)
        self.reading = reading
        self.evidence = reading.evidence(case)
        self.expected = expected
        self.client = described.client
        self.resolver = described.resolver
        self.client_ip = reading.address(self.client)
        self.resolver_ip = reading.address(self.resolver)
        self.name = urlsplit(described.url).hostname or ""
        self.regional = regional_name(expected.label)
        self.server = front_end(expected.name)
        self.server_ip = reading.address(self.server)
        self.case = case

    def client_asks_its_resolver(self) -> Finding:
        """Step 1: the client's question goes to its own resolver, and to nobody else."""
        asking, asked = self.client_question()
        return Finding(
            f"{self.client} ({self.client_ip}) asked {self.resolver} ({self.resolver_ip})", (asking, asked)
        )

    def client_question(self) -> tuple[DnsQuery, DnsQuery]:
        """Return the client's question as it left, and as it arrived."""
        ends = {"src": self.client_ip, "dst": self.resolver_ip, "name": self.name}
        asking = check.asked(self.evidence, self.client, **ends)
        check.asks_only(self.evidence, self.client, src=self.client_ip, allowed={self.resolver_ip})
        return asking, check.asked(self.evidence, self.resolver, **ends)

    def resolver_asks_microsoft(self) -> Finding:
        """Step 2: the resolver itself asks one of Microsoft's servers."""
        asking, server = self._asks_microsoft(self.name, STEERED_ZONE)
        arrived = check.asked(self.evidence, server, src=self.resolver_ip, dst=asking.dst, name=self.name)
        return Finding(
            f"{self.resolver} ({self.resolver_ip}) asked {server} ({asking.dst})", (asking, arrived)
        )

    def microsoft_names_the_region(self) -> Finding:
        """Step 3: the answer is a regional server name: that of the expected datacenter."""
        asking, server = self._asks_microsoft(self.name, STEERED_ZONE)
        arrived = check.asked(self.evidence, server, src=self.resolver_ip, dst=asking.dst, name=self.name)
        sent = check.answered(self.evidence, server, query=arrived, src=asking.dst)
        received = check.answered(self.evidence, self.resolver, query=asking, src=asking.dst)
        for answer in (sent, received):
            alias = check.alias_in(answer, self.name)
            if alias != self.regional:
                raise Refuted(f"{server} told {self.resolver}: {alias}", answer)
        return Finding(f"{server} told {self.resolver}: {self.name} is {self.regional}", (sent, received))

    def resolver_learns_the_address(self) -> Finding:
        """Step 4: asked again, Microsoft gives the regional address; the resolver passes both on."""
        asking, server = self._asks_microsoft(self.regional, REGIONAL_ZONE)
        answer = check.answered(self.evidence, self.resolver, query=asking, src=asking.dst)
        self._is_expected(check.addresses_in(answer, self.regional), answer)
        passed_on = self.client_answer()
        self._is_expected(check.addresses_in(passed_on, self.regional), passed_on)
        question, _ = self.client_question()
        journey = self._journey()
        took_us = (passed_on.time_ns - question.time_ns) / 1000
        check.agrees("the name lookup", journey.phases_us["name_lookup"], took_us, self._tolerance_us)
        text = f"{server}: {self.regional} is {self.server_ip}"
        told = f"{self.client} had it after {took_us / 1000:.3f} ms"
        return Finding(f"{text}; {told}", (asking, answer, passed_on))

    def client_answer(self) -> DnsAnswer:
        """Return the answer that the client received."""
        question, _ = self.client_question()
        return check.answered(self.evidence, self.client, query=question, src=self.resolver_ip)

    def client_connects_there(self) -> Finding:
        """Step 5: the client's only connection goes to the expected front end, and its TLS ends there."""
        opened, handshake = self._connection(self.client)
        arrived, ended = self._connection(self.server)
        check.connects_only(self.evidence, self.client, client=self.client_ip, server=self.server_ip)
        known = {self.resolver_ip, self.server_ip}
        check.talks_only_with(self.evidence, self.client, address=self.client_ip, allowed=known)
        journey = self._journey()
        if journey.server_ip != self.server_ip:
            raise Refuted(f"{self.client} says that it connected to {journey.server_ip}", opened)
        self._phases_agree(journey, opened, handshake)
        served = journey.headers.get("x-datacenter")
        if served != self.expected.name:
            raise Refuted(f"the answer says that {served} served it", handshake)
        text = (
            f"{self.client} connected to {self.server} ({self.server_ip}), round trip "
            f"{(opened.rtt_us or 0) / 1000:.3f} ms; TLS 1.3 for {self.name} ended there"
        )
        return Finding(text, (opened, arrived, handshake, ended))

    def nothing_goes_on(self, home: Datacenter) -> Finding:
        """The front end talks to the client alone, nothing crosses the backbone, home hears nothing.

        Where home is the expected datacenter itself, the backbone is the only way on.
        """
        opened = check.connected(
            self.evidence, self.server, client=self.client_ip, server=self.server_ip, port=443
        )
        check.talks_only_with(self.evidence, self.server, address=self.server_ip, allowed={self.client_ip})
        check.silent(self.evidence, border(self.expected.name))
        if home.name != self.expected.name:
            check.silent(self.evidence, front_end(home.name))
            check.silent(self.evidence, border(home.name))
        alone = f"{self.server} exchanged packets with {self.client_ip} alone"
        silent = f"{border(self.expected.name)} sent nothing over the backbone; nothing reached {home.name}"
        return Finding(f"{alone}; {silent}", (opened,))

    def landed(self) -> Finding:
        """All that a control needs: named, addressed and connected as expected."""
        named = self.microsoft_names_the_region()
        connected = self.client_connects_there()
        return Finding(
            f"landed in {self.expected.name}: {connected.observed}", (*named.rows, *connected.rows)
        )

    def _asks_microsoft(self, name: str, zone: str) -> tuple[DnsQuery, str]:
        """Return the resolver's question to a server of Microsoft's zone, and that server's node."""
        servers = (self.reading.world.nameserver(each) for each in self.reading.order.selection.nameservers)
        known = {self.reading.address(server.name): server.name for server in servers if zone in server.zones}
        src = self.resolver_ip
        query = check.asked_any(self.evidence, self.resolver, src=src, servers=known, name=name)
        return query, known[query.dst]

    def _is_expected(self, addresses: tuple[str, ...], answer: DnsAnswer) -> None:
        if addresses != (self.server_ip,):
            raise Refuted(f"{self.regional} is {', '.join(addresses)}, not {self.server_ip}", answer)

    def _connection(self, at: str) -> tuple[TcpConnection, TlsHandshake]:
        client, server = self.client_ip, self.server_ip
        connection = check.connected(self.evidence, at, client=client, server=server, port=HTTPS_PORT)
        return connection, check.handshaken(self.evidence, at, connection=connection, name=self.name)

    def _journey(self) -> Journey:
        journey = self.reading.journey(self.case)
        check.succeeded(journey)
        return journey

    def _phases_agree(self, journey: Journey, opened: TcpConnection, handshake: TlsHandshake) -> None:
        """Compare curl's own phases with the packets' times."""
        own = journey.phases_us
        packets = {
            "connect": opened.rtt_us,
            "tls": _between_us(handshake.client_hello_ns, handshake.client_finished_ns),
            "first_byte": _between_us(handshake.first_request_ns, handshake.first_response_ns),
        }
        before = "name_lookup"
        for phase, packets_us in packets.items():
            check.agrees(phase.replace("_", " "), own[phase] - own[before], packets_us, self._tolerance_us)
            before = phase

    @property
    def _tolerance_us(self) -> float:
        return self.reading.order.tolerance_us


def _between_us(begin_ns: int | None, end_ns: int | None) -> float | None:
    if begin_ns is None or end_ns is None:
        raise Missing("the packets do not show both ends of a phase")
    return (end_ns - begin_ns) / 1000

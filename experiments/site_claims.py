"""A tenant's site: how a client comes to it, and how we know."""

from __future__ import annotations

from experiments.order import Case
from experiments.people import nearest
from experiments.reading import Reading
from measurement import check
from measurement.evidence import Missing, Refuted
from measurement.exchanges import Answer, answers_to
from measurement.journey import Fetch
from measurement.judge import Finding, together
from measurement.observation import DnsAnswer, DnsQuery, Row
from services.web import HTTPS_PORT
from topologies import names
from topologies.hosts import border, host
from topologies.world import Datacenter, Tenant

COUNTED_DOWN_S = 5


class Site:
    """The site of one tenant, in one case of a run."""

    def __init__(self, reading: Reading, case: str, tenant: Tenant) -> None:
        described = names.of_tenant(reading.world, names.service("sharepoint", tenant.cloud), tenant)
        self.reading = reading
        self.evidence = reading.evidence(case)
        self.case = reading.case(case)
        self.tenant = tenant
        (self.name,) = described.hosts
        self.chain = described.aliases
        self.last = described.regional
        self.server = host(tenant.datacenter, "sharepoint")
        self.server_ip = reading.address(self.server)
        self.client = self.case.client
        self.client_ip = reading.address(self.client)
        self.resolver = self.case.resolver
        self.resolver_ip = reading.address(self.resolver)

    def portal_redirects(self, here: Datacenter) -> Finding:
        """The portal, in ``here``, answers with a redirect to the site, on its open connection."""
        answer = self._answer("launch")
        fetch = answer.fetch
        location = fetch.headers.get("location")
        if fetch.status != 302 or location != f"https://{self.name}/":
            raise Refuted(f"the portal answered {fetch.status}, to {location}", *answer.rows)
        self._is_kept(answer, here)
        return Finding(f"{fetch.headers['x-datacenter']} answered 302 to {location}", answer.rows[1:])

    def is_asked_for(self) -> Finding:
        """The client asks its resolver alone; the answer has the whole chain, with its times to live."""
        question, answer = self._question_and_answer()
        aliases = {r.name: r for r in answer.answers if r.type == "CNAME"}
        for step in self.chain:
            told = aliases.get(step.name)
            if told is None or told.data.rstrip(".") != step.target:
                raise Refuted(f"{step.name} is {told.data if told else 'no alias'}", answer)
            # The resolver's cache was empty; while it asked on, it may have counted down.
            if not step.ttl_s - COUNTED_DOWN_S <= told.ttl_s <= step.ttl_s:
                raise Refuted(f"{step.name} may be kept for {told.ttl_s} s, not {step.ttl_s}", answer)
        times = ", ".join(f"{aliases[step.name].ttl_s} s" for step in self.chain)
        asked = self._asks_microsoft()
        text = f"{self.resolver} asked Microsoft's servers, and told {self.client} {len(self.chain)} aliases"
        return Finding(f"{text}, kept for {times}", (question, asked, answer))

    def is_in_the_tenants_datacenter(self) -> Finding:
        """The last name's address is that of the site server where the tenant is active."""
        _, answer = self._question_and_answer()
        addresses = check.addresses_in(answer, self.last.name)
        if addresses != (self.server_ip,):
            raise Refuted(f"{self.last.name} is {', '.join(addresses)}", answer)
        return Finding(f"{self.last.name} is {self.server_ip} ({self.tenant.datacenter})", (answer,))

    def landed(self) -> Finding:
        """The client was told the tenant's datacenter, and connected to it."""
        return together(self.is_in_the_tenants_datacenter(), self._connected())

    def client_connects(self, here: Datacenter) -> Finding:
        """The client connects to the site's server over the Internet, and the portal stays in ``here``."""
        connected = self._connected()
        again = self._answer("portal again")
        self._is_kept(again, here)
        for name in self.reading.order.selection.datacenters:
            check.silent(self.evidence, border(name))
        text = f"{connected.observed}; {here.name} answered again over the connection that was open"
        return Finding(f"{text}; nothing crossed the backbone", (*connected.rows, *again.rows[1:]))

    def _connected(self) -> Finding:
        ends = {"client": self.client_ip, "server": self.server_ip}
        opened = check.connected(self.evidence, self.client, **ends, port=HTTPS_PORT)
        handshake = check.handshaken(self.evidence, self.client, connection=opened, name=self.name)
        arrived = check.connected(self.evidence, self.server, **ends, port=HTTPS_PORT)
        ended = check.handshaken(self.evidence, self.server, connection=arrived, name=self.name)
        served = self._fetch("site").headers.get("x-datacenter")
        if served != self.tenant.datacenter:
            raise Refuted(f"the answer says that {served} served it", handshake)
        rtt_ms = (opened.rtt_us or 0) / 1000
        text = f"{self.client} connected to {self.server} ({self.server_ip}), round trip {rtt_ms:.3f} ms"
        return Finding(text, (opened, handshake, arrived, ended))

    def _question_and_answer(self) -> tuple[DnsQuery, DnsAnswer]:
        ends = {"src": self.client_ip, "dst": self.resolver_ip}
        question = check.asked(self.evidence, self.client, **ends, name=self.name)
        check.asks_only(self.evidence, self.client, src=self.client_ip, allowed={self.resolver_ip})
        return question, check.answered(self.evidence, self.client, query=question, src=self.resolver_ip)

    def _asks_microsoft(self) -> DnsQuery:
        servers = self.reading.servers_of(self.case.name, self.name, nearest=self.tenant.datacenter)
        src = self.resolver_ip
        asked = check.asked_any(self.evidence, self.resolver, src=src, servers=servers, name=self.name)
        check.asked(self.evidence, servers[asked.dst], src=src, dst=asked.dst, name=self.name)
        return asked

    def _is_kept(self, answer: Answer, here: Datacenter) -> None:
        """Check that a request of the portal went over the connection that it had before, to ``here``."""
        first = self.reading.journey(self.case.name).first
        fetch = answer.fetch
        if fetch.opened or (fetch.server_ip, fetch.local_port) != (first.server_ip, first.local_port):
            raise Refuted(f"{self.client} opened another connection for {fetch.name}", *answer.rows)
        served = fetch.headers.get("x-datacenter")
        if served != here.name:
            raise Refuted(f"{fetch.name}: the answer says that {served} served it", *answer.rows)

    def _fetch(self, name: str) -> Fetch:
        return self._answer(name).fetch

    def _answer(self, name: str) -> Answer:
        journey = self.reading.journey(self.case.name)
        check.succeeded(journey)
        for answer in answers_to(self.evidence, journey, self.client_ip):
            if answer.fetch.name == name:
                return answer
        raise Missing(f"the client made no request {name}")


def same_from_everywhere(reading: Reading, tenant: Tenant, cases: list[Case]) -> Finding:
    """The site's answer is one, wherever it is asked from; the portal's are as many as there are places."""
    rows: list[Row] = []
    steered: dict[str, str] = {}
    for case in cases:
        told = Site(reading, case.name, tenant).is_in_the_tenants_datacenter()
        answer, regional = _portal_answer(reading, case, tenant.cloud)
        steered[case.resolver] = regional
        rows += [*told.rows, answer]
    if len(set(steered.values())) != len(cases):
        raise Refuted(f"the portal's answers are not all different: {', '.join(steered.values())}", *rows)
    text = f"always {reading.address(host(tenant.datacenter, 'sharepoint'))}"
    return Finding(f"{text}; for the portal {', '.join(steered.values())}", tuple(rows))


def _portal_answer(reading: Reading, case: Case, cloud: str) -> tuple[DnsAnswer, str]:
    """Return the answer for the portal in a case, and the regional name in it: the nearest."""
    described = names.service("portal", cloud)
    (name,) = described.hosts
    evidence, client_ip = reading.evidence(case.name), reading.address(case.client)
    resolver_ip = reading.address(case.resolver)
    question = check.asked(evidence, case.client, src=client_ip, dst=resolver_ip, name=name)
    answer = check.answered(evidence, case.client, query=question, src=resolver_ip)
    there = nearest(reading.world, reading.world.resolver(case.resolver), cloud)
    regional = check.alias_in(answer, name)
    if regional != names.regional_name(described, there):
        raise Refuted(f"{case.resolver} was told {regional}, which is not nearest to it", answer)
    return answer, regional

"""Runs that never were: rows for all that the claims look at, as a sound run has them.

Hardly anything takes time but distance, and each answer fits one window: every time is plain arithmetic.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from experiments.exchange_online import EXPERIMENT
from experiments.experiment import Experiment, Options
from experiments.order import Case, Order, Probe
from experiments.reading import Reading
from measurement.journey import Fetch, Request
from measurement.observation import DnsRecord, Observation
from services.zones import Naming
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from topologies import names
from topologies.hosts import host
from topologies.load import load_world
from topologies.names import ServiceNames
from topologies.paths import one_way_ms
from topologies.planning import plan_network
from topologies.steering import Answers, nearest_datacenter
from topologies.world import World

TENANTS, MAILBOX = "mwh", "mwh-mbx"
LANDS = {
    "nearest": "dub",
    "far-resolver": "sin",
    "client-subnet": "dub",
    "direct": "mwh",
    "far-front-end": "sin",
    "cold": "dub",
    "anycast": "dub",
}
HOST, STEERED = "outlook.office365.com", "outlook.ms-acdc.office.com"
ANYCAST = "13.107.24.1"
NS_PER_MS, US_PER_MS = 1_000_000, 1000
CLIENT_NS = 2000  # a client takes that long for its part of the handshake, and from an answer to what is next
CLIENT_PORT, BACK_PORT = 40_000, 50_000

WORLD = load_world("article")
ORDER = EXPERIMENT.plan_order(WORLD, 1, 10.0, Options())
PLAN = plan_network(WORLD, ORDER.selection, 1)


@cache
def way_ns(source: str, to: str) -> int:
    """Return how long a packet takes."""
    return round(one_way_ms(PLAN, source, to) * NS_PER_MS)


def ip(node: str) -> str:
    """Return the address that a node sends from."""
    return str(PLAN.node(node).address)


class MadeUp(rows.CaseRows):
    """One journey: the questions, the connection to the front door, and the one behind it."""

    def __init__(self, case: Case, start_ns: int) -> None:
        super().__init__(case.name, PLAN, ORDER.captures)
        self.order = case
        self.here = LANDS[case.name]
        self.front, self.regional = f"{self.here}-efz", f"{self.here}-efz.ms-acdc.office.com"
        self.front_ip = ip(self.front)
        self.addresses = tuple(
            str(each) for each in (PLAN.node(self.front).address, *PLAN.node(self.front).aliases)
        )
        self.start_ns = start_ns
        self.fetches: list[Fetch] = []
        named_ns = self._names(start_ns)
        self._connects(named_ns)
        self._talks()

    # The questions

    def _names(self, asked_ns: int) -> int:
        client, resolver = self.order.client, self.order.resolver
        now_ns = asked_ns + way_ns(client, resolver)
        records = [_cname(HOST, "outlook.ha.office365.com"), _cname("outlook.ha.office365.com", STEERED)]
        now_ns = self._exchange(resolver, "msdns2", ip("msdns2"), HOST, records, now_ns)
        is_anycast = self.order.answers.how == "anycast"
        server, address = ("acdc-dub", ANYCAST) if is_anycast else ("acdc2", ip("acdc2"))
        steered = _cname(STEERED, self.regional)
        now_ns = self._exchange(resolver, server, address, STEERED, [steered], now_ns)
        told = [rows.record(self.regional, "A", address) for address in self.addresses]
        now_ns = self._exchange(resolver, "efz2", ip("efz2"), self.regional, told, now_ns)
        took_ns = now_ns - asked_ns - way_ns(client, resolver)
        return self._exchange(
            client, resolver, ip(resolver), HOST, [*records, steered, *told], asked_ns, took_ns=took_ns
        )

    def _exchange(
        self,
        asker: str,
        server: str,
        address: str,
        name: str,
        answers: list[DnsRecord],
        now_ns: int,
        *,
        took_ns: int = 0,
    ) -> int:
        there_ns, back_ns = way_ns(asker, server), way_ns(server, asker)
        subnet = f"{ip(self.order.client)}/32"
        tells = self.order.answers.client_subnet and server == "acdc2"
        asked = {"src": ip(asker), "dst": address, "name": name, "client_subnet": subnet if tells else None}
        answer = {"src": address, "dst": ip(asker), "name": name, "answers": tuple(answers)}
        arrived_ns = now_ns + there_ns
        came_ns = arrived_ns + took_ns + back_ns
        self.add(rows.query, asker, now_ns, **asked)
        self.add(rows.query, server, arrived_ns, **asked)
        self.add(rows.answer, server, arrived_ns + took_ns, **answer, rtt_us=took_ns / 1000)
        self.add(rows.answer, asker, came_ns, **answer, rtt_us=(came_ns - now_ns) / 1000)
        self.talked(asker, ip(asker), address, "udp/53")
        return came_ns

    # The connections

    def _connects(self, now_ns: int) -> None:
        client, there_ns = self.order.client, way_ns(self.order.client, self.front)
        rtt_ns = there_ns + way_ns(self.front, client)
        ends = {"client": ip(client), "client_port": CLIENT_PORT, "server": self.front_ip}
        hello_ns, finished_ns = now_ns + rtt_ns, now_ns + 2 * rtt_ns + CLIENT_NS
        for node, later_ns in ((client, 0), (self.front, there_ns)):
            rtt_us = rtt_ns / 1000 if node == client else 0.0
            self.add(rows.connection, node, now_ns + later_ns, **ends, rtt_us=rtt_us)
            phases = {
                "client_hello_ns": hello_ns + later_ns,
                "client_finished_ns": finished_ns + later_ns,
                "first_request_ns": finished_ns + later_ns,
            }
            self.add(rows.handshake, node, hello_ns + later_ns, **ends, server_name=HOST, **phases)
        self.message(self._asks(), 410, {client: hello_ns})
        self.message(self._answers(), 939, {client: hello_ns + rtt_ns})
        self.phases_us = [(now_ns - self.start_ns) // 1000, (hello_ns - self.start_ns) // 1000]
        self.phases_us.append((finished_ns - self.start_ns) // 1000)
        asked_ns = finished_ns
        for number, request in enumerate(self.order.requests):
            asked_ns = self._asks_for(number, request.name, request.method, asked_ns, rtt_ns)

    def _asks_for(self, number: int, name: str, method: str, asked_ns: int, rtt_ns: int) -> int:
        client = self.order.client
        self.message(self._asks(), 300, {client: asked_ns})
        if number == 0:
            self.message(
                self._answers(), 677, {client: asked_ns + rtt_ns - 1}
            )  # what a server says of itself
        arrived_ns = asked_ns + way_ns(client, self.front)
        passed_ns = self._passes_on(number, arrived_ns)
        came_ns = passed_ns + way_ns(self.front, client)
        self.message(self._answers(), 334 + number, {client: came_ns})
        started_ns = self.start_ns if number == 0 else asked_ns
        before = self.phases_us if number == 0 else [3, 0, 0]
        first_byte_us = (came_ns - started_ns) // 1000
        self.fetches.append(
            self._fetch(number, name, method, started_ns, [*before, first_byte_us, first_byte_us])
        )
        return came_ns + CLIENT_NS

    def _fetch(self, number: int, name: str, method: str, started_ns: int, ends_us: list[int]) -> Fetch:
        headers = {
            "x-datacenter": self.here,
            "x-feserver": self.front,
            "x-beserver": MAILBOX,
            "x-calculatedbetarget": MAILBOX,
        }
        phases = dict(zip(("name_lookup", "connect", "tls", "first_byte", "total"), ends_us, strict=True))
        url = self.order.requests[number].url
        return rows.fetch(
            name=name,
            method=method,
            url=url,
            started_ns=started_ns,
            server_ip=self.front_ip,
            local_port=CLIENT_PORT,
            opened=int(number == 0),
            phases_us=phases,
            headers=headers,
        )

    def _passes_on(self, number: int, now_ns: int) -> int:
        """Let the front door ask the mailbox server, over a connection that is open or that it opens."""
        there_ns, back_ns = way_ns(self.front, MAILBOX), way_ns(MAILBOX, self.front)
        port = BACK_PORT
        if not self.order.warm:
            port += number
            self._opens(port, now_ns, there_ns + back_ns)
            now_ns += there_ns + back_ns
            now_ns = self._second(port, 544, 245, now_ns)
        return self._second(port, 433, 371 + number, now_ns)

    def _opens(self, port: int, now_ns: int, rtt_ns: int) -> None:
        ends = {"client": self.front_ip, "client_port": port, "server": ip(MAILBOX), "server_port": 444}
        self.add(rows.connection, self.front, now_ns, **ends, rtt_us=rtt_ns / 1000)
        self.add(rows.connection, MAILBOX, now_ns + way_ns(self.front, MAILBOX), **ends, rtt_us=0.0)

    def _second(self, port: int, asked: int, answered: int, now_ns: int) -> int:
        there, back = (self.front_ip, port), (ip(MAILBOX), 444)
        arrived_ns = now_ns + way_ns(self.front, MAILBOX)
        came_ns = arrived_ns + way_ns(MAILBOX, self.front)
        self.message(rows.ends(there, back), asked, self._on_the_way(now_ns, arrived_ns))
        self.message(rows.ends(back, there), answered, self._on_the_way(came_ns, arrived_ns))
        return came_ns

    def _on_the_way(self, here_ns: int, home_ns: int) -> dict[str, int]:
        """Return who sees a message between the front door and the mailbox server, and when."""
        seen = {self.front: here_ns, MAILBOX: home_ns}
        if self.here != TENANTS:
            seen |= {f"{self.here}-br": here_ns, f"{TENANTS}-br": home_ns}
        return seen

    def _asks(self) -> dict[str, Any]:
        return rows.ends((ip(self.order.client), CLIENT_PORT), (self.front_ip, 443))

    def _answers(self) -> dict[str, Any]:
        return rows.ends((self.front_ip, 443), (ip(self.order.client), CLIENT_PORT))

    def _talks(self) -> None:
        client = ip(self.order.client)
        for node in (self.order.client, self.front, f"{self.here}-to-r2-lisbon"):
            self.talked(node, client, self.front_ip, "tcp/443")
        for node in self._on_the_way(0, 0):
            self.talked(node, self.front_ip, ip(MAILBOX), "tcp/444")


class MadeUpEcho(rows.CaseRows):
    """An echo over the backbone."""

    def __init__(self, start_ns: int) -> None:
        (probe,) = ORDER.probes
        super().__init__(probe.name, PLAN, ORDER.captures)
        rtt_us = (way_ns(probe.source, probe.target) + way_ns(probe.target, probe.source)) / 1000
        for node, took_us in (
            (probe.source, rtt_us),
            ("dub-br", rtt_us),
            ("mwh-br", 0.0),
            (probe.target, 0.0),
        ):
            self.add(rows.echo, node, start_ns, src=ip(probe.source), dst=ip(probe.target), rtt_us=took_us)


def _cname(name: str, target: str) -> DnsRecord:
    return rows.record(name, "CNAME", target)


@cache
def made_up_run() -> Reading:
    """Return the whole run."""
    minute_ns = 60 * US_PER_MS * NS_PER_MS
    cases = [MadeUp(case, START_NS + number * minute_ns) for number, case in enumerate(ORDER.cases)]
    journeys = tuple(
        rows.journey(
            *each.fetches,
            case=each.case,
            client=each.order.client,
            resolver=each.order.resolver,
            resolver_ip=ip(each.order.resolver),
        )
        for each in cases
    )
    observations = [row for each in (*cases, MadeUpEcho(START_NS)) for row in each.rows]
    return Reading(ORDER, WORLD, PLAN, journeys, tuple(observations))


class Planet:
    """A made-up run of an experiment whose requests are plain: the names of the world tell who answers."""

    def __init__(self, world: World, order: Order) -> None:
        self.world, self.order = world, order
        self.plan = plan_network(world, order.selection, 1)
        self.naming = Naming(world, self.plan, order.selection, Answers())

    def reading(self) -> Reading:
        """Return the whole run."""
        minute_ns = 60 * US_PER_MS * NS_PER_MS
        journeys, observations = [], []
        for number, case in enumerate(self.order.cases):
            story = self._story(case, START_NS + number * minute_ns)
            who = {"case": case.name, "client": case.client, "resolver": case.resolver}
            journeys.append(rows.journey(*story.fetches, **who, resolver_ip=story.ip(case.resolver)))
            observations += story.rows
        for probe in self.order.probes:
            observations += self._probed(probe)
        return Reading(self.order, self.world, self.plan, tuple(journeys), tuple(observations))

    def _story(self, case: Case, start_ns: int) -> rows.Story:
        story = rows.Story(
            case.name, self.plan, self.order.captures, case.client, case.resolver, start_ns=start_ns
        )
        for request in case.requests:
            location = story.fetches[-1].headers.get("location", "") if story.fetches else ""
            self._asks_for(story, request, request.url.replace("{location}", location))
        return story

    def _asks_for(self, story: rows.Story, request: Request, url: str) -> None:
        name = urlsplit(url).hostname or ""
        described = next(each for each in names.services() if _is_of(name, each))
        user = request.headers.get("X-AnchorMailbox", "")
        server, chain = self._way(story.resolver, name, described)
        headers = {"x-datacenter": server.partition("-")[0]}
        behind = ""
        if described.name == "exchange" and not request.name.startswith("refused"):
            behind = host(self.world.tenant(user.partition("@")[2].partition(".")[0]).datacenter, "mailbox")
            headers |= {"x-feserver": server, "x-beserver": behind, "x-calculatedbetarget": behind}
        values = self._answer(request, described, headers, user)
        values |= {"name": request.name, "method": request.method, "url": url}
        story.request(name, server, chain, behind=behind, sent=request.upload_bytes, **values)

    def _way(self, resolver: str, name: str, described: ServiceNames) -> tuple[str, list[rows.Asked]]:
        """Return who answers for a name, and what name servers say of it."""
        if described.steered is None:
            tenant = next(each for each in self.world.tenants if names.site_of(each) == name)
            described = names.of_tenant(self.world, described, tenant)
            server, last = host(tenant.datacenter, described.name), described.regional.name
        else:
            place = self.world.resolver(resolver).place
            here = nearest_datacenter(self.world, place, described.cloud)
            server, last = host(here.name, described.name), names.regional_name(described, here)
        said = [rows.record(each.name, "CNAME", each.target, each.ttl_s) for each in described.aliases]
        chain = {name: [record for record in said if record.name not in described.hosts[1:-1]]}
        if described.steered is not None:
            steered = described.steered
            chain.setdefault(steered.name, []).append(rows.record(steered.name, "CNAME", last, steered.ttl_s))
        node = self.plan.node(server)
        addresses = [str(each) for each in (node.address, *node.aliases)]
        chain[last] = [rows.record(last, "A", each, described.regional.ttl_s) for each in addresses]
        return server, [(self.naming.servers_of(each)[0].name, each, told) for each, told in chain.items()]

    def _answer(
        self, request: Request, described: ServiceNames, headers: dict[str, str], user: str
    ) -> dict[str, Any]:
        """Return what the client says of an answer."""
        digest = f"5a{len(request.name):02}"
        if request.upload_bytes:
            return {"status": 201, "headers": headers, "body": f'"{digest}"', "sent_sha256": digest}
        if "/Shared" in request.url:
            size = self.order.files[request.url.rpartition("/")[2]]
            told = {**headers, "x-content-sha256": digest}
            return {"headers": told, "body": "", "body_bytes": size, "body_sha256": digest}
        if request.name == "launch":
            tenant = self.world.tenant(user.partition("@")[2].partition(".")[0])
            site = f"https://{names.site_of(tenant)}/"
            return {"status": 302, "headers": {**headers, "location": site}}
        if request.name.startswith("refused"):
            others = (each for each in names.services() if each.name == described.name)
            right = next(each.hosts[0] for each in others if each.cloud != described.cloud)
            return {"status": 403, "headers": headers, "body": f'{{"host": "{right}"}}'}
        return {"headers": headers}

    def _probed(self, probe: Probe) -> list[Observation]:
        told = rows.CaseRows(probe.name, self.plan, self.order.captures)
        source, target = probe.source, probe.target
        if probe.name_asked:
            story = rows.Story(probe.name, self.plan, self.order.captures, source, source, START_NS)
            asked = probe.name_asked
            story.exchange(source, target, asked, [], START_NS, authoritative=False, rcode="REFUSED")
            return story.rows
        between = {"src": told.ip(source), "dst": told.ip(target)}
        if not probe.comes_back:
            told.add(rows.echo, source, START_NS, **between, reply_frame=None, rtt_us=None)
            router = str(self.plan.node(self.plan.node(source).site).address)
            told.add(rows.talk, source, START_NS, src=router, dst=between["src"], protocol="icmp", packets=1)
            told.add(rows.talk, source, START_NS, **between, protocol="icmp", packets=1)
            return told.rows
        rtt_us = (told.way_ns(source, target) + told.way_ns(target, source)) / 1000
        borders = [f"{node.partition('-')[0]}-br" for node in (source, target)]
        for node, took_us in ((source, rtt_us), (borders[0], rtt_us), (borders[1], 0.0), (target, 0.0)):
            told.add(rows.echo, node, START_NS, **between, rtt_us=took_us)
        return told.rows


def _is_of(name: str, described: ServiceNames) -> bool:
    return any(name.endswith(each.replace("{tenant}", "")) for each in described.hosts)


@cache
def run_of(experiment: Experiment, world: World = WORLD, **chosen: Any) -> Reading:
    """Return a run of the active datacenter or of the sovereign cloud, with some options."""
    options = experiment.options(**chosen)
    changed = experiment.change_world(world, options)
    return Planet(changed, experiment.plan_order(changed, 1, 10.0, options)).reading()

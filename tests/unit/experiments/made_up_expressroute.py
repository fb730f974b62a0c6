"""A run of ExpressRoute that never was: rows for all that its claims look at; only distance takes time.

Which line a packet takes, and how long, is told here anew: by a service's first octets, and from the world's
round trips alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from experiments.exercise import Exercise
from experiments.expressroute import EXPERIMENT, ExpressRouteOptions
from experiments.lines import announced
from experiments.order import Case, learning
from experiments.reading import Reading
from measurement.journey import Request
from measurement.observation import DatagramRun, DnsRecord, Observation
from tests.unit.measurement import path_rows, rows
from tests.unit.measurement.captures import START_NS
from topologies.bgp import AREA_OF, EXTRA_SPACE, Routing
from topologies.communities import community_of
from topologies.hosts import host
from topologies.internet import internet_rtt_ms
from topologies.load import load_world
from topologies.world import World

from .made_up_run import Planet
from .made_up_vpn import VpnPlanet, VpnStory, stun

WORLD = load_world("article")
CLERK, GATEWAY, POOL, RESOLVER = "10.1.0.10", "100.64.2.1", "203.0.113.2", "100.64.2.2"
EDGE, CUSTOMER, MICROSOFT = "203.0.113.1", ("198.51.100.1", "198.51.100.5"), ("198.51.100.2", "198.51.100.6")
IAD_BORDER, SITE_ROUTER = "13.107.6.49", "100.127.0.5"
LINES, EDGES = ("hq-er-pri", "hq-er-sec"), ("circuit-m1", "circuit-m2")
# By their first octets; everything else is on the Internet alone.
SERVICES = {"40.108.": "sharepoint", "40.": "exchange", "13.107.64.": "teams"}
MINUTE_NS, NS_PER_MS = 60_000_000_000, 1_000_000
MOVED_MS = {"hold-time": (160_000, 170_000), "bfd": (800, 700)}  # after a line has gone silent
ANSWERS_MS = {"hold-time": 230_000, "bfd": 1_500}


def is_over_the_circuit(routing: Routing | None, address: str) -> bool:
    """Say whether packets to an address take the circuit."""
    if routing is None or routing.prefer == "internet" or routing.extra:
        return False
    service = next((SERVICES[octets] for octets in SERVICES if address.startswith(octets)), "")
    return service in routing.services


class CircuitPlanet(VpnPlanet):
    """A made-up run of ExpressRoute."""

    def reading(self) -> Reading:
        """Return the whole run."""
        journeys, observations = [], []
        for number, case in enumerate(self.order.cases):
            story = CircuitStory(self, case, START_NS + number * MINUTE_NS)
            who = {"case": case.name, "client": case.client, "resolver": case.resolver}
            journeys.append(rows.journey(*story.fetches, **who, resolver_ip=story.ip(case.resolver)))
            observations += story.rows
        routings = {learning(each.name): each.routing for each in self.order.cases}
        routings |= {learning(each.name): each.routing for each in self.order.exercises}
        for name in self.order.learning:
            routing = routings[name]
            assert routing is not None
            observations += Learning(name, self, routing).rows
        for exercise in self.order.exercises:
            observations += Failing(self, exercise).rows
        for probe in self.order.probes:
            observations += self._probed(probe)
        return Reading(self.order, self.world, self.plan, tuple(journeys), tuple(observations))


class CircuitStory(VpnStory):
    """One case: a client's requests, each by the line that its address takes."""

    def __init__(self, planet: VpnPlanet, order: Case, start_ns: int) -> None:
        super().__init__(planet, order, start_ns)
        for target in order.traces:
            self._traces(self.ip(target))

    def sees(self, address: str) -> tuple[str, str, str]:
        """Return where packets to an address show at the client, from whom, and as whom they arrive."""
        at, src = self.order.client, self.ip(self.order.client)
        if self.tunnel is not None:
            at, src = f"{at}-{self.tunnel.interface}", str(self.tunnel.address)
        elif not self._in_the_office():
            return at, src, src
        if address == RESOLVER:
            return at, src, src
        return at, src, POOL if self.over_the_circuit(address) else GATEWAY

    def over_the_circuit(self, address: str) -> bool:
        """Say whether packets to an address take the office's circuit."""
        leaves_there = self.tunnel is not None or self._in_the_office()
        return leaves_there and is_over_the_circuit(self.order.routing, address)

    def _in_the_office(self) -> bool:
        return self.planet.world.client(self.order.client).office is not None

    def rtt_ns(self, address: str, node: str) -> int:
        """Return how long it takes to a node and back."""
        if self.tunnel is None and not self._in_the_office():
            return super().rtt_ns(address, node)
        inside_ms = 0.0 if self.tunnel is None else self._to_the_office_ms()
        if address == RESOLVER:
            return round(inside_ms * NS_PER_MS)
        return round((inside_ms + self._beyond_ms(address, node)) * NS_PER_MS)

    def _to_the_office_ms(self) -> float:
        world, client = self.planet.world, self.planet.world.client(self.order.client)
        line = client.access.up.delay_ms + client.access.down.delay_ms
        return line + internet_rtt_ms(world, client.place, world.office("hq").place)

    def _beyond_ms(self, address: str, node: str) -> float:
        world = self.planet.world
        datacenter, circuit = world.datacenter(node.partition("-")[0]), world.circuit("circuit")
        if not self.over_the_circuit(address):
            return internet_rtt_ms(world, world.office("hq").place, datacenter.place)
        behind = world.datacenter("iad")
        edge_ms = 2 * circuit.delay_ms + internet_rtt_ms(world, circuit.peering, behind.place)
        return edge_ms + (self.way_ns("iad-br", node) + self.way_ns(node, "iad-br")) / NS_PER_MS

    def way_ns(self, source: str, to: str) -> int:
        """Return how long a packet takes, also from and to the office."""
        world = self.planet.world
        others = {source, to} - {"hqdns"}
        if "hqdns" in (source, to) and others <= set(self.planet.order.selection.nameservers):
            server = world.nameserver(*others)
            place = world.datacenter(server.datacenter).place if server.datacenter else server.place
            assert place is not None
            return round(internet_rtt_ms(world, world.office("hq").place, place) / 2 * NS_PER_MS)
        if {source, to} == {self.order.client, "hq-gw"}:
            return round(self._to_the_office_ms() / 2 * NS_PER_MS)
        if {source.partition("-")[0], to.partition("-")[0]} == {"bjs", "mwh"}:
            return 0  # no mailbox of this cloud is asked from the other one
        return super().way_ns(source, to)

    def _asks(self, resolver: str, server: str, name: str, told: list[DnsRecord], now_ns: int) -> int:
        if resolver == "hqdns":
            ends = {"src": RESOLVER, "dst": self.ip(server), "name": name, "recursion_desired": False}
            self.add(rows.query, "hq-gw", now_ns, **ends)
        return super()._asks(resolver, server, name, told, now_ns)

    def _request(self, number: int, request: Request) -> None:
        routing = self.order.routing
        if routing is not None and routing.pools == "shared":
            self._unanswered(request)
            return
        super()._request(number, request)

    def _connects(self, name: str, server: str, port: int, now_ns: int, rtt_ns: int) -> None:
        address = self.ip(server)
        at, src, seen_as = self.sees(address)
        for node, client, took_ns in ((at, src, rtt_ns), (server, seen_as, 0)):
            ends = {"client": client, "client_port": port, "server": address}
            self.add(rows.connection, node, now_ns, **ends, rtt_us=took_ns / 1000)
            phases = {"client_finished_ns": now_ns + 2 * rtt_ns, "first_request_ns": now_ns + 2 * rtt_ns}
            phases["client_hello_ns"] = now_ns + rtt_ns
            self.add(rows.handshake, node, now_ns + rtt_ns, **ends, server_name=name, **phases)
        if seen_as in (POOL, GATEWAY):
            line = LINES[0] if seen_as == POOL else "hq-gw"
            self.add(rows.connection, line, now_ns, client=seen_as, client_port=port, server=address)
            self.talked(line, seen_as, address, "tcp/443")

    def _stun(self, request: Request) -> None:
        super()._stun(request)
        address = request.url.split(":")[1]
        seen_as = self.sees(address)[2]
        if seen_as in (POOL, GATEWAY):
            line = LINES[0] if seen_as == POOL else "hq-gw"
            self.add(stun, line, self.now_ns, client=seen_as, server=address, transaction="5a", rtt_us=1.0)
            self.talked(line, seen_as, address, "udp/3478")

    def _nearest_relay(self, address: str) -> str:
        leaves_there = self.tunnel is not None or self._in_the_office()
        return "iad" if leaves_there else "dub"

    def _unanswered(self, request: Request) -> None:
        address, port = self.ip(host("iad", "exchange")), 40_000
        silence = {"client_port": port, "server": address, "synack_frame": None, "ack_frame": None}
        silence |= {"rtt_us": None, "ack_rtt_us": None, "fin_frame": None}
        self.add(rows.connection, self.order.client, self.now_ns, client=CLERK, **silence)
        self.add(rows.connection, "hq-gw", self.now_ns, client=POOL, **silence)
        self.add(rows.talk, LINES[0], self.now_ns, src=address, dst=POOL, protocol="tcp/443")
        ends_us = {"name_lookup": 5, "connect": 0, "tls": 0, "first_byte": 0, "total": 10_000_000}
        told = {"name": request.name, "url": request.url, "started_ns": self.now_ns, "phases_us": ends_us}
        error = "Connection timed out after 10000 milliseconds"
        self.fetches.append(rows.fetch(**told, server_ip="", local_port=0, status=0, headers={}, error=error))

    def _traces(self, address: str) -> None:
        over = self.over_the_circuit(address)
        routers = [GATEWAY, *([EDGE, MICROSOFT[0]] if over else [SITE_ROUTER]), IAD_BORDER]
        for ttl, router in enumerate(routers, 1):
            told = {"probe_src": CLERK, "probe_dst": address, "dst": CLERK}
            place = {"case": self.case, "node": self.order.client}
            self.rows.append(path_rows.exceeded(ttl, router, **place, **told))
        self.add(rows.echo, self.order.client, self.now_ns, src=CLERK, dst=address, ttl=len(routers) + 1)


class Learning(rows.CaseRows):
    """What routers tell each other when their routing is set."""

    def __init__(self, name: str, planet: Planet, routing: Routing) -> None:
        super().__init__(name, planet.plan, planet.order.captures)
        for number, at in enumerate(LINES):
            customer, microsoft = CUSTOMER[number], MICROSOFT[number]
            inward, outward = {"src": customer, "dst": microsoft}, {"src": microsoft, "dst": customer}
            self._says(at, outward, type="open", as_number=12076)
            self._says(at, inward, type="open", as_number=64500)
            self._says(at, inward, announced=_announced(routing), communities=())
            for service in routing.services:
                self._says(at, outward, **_of(service), next_hop=microsoft)
            if routing.extra:
                names = {"error_name": "Cease", "error_detail": "Maximum Number of Prefixes Reached"}
                self._says(at, outward, type="notification", error_code=6, error_subcode=1, **names)
            beyond = {"src": microsoft, "dst": IAD_BORDER}
            self._says(EDGES[number], beyond, announced=("203.0.113.0/28",), communities=())

    def _says(self, at: str, ends: dict[str, str], **values: Any) -> None:
        self.add(path_rows.bgp_message, at, START_NS, **ends, **values)


def _announced(routing: Routing) -> tuple[str, ...]:
    leaked = {"": (), "default": ("0.0.0.0/0",), "private": ("10.0.0.0/8",)}[routing.leak]
    further = [str(each) for each in EXTRA_SPACE.subnets(new_prefix=24)][: routing.extra]
    return ("203.0.113.0/28", *leaked, *further)


def _of(service: Any) -> dict[str, Any]:
    """Return an UPDATE's prefixes and communities."""
    community = community_of(AREA_OF[service])
    prefixes = tuple(str(prefix) for prefix, each in announced() if each == community)
    return {"announced": prefixes, "communities": (community,)}


class Failing(rows.CaseRows):
    """Both lines go silent, one by one."""

    def __init__(self, planet: Planet, exercise: Exercise) -> None:
        super().__init__(exercise.name, planet.plan, planet.order.captures)
        (stream,), name = exercise.streams, exercise.name
        interval_ms = stream.interval_us / 1000
        silent = [round(each.at_ms / interval_ms) for each in exercise.events]
        again = [first + round(ms / interval_ms) for first, ms in zip(silent, MOVED_MS[name], strict=True)]
        self._runs("clerk", CLERK, 0, stream.count - 1, interval_ms)
        self._runs("iad-efz", POOL, 0, silent[0], interval_ms)
        self._runs("iad-efz", POOL, again[0], silent[1], interval_ms)
        self._runs("iad-efz", GATEWAY, again[1], stream.count - 1, interval_ms)
        server = self.ip("iad-efz")
        self.add(rows.connection, "clerk", START_NS, client=CLERK, server=server, server_port=8100)
        for at_ms in (0.0, exercise.events[0].at_ms + ANSWERS_MS[name], exercise.events[1].at_ms - 1):
            at_ns = START_NS + round(at_ms * NS_PER_MS)
            ends = rows.ends((server, 8100), (CLERK, 40_000))
            self.add(rows.burst, "clerk", at_ns, **ends, bytes=100, last_time_ns=at_ns)

    def _runs(self, at: str, src: str, first: int, last: int, interval_ms: float) -> None:
        times_ns = [START_NS + round(number * interval_ms * NS_PER_MS) for number in (first, last)]
        values = {"src": src, "dst": self.ip("iad-efz"), "dst_port": 9000, "dscp": 0, "tag": None}
        values |= {"first": first, "last": last, "last_frame": 99, "last_time_ns": times_ns[1]}
        values |= {"least_delay_us": 6637.0, "most_delay_us": 6638.0}
        self.add(_run, at, times_ns[0], **values)


def _run(**values: Any) -> Observation:
    file = f"pcap/{values['case']}/{values['node']}.pcapng"
    return DatagramRun.model_validate({"file": file, **values})


@cache
def made_up_expressroute(world: World = WORLD, **chosen: str) -> Reading:
    """Return the whole run, with some options."""
    options = ExpressRouteOptions(**chosen)
    return CircuitPlanet(world, EXPERIMENT.plan_order(world, 1, 20.0, options)).reading()

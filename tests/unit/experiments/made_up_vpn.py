"""A run of the VPN that never was: rows for all that its claims look at, and nothing takes time but distance.

Who goes through the tunnel is told here anew, from the prefixes of a case's way alone.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import urlsplit

from experiments.experiment import Options
from experiments.order import Case
from experiments.reading import Reading
from experiments.vpn import EXPERIMENT, VpnOptions
from measurement.journey import Request
from measurement.observation import DnsRecord, StunExchange
from tests.unit.measurement import path_rows, rows
from tests.unit.measurement.captures import START_NS
from topologies import names
from topologies.domains import is_in
from topologies.hosts import gateway, host
from topologies.internet import internet_rtt_ms
from topologies.load import load_world
from topologies.tunnel import Tunnel
from topologies.world import World

from .made_up_run import Planet, _is_of

WORLD = load_world("article")
CLIENT_NS = 2000
MINUTE_NS = 60_000_000_000
WIREGUARD = "udp/51820"
INSIDE_MSS, MSS = 1380, 1460


def stun(**changes: Any) -> StunExchange:
    """Return a request to a relay that was answered."""
    place = rows.talk(node=changes["node"], case=changes["case"]).model_dump(include={"file"})
    values = {"client_port": 50_000, "server_port": 3478, "answer_frame": 2, "mapped": None}
    return StunExchange.model_validate({**place, **values, **changes})


class VpnPlanet(Planet):
    """A made-up run of the VPN."""

    def reading(self) -> Reading:
        """Return the whole run."""
        journeys, observations = [], []
        for number, case in enumerate(self.order.cases):
            story = VpnStory(self, case, START_NS + number * MINUTE_NS)
            who = {"case": case.name, "client": case.client, "resolver": case.resolver}
            journeys.append(rows.journey(*story.fetches, **who, resolver_ip=story.ip(case.resolver)))
            observations += story.rows
        for probe in self.order.probes:
            observations += self._probed(probe)
        return Reading(self.order, self.world, self.plan, tuple(journeys), tuple(observations))


class VpnStory(rows.CaseRows):
    """One case: dialling in, and a client's requests one after another."""

    def __init__(self, planet: VpnPlanet, order: Case, start_ns: int) -> None:
        super().__init__(order.name, planet.plan, planet.order.captures)
        self.planet, self.order, self.now_ns = planet, order, start_ns
        self.fetches: list[Any] = []
        self.tunnel = self._tunnel()
        self._dials_in()
        for number, request in enumerate(order.requests):
            if request.url.startswith("stun:"):
                self._stun(request)
            else:
                self._request(number, request)

    # Ways

    def _tunnel(self) -> Tunnel | None:
        if not self.order.way.office:
            return None
        far = gateway(self.order.way.office)
        ends = (each for each in self.plan.tunnels if each.node == self.order.client)
        return next(each for each in ends if each.peers[0].node == far)

    def through(self, address: str) -> Tunnel | None:
        """Return the tunnel if packets to an address go through it."""
        way, found = self.order.way, IPv4Address(address)
        if self.tunnel is None or found == self.tunnel.peers[0].endpoint:
            return None
        yes = max((each.prefixlen for each in way.tunnelled if found in each), default=-1)
        no = max((each.prefixlen for each in way.direct if found in each), default=-1)
        return self.tunnel if yes > no else None

    def sees(self, address: str) -> tuple[str, str, str]:
        """Return where packets to an address show at the client, from whom, and as whom they arrive."""
        tunnel, own = self.through(address), self.ip(self.order.client)
        if tunnel is None:
            return self.order.client, own, own
        src = str(tunnel.address)
        world = self.planet.world
        office = world.office(self.order.way.office)
        is_inside = IPv4Address(address) in world.resolver(office.resolver).prefix
        at = f"{self.order.client}-{tunnel.interface}"
        return at, src, src if is_inside else self.ip(gateway(office.name))

    def rtt_ns(self, address: str, node: str) -> int:
        """Return how long it takes to a node and back."""
        client = self.order.client
        if self.through(address) is None:
            return self.way_ns(client, node) + self.way_ns(node, client)
        far = gateway(self.order.way.office)
        there = self.way_ns(client, far) + self.way_ns(far, client)
        return there + self.way_ns(far, node) + self.way_ns(node, far)

    # What is sent

    def _dials_in(self) -> None:
        if self.tunnel is None:
            return
        client, far = self.order.client, gateway(self.order.way.office)
        ends, back = (self.ip(client), self.ip(far)), (self.ip(far), self.ip(client))
        rtt_us = (self.way_ns(client, far) + self.way_ns(far, client)) / 1000
        self.add(
            path_rows.tunnel_handshake,
            client,
            self.now_ns,
            initiator=ends[0],
            responder=ends[1],
            rtt_us=rtt_us,
        )
        for number, (src, dst) in enumerate((ends, back)):
            flow = {"src": src, "dst": dst, "packets": 9 - number, "keepalives": number}
            self.add(path_rows.flow, client, self.now_ns, **flow)
            self.add(
                rows.talk, client, self.now_ns, src=src, dst=dst, protocol=WIREGUARD, packets=10 - number
            )
        inside = next(
            each.address for each in self.plan.tunnels if each.node == far and each.peers[0].node == client
        )
        echoes = {"src": str(self.tunnel.address), "dst": str(inside)}
        for factor in (2, 1):  # the first one waits for the handshake
            at = f"{client}-{self.tunnel.interface}"
            self.add(rows.echo, at, self.now_ns, **echoes, rtt_us=factor * rtt_us)
            self.now_ns += factor * round(rtt_us * 1000)

    def _question(self, name: str, asked: list[rows.Asked]) -> None:
        split = any(is_in(name, domain) for domain in self.order.way.split_dns)
        own = self.planet.world.client(self.order.client).resolver
        resolver = own if split else self.order.resolver
        address = self.ip(resolver)
        at, src, seen_as = self.sees(address)
        rtt_ns = self.rtt_ns(address, resolver)
        arrived_ns = done_ns = self.now_ns + rtt_ns // 2
        for server, each, told in asked:
            done_ns = self._asks(resolver, server, each, told, done_ns)
        told = [record for _, _, records in asked for record in records]
        came_ns = done_ns + rtt_ns - rtt_ns // 2
        query, answer = {"dst": address, "name": name}, {"src": address, "name": name, "answers": tuple(told)}
        self.add(rows.query, at, self.now_ns, src=src, **query)
        self.add(rows.query, resolver, arrived_ns, src=seen_as, **query)
        took_us = (done_ns - arrived_ns) / 1000
        self.add(rows.answer, resolver, done_ns, dst=seen_as, **answer, rtt_us=took_us)
        self.add(rows.answer, at, came_ns, dst=src, **answer, rtt_us=(came_ns - self.now_ns) / 1000)
        self.now_ns = came_ns

    def _asks(self, resolver: str, server: str, name: str, told: list[DnsRecord], now_ns: int) -> int:
        ends = {"src": self.ip(resolver), "dst": self.ip(server), "name": name, "recursion_desired": False}
        back = {"src": self.ip(server), "dst": self.ip(resolver), "name": name, "answers": tuple(told)}
        arrived_ns = now_ns + self.way_ns(resolver, server)
        came_ns = arrived_ns + self.way_ns(server, resolver)
        self.add(rows.query, resolver, now_ns, **ends)
        self.add(rows.query, server, arrived_ns, **ends)
        self.add(rows.answer, server, arrived_ns, **back, rtt_us=0.0)
        self.add(rows.answer, resolver, came_ns, **back, rtt_us=(came_ns - now_ns) / 1000)
        return came_ns

    def _request(self, number: int, request: Request) -> None:
        name, started_ns = urlsplit(request.url).hostname or "", self.now_ns
        described = next(each for each in names.services() if _is_of(name, each))
        split = any(is_in(name, domain) for domain in self.order.way.split_dns)
        own = self.planet.world.client(self.order.client)
        server, asked = self.planet._way(own.resolver if split else self.order.resolver, name, described)
        self._question(name, asked)
        address, named_ns = self.ip(server), self.now_ns
        rtt_ns, port = self.rtt_ns(address, server), 40_000 + number
        hello_ns, finished_ns = named_ns + rtt_ns, named_ns + 2 * rtt_ns
        self._connects(name, server, port, named_ns, rtt_ns)
        first_ns = finished_ns + rtt_ns
        if described.name == "exchange":
            home = host(self.planet.world.tenant(own.tenant).datacenter, "mailbox")
            first_ns += self.way_ns(server, home) + self.way_ns(home, server)
        at, src, _ = self.sees(address)
        there, back = (src, port), (address, 443)
        for size, begin_ns, answer_ns in ((410, hello_ns, finished_ns - 1), (300, finished_ns, first_ns)):
            self.message(rows.ends(there, back), size, {at: begin_ns})
            self.message(rows.ends(back, there), size + 34, {at: answer_ns})
        times_ns = (named_ns, hello_ns, finished_ns, first_ns, first_ns)
        self._tells(request, started_ns, times_ns, address, port, server.partition("-")[0])

    def _connects(self, name: str, server: str, port: int, now_ns: int, rtt_ns: int) -> None:
        address = self.ip(server)
        at, src, seen_as = self.sees(address)
        tunnelled = self.through(address) is not None
        seen = [(at, src, rtt_ns), (server, seen_as, 0)]
        if tunnelled:
            far = gateway(self.order.way.office)
            seen.append((far, seen_as, self.way_ns(far, server) + self.way_ns(server, far)))
        for node, client, took_ns in seen:
            ends = {"client": client, "client_port": port, "server": address}
            mss = {"client_mss": INSIDE_MSS if tunnelled else MSS}
            mss["server_mss"] = INSIDE_MSS if tunnelled and node == at else MSS
            self.add(rows.connection, node, now_ns, **ends, rtt_us=took_ns / 1000, **mss)
            phases = {"client_finished_ns": now_ns + 2 * rtt_ns, "first_request_ns": now_ns + 2 * rtt_ns}
            phases["client_hello_ns"] = now_ns + rtt_ns
            self.add(rows.handshake, node, now_ns + rtt_ns, **ends, server_name=name, **phases)

    def _stun(self, request: Request) -> None:
        address = request.url.split(":")[1]
        relay = host(self._nearest_relay(address), "relay")
        at, src, seen_as = self.sees(address)
        rtt_ns, started_ns = self.rtt_ns(address, relay), self.now_ns
        told = {"server": address, "transaction": "5a"}
        self.add(stun, at, started_ns, client=src, rtt_us=rtt_ns / 1000, **told)
        self.add(stun, relay, started_ns + rtt_ns // 2, client=seen_as, rtt_us=0.0, **told)
        times_ns = (started_ns, started_ns, started_ns, started_ns + rtt_ns, started_ns + rtt_ns)
        self._tells(request, started_ns, times_ns, address, 50_000, "")

    def _nearest_relay(self, address: str) -> str:
        world = self.planet.world
        through = self.through(address) is not None
        place = (world.office(self.order.way.office) if through else world.client(self.order.client)).place
        return min(
            world.datacenters_of("worldwide"), key=lambda each: internet_rtt_ms(world, place, each.place)
        ).name

    def _tells(
        self, request: Request, started_ns: int, times_ns: tuple[int, ...], ip: str, port: int, served: str
    ) -> None:
        names_of = ("name_lookup", "connect", "tls", "first_byte", "total")
        ends_us = {name: (ns - started_ns) // 1000 for name, ns in zip(names_of, times_ns, strict=True)}
        told = {"name": request.name, "url": request.url, "started_ns": started_ns, "phases_us": ends_us}
        told |= {"server_ip": ip, "local_port": port, "headers": {"x-datacenter": served}}
        self.fetches.append(rows.fetch(**told))
        self.now_ns = times_ns[-1] + CLIENT_NS


@cache
def made_up_vpn(world: World = WORLD, **chosen: str) -> Reading:
    """Return the whole run, with some options."""
    options: Options = VpnOptions(**chosen)
    changed = EXPERIMENT.change_world(world, options)
    return VpnPlanet(changed, EXPERIMENT.plan_order(changed, 1, 20.0, options)).reading()

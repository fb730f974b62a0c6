"""A run of the edge that never was: everybody lands where the rules say, and only distance takes time."""

from __future__ import annotations

from functools import cache
from typing import Any

from experiments import edge_files
from experiments.edge import EXPERIMENT
from experiments.edge_peering import HandOff, mended
from experiments.edge_sites import CLOUD, Reach, expected_of
from experiments.experiment import Options
from experiments.order import Case
from experiments.reading import Reading
from experiments.survey import Survey, Turn
from measurement.arithmetic import SlowStart, relayed_ms
from measurement.journey import Fetch, Journey
from measurement.observation import Observation
from measurement.visit import Reached, Visit
from services.web import HTTPS_PORT
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from topologies import names
from topologies.handoff import landing
from topologies.hosts import border, front_door, host
from topologies.load import load_world
from topologies.paths import configured_rtt_ms
from topologies.peering import Peering
from topologies.planning import plan_network

WORLD = load_world("edges")
ORDER = EXPERIMENT.plan_order(WORLD, 1, 10.0, Options())
PLAN = plan_network(WORLD, ORDER.selection, 1)
MENDED = mended(WORLD, ORDER.selection, PLAN, ORDER.surveys[-1].peering)
NS_PER_MS, US_PER_MS = 1_000_000, 1000
TURN_NS, PORT = 1_000_000_000, 40_000
VIP = "13.107.136.9"


def ip(node: str) -> str:
    """Return the address that a node sends from."""
    return str(PLAN.node(node).address)


class Surveyed(rows.CaseRows):
    """One survey: what every client was told, where it connected, and who saw it."""

    def __init__(self, survey: Survey) -> None:
        super().__init__(survey.name, PLAN, ORDER.captures)
        self.survey = survey
        self.visits = [self._visit(number, turn) for number, turn in enumerate(survey.turns)]

    def _visit(self, number: int, turn: Turn) -> Visit:
        now_ns = START_NS + number * TURN_NS
        addresses = self._told(turn, now_ns) if turn.name else ()
        reached = []
        for each, address in enumerate((*addresses[:1], *turn.beside)):
            port = PORT + 10 * number + each
            self._connects(turn, address, port, now_ns)
            reached.append(Reached(address=address, local_port=port, error=""))
        return Visit(
            survey=self.survey.name,
            client=turn.client,
            resolver=turn.resolver,
            resolver_ip=ip(turn.resolver) if turn.resolver else "",
            name=turn.name,
            addresses=addresses,
            reached=tuple(reached),
            error="",
        )

    def _told(self, turn: Turn, now_ns: int) -> tuple[str, ...]:
        site, told = self._reach(turn).site, turn.name
        service: names.Service = "portal" if told.startswith("portal") else "exchange"
        addresses = (VIP,) if told.endswith(".sharepoint.com") else addresses_of(site, service)
        records = tuple(rows.record(told, "A", each) for each in addresses)
        asked = {"src": ip(turn.client), "dst": ip(turn.resolver), "name": told}
        self.add(rows.query, turn.client, now_ns, **asked)
        ends = {"src": ip(turn.resolver), "dst": ip(turn.client), "name": told}
        self.add(rows.answer, turn.client, now_ns, **ends, answers=records)
        subnet = f"{ip(turn.client)}/32" if self.survey.tells else None
        behind = {"src": ip(turn.resolver), "dst": ip("msdns1"), "name": told, "client_subnet": subnet}
        self.add(rows.query, "msdns1", now_ns, **behind)
        return addresses

    def _reach(self, turn: Turn) -> Reach:
        return expected_of(empty(), self.survey, turn)

    def _connects(self, turn: Turn, address: str, port: int, now_ns: int) -> None:
        door, rtt_ms = self._door(turn, address)
        ends = {"client": ip(turn.client), "client_port": port, "server": address}
        self.add(rows.connection, turn.client, now_ns, **ends, rtt_us=rtt_ms * US_PER_MS)
        self.add(rows.connection, door, now_ns, **ends, rtt_us=0.0)
        if address == VIP:
            off = hand_off(turn.client, self.survey.peering)
            name = f"{off.pop}-to-{off.site}"
            if name in {point.name for point in ORDER.captures}:
                self.add(rows.connection, name, now_ns, **ends, rtt_us=0.0)

    def _door(self, turn: Turn, address: str) -> tuple[str, float]:
        if address == VIP:
            reach = self._reach(turn)
            return host(reach.site, "edge"), reach.rtt_ms
        node = PLAN.node_at(address)
        assert node is not None
        return node.name, configured_rtt_ms(PLAN, turn.client, node.name)


def addresses_of(site: str, service: names.Service) -> tuple[str, ...]:
    """Return the addresses of a service's front door at a site."""
    every = PLAN.node(front_door(WORLD, site, service)).addresses
    if site not in ORDER.selection.edges:
        return every
    return every[:1] if service == "portal" else every[1:5]


def hand_off(client: str, peering: Peering) -> HandOff:
    """Return where a client's packets to the anycast address leave its provider."""
    found = landing(WORLD, ORDER.selection, PLAN, client, CLOUD, peering)
    return HandOff(found.exit, found.site, found.rtt_ms)


class Fetched(rows.CaseRows):
    """One way to the file: the connection, the request, and the bursts of the answer."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.name, PLAN, ORDER.captures)
        self.described = case
        self.fetch = self._file()

    def _file(self) -> Fetch:
        case, name = self.described, self.described.name
        data = WORLD.tenant(WORLD.client(case.client).tenant).datacenter
        origin = host(data, "sharepoint")
        found = landing(WORLD, ORDER.selection, PLAN, case.client, CLOUD, case.peering)
        far = name == edge_files.LIBRARY
        door = origin if far else host(found.site, "edge")
        near_ms = configured_rtt_ms(PLAN, case.client, door) if far else found.rtt_ms
        near_ns, size = round(near_ms * NS_PER_MS), edge_files.FILE_BYTES
        if far or name == edge_files.HIT:
            took_ms = SlowStart().send(size) * near_ms
        else:
            behind_ms = configured_rtt_ms(PLAN, door, origin)
            took_ms = relayed_ms(size, near_ms, behind_ms, SlowStart(), SlowStart())
            self.talked(door, ip(door), ip(origin), "tcp/443")
        server = ip(door) if far else VIP
        client, port = ip(case.client), PORT
        ends = {"client": client, "client_port": port, "server": server}
        hello_ns, asked_ns = START_NS + near_ns, START_NS + 2 * near_ns
        phases = {"client_hello_ns": hello_ns, "client_finished_ns": asked_ns, "first_request_ns": asked_ns}
        for node, rtt_us in ((case.client, near_ms * US_PER_MS), (door, 0.0)):
            self.add(rows.connection, node, START_NS, **ends, rtt_us=rtt_us)
            self.add(rows.handshake, node, hello_ns, **ends, **phases)
        there, back = (client, port), (server, HTTPS_PORT)
        self.message(rows.ends(there, back), 300, {case.client: asked_ns})
        ended_ns = asked_ns + round(took_ms * NS_PER_MS)
        self.message(rows.ends(back, there), size, {case.client: ended_ns})
        headers = {"x-content-sha256": "ca3d"}
        headers |= {edge_files.MISS: {"x-cache": "MISS"}, edge_files.HIT: {"x-cache": "HIT"}}.get(name, {})
        headers |= {"x-origin": data} if name == edge_files.SITE_EDGE else {}
        times_ns = {"name_lookup": 0, "connect": near_ns, "tls": 2 * near_ns}
        times_ns |= {"first_byte": ended_ns - START_NS, "total": ended_ns - START_NS}
        return rows.fetch(
            name="file",
            url=case.requests[0].url,
            started_ns=START_NS,
            server_ip=server,
            local_port=port,
            body_bytes=size,
            body="",
            headers=headers,
            phases_us={phase: ns // 1000 for phase, ns in times_ns.items()},
        )


@cache
def empty() -> Reading:
    """Return the run without anything that was seen."""
    return Reading(ORDER, WORLD, PLAN, (), ())


def _echo() -> list[Observation]:
    (probe,) = ORDER.probes
    made = rows.CaseRows(probe.name, PLAN, ORDER.captures)
    ends: dict[str, Any] = {"src": ip(probe.source), "dst": ip(probe.target)}
    rtt_us = configured_rtt_ms(PLAN, probe.source, probe.target) * US_PER_MS
    for node in (probe.source, border(probe.source[:3]), border(probe.target[:3])):
        made.add(rows.echo, node, START_NS, **ends, rtt_us=rtt_us)
    return made.rows


@cache
def sound() -> Reading:
    """Return the run as it should be."""
    surveyed = [Surveyed(each) for each in ORDER.surveys]
    fetched = [Fetched(each) for each in ORDER.cases]
    journeys = [
        Journey(
            case=each.case,
            client=each.described.client,
            resolver=each.described.resolver,
            resolver_ip=ip(each.described.resolver),
            fetches=(each.fetch,),
        )
        for each in fetched
    ]
    seen = [row for each in (*surveyed, *fetched) for row in each.rows] + _echo()
    visits = [visit for each in surveyed for visit in each.visits]
    return Reading(ORDER, WORLD, PLAN, tuple(journeys), tuple(seen), tuple(visits))

"""What packets show of each way: of services over HTTPS, and of calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from experiments.call import Call
from experiments.compare_visits import by_service
from experiments.compare_ways import KINDS, ONCE_MORE, Via, via_of
from experiments.four_services import relay_of
from experiments.lines import circuit_of
from experiments.media_calls import WAYS, Place, SeenCall, percentile_ms
from experiments.media_heard import heard_at
from experiments.order import Case
from experiments.passage import Passage, passage
from experiments.people import home_of, nearest
from experiments.reading import Reading
from experiments.vpn_offices import CLOUD
from experiments.vpn_use import SHAREPOINT, Use, expected_rtt_ms, use_of
from measurement.evidence import Missing, Refuted
from measurement.exchanges import NS_PER_MS, answer_to, next_start_ns
from measurement.media import AUDIO
from measurement.observation import Row
from measurement.playout import Heard
from measurement.rows.rtp import RtpRun
from topologies.hosts import border, customer_edge, datacenter_of, gateway
from topologies.offices import expressroute_datacenters, peering_datacenter
from topologies.paths import one_way_ms
from topologies.steering import nearest_datacenter
from topologies.world import Datacenter

MEDIAN = 50
NS_PER_US = 1000


@dataclass(frozen=True)
class Served:
    """A service over one way: what became of it, and how long all of its requests took.

    ``total_ms`` is from the connection's first packet to the last answer's last, ``client_ms`` the same by
    the client's own clock.
    """

    via: Via
    use: Use
    total_ms: float
    client_ms: float
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Called:
    """A call over one way."""

    reading: Reading
    via: Via

    @cached_property
    def seen(self) -> SeenCall:
        """The call as captures show it."""
        return SeenCall(self.reading, self.call)

    @property
    def call(self) -> Call:
        """The call as it was ordered."""
        return self.reading.order.call(self.via.call)

    @property
    def relay(self) -> Datacenter:
        """The datacenter whose relay the call is led over; raises Refuted if it is led over none."""
        return self.reading.world.datacenter(datacenter_of(self.seen.relay))

    @property
    def way(self) -> Passage:
        """How its packets pass to the relays' address."""
        reading = self.reading
        return passage(reading.world, reading.plan, self.call, str(relay_of(reading.world, CLOUD)))

    @property
    def worse(self) -> Heard:
        """The call where it sounds worse."""
        return min((heard_at(self.seen, way) for way in WAYS), key=lambda each: each.r)

    @property
    def rtt_ms(self) -> float:
        """The median round trip from the client to the other end, from packets."""
        seen = self.seen
        return sum(
            percentile_ms(seen.stream(near, far, AUDIO, way).delays_ns, MEDIAN)
            for near, far in ((seen.client, seen.edge), (seen.behind, seen.peer))
            for way in WAYS
        )

    @property
    def expected_rtt_ms(self) -> float:
        """The same by the world's distances."""
        seen, plan = self.seen, self.reading.plan
        # All relays have the same address, so that a datacenter's border stands for its own.
        ends = border(datacenter_of(seen.relay)), border(self.call.server)
        there = expected_rtt_ms(self.reading, self.way, self.call.client, ends[0])
        behind = [ends, ends[::-1]] if ends[0] != ends[1] else []
        return there + sum(one_way_ms(plan, a, b) for a, b in behind)

    def runs(self, point: str) -> list[RtpRun]:
        """Return the audio, in its channel, that came by at a capture on the way to the relay."""
        return [run for way in WAYS for run in self.seen.runs(Place(point, True), AUDIO, way)]

    @property
    def rows(self) -> tuple[RtpRun, ...]:
        """The rows that show the audio at both ends."""
        return self.seen.shown(self.seen.client, self.seen.peer, AUDIO)


def vias(reading: Reading) -> list[Via]:
    """Return the ways of a run, direct first."""
    parts: list[Case | Call] = [*reading.order.cases, *reading.order.calls]
    found = dict.fromkeys(via_of(each.name) for each in parts if each.name != ONCE_MORE)
    return sorted(found, key=lambda via: KINDS.index(via.kind))


def services(reading: Reading) -> list[str]:
    """Return the services over HTTPS that a run asks for."""
    return [name for case in reading.order.cases[:1] for name in by_service(case.requests)]


def served(reading: Reading, via: Via, service: str, case: str = "") -> Served:
    """Return a service over one way; raises Missing or Refuted as `use_of` does."""
    described = reading.case(case or via.case)
    use, journey = use_of(reading, described, service), reading.journey(described.name)
    names = by_service(described.requests)[service]
    fetches = [fetch for fetch in journey.fetches if fetch.name in names]
    for each in fetches:
        if each.error or not 200 <= each.status < 400:
            raise Refuted(f"{each.name} ({service}): {each.error or f'status {each.status}'}", *use.rows)
    if len(fetches) != len(names):
        raise Missing(f"{described.client} made {len(fetches)} of {len(names)} requests of {service}")
    last, seen_at = fetches[-1], (use.way.at, use.way.src)
    first_answer, last_answer = (
        answer_to(reading.evidence(described.name), *seen_at, each, next_start_ns(journey, each))
        for each in (use.fetch, last)
    )
    named_ns = use.fetch.started_ns + use.fetch.phases_us["name_lookup"] * NS_PER_US
    done_ns = last.started_ns + last.phases_us["total"] * NS_PER_US
    return Served(
        via=via,
        use=use,
        total_ms=(last_answer.ended_ns - first_answer.opened_ns) / NS_PER_MS,
        client_ms=(done_ns - named_ns) / NS_PER_MS,
        rows=(*use.rows, last_answer.rows[-1]),
    )


def expected_front_door(reading: Reading, case: str, service: str) -> Datacenter:
    """Return where a service's front door is by the rules: by who is asked, or where the tenant's data is."""
    described, world = reading.case(case), reading.world
    if service == SHAREPOINT:
        return home_of(world, world.client(described.client))
    (request,) = (each for each in described.requests if each.name == service)
    resolver = reading.resolver_of(described, urlsplit(request.url).hostname or "")
    return nearest(world, world.resolver(resolver), CLOUD)


def expected_relay(reading: Reading, call: Call) -> Datacenter:
    """Return the datacenter to whose relay a call's way leads by the rules: nearest to where it leaves."""
    world, way = reading.world, Called(reading, via_of(call.name)).way
    office = way.office or world.client(call.client).office
    if office and way.way_out == customer_edge(office):
        circuit = circuit_of(world, reading.plan, office)
        built = [world.datacenter(name) for name in reading.order.selection.datacenters]
        assert circuit is not None
        return peering_datacenter(world, circuit, expressroute_datacenters(built))
    leaves = world.office(office).place if office and way.way_out == gateway(office) else None
    return nearest_datacenter(world, leaves or world.client(call.client).place, CLOUD)

"""A comparison that never was: services and calls over four ways, and nothing takes time but distance.

Which way a packet takes is told here anew: by a case's own prefixes, and by a service's first octets.
"""

from __future__ import annotations

from functools import cache

from experiments.call import Call
from experiments.compare import EXPERIMENT, CompareOptions
from experiments.media_calls import Place, Way
from experiments.order import learning
from experiments.reading import Reading
from measurement.observation import Observation
from measurement.rtp_stream import Arrival
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from topologies.hosts import gateway, host
from topologies.internet import internet_rtt_ms
from topologies.load import load_world
from topologies.paths import one_way_ms
from topologies.world import World

from .made_up_calls import Called
from .made_up_expressroute import MINUTE_NS, RESOLVER, CircuitPlanet, CircuitStory, Learning
from .made_up_vpn import VpnStory

WORLD = load_world("article")
WAYS = "vpn:hq,split:hq,expressroute:hq"
NS_PER_MS = 1_000_000


class CompareStory(CircuitStory):
    """One way: requests through a tunnel, past it, or over a circuit."""

    def sees(self, address: str) -> tuple[str, str, str]:
        """Return where packets to an address show at the client, from whom, and as whom they arrive."""
        if self.tunnel is not None and self.through(address) is None:
            own = self.ip(self.order.client)
            return self.order.client, own, own
        return super().sees(address)

    def rtt_ns(self, address: str, node: str) -> int:
        """Return how long it takes to a node and back."""
        if self.tunnel is not None and self.through(address) is None:
            return self.way_ns(self.order.client, node) + self.way_ns(node, self.order.client)
        return super().rtt_ns(address, node)

    def _connects(self, name: str, server: str, port: int, now_ns: int, rtt_ns: int) -> None:
        story = CircuitStory if self.order.routing is not None else VpnStory
        story._connects(self, name, server, port, now_ns, rtt_ns)

    def _beyond_ms(self, address: str, node: str) -> float:
        world = self.planet.world
        if node in {resolver.name for resolver in world.resolvers} and address != RESOLVER:
            return internet_rtt_ms(world, world.office("hq").place, world.resolver(node).place)
        return super()._beyond_ms(address, node)


class CompareCall(Called):
    """One call, over the way that it has."""

    def _places(self) -> list[Place]:
        way = self.call.way
        through = bool(way.office) and not way.direct
        circuit = through and self.call.name.startswith("call-expressroute")
        relay = host("iad" if through else "dub", "relay")
        client = f"{self.call.client}-wg0" if through else self.call.client
        line = "hq-er-pri" if circuit else gateway("hq")
        meeting = Place(host(self.call.server, "media"), False)
        return [
            Place(client, True),
            *([Place(line, True)] if through else []),
            Place(relay, True),
            Place(relay, False),
            meeting,
        ]

    def _takes_ns(self, near: Place, far: Place, way: Way, packet: Arrival, *, at_line: bool) -> int:
        return round(self._between_ms(near, far) * NS_PER_MS)

    def _between_ms(self, near: Place, far: Place) -> float:
        world = self.reading.world
        client, hq, iad = world.client(self.call.client), world.office("hq").place, world.datacenter("iad")
        if near.point == far.point:
            return 0.0
        if far == self.places[-1]:
            ends = (f"{near.point.partition('-')[0]}-br", f"{self.call.server}-br")
            return one_way_ms(self.reading.plan, *ends)
        if near == self.places[0]:
            there = hq if far.in_channel and "rly" not in far.point else world.datacenter("dub").place
            return client.access.up.delay_ms + internet_rtt_ms(world, client.place, there) / 2
        if near.point == "hq-er-pri":
            circuit = world.circuit("circuit")
            return circuit.delay_ms + internet_rtt_ms(world, circuit.peering, iad.place) / 2
        return internet_rtt_ms(world, hq, iad.place) / 2

    def _whole_ms(self, way: Way) -> float:
        return sum(self._between_ms(a, b) for a, b in zip(self.places, self.places[1:], strict=False))


class ComparePlanet(CircuitPlanet):
    """A made-up comparison."""

    def reading(self) -> Reading:
        """Return the whole run."""
        journeys = []
        observations: list[Observation] = []
        for number, case in enumerate(self.order.cases):
            story = CompareStory(self, case, START_NS + number * MINUTE_NS)
            who = {"case": case.name, "client": case.client, "resolver": case.resolver}
            journeys.append(rows.journey(*story.fetches, **who, resolver_ip=story.ip(case.resolver)))
            observations += story.rows
        parts = {learning(case.name): case.routing for case in self.order.cases}
        parts |= {learning(call.name): call.routing for call in self.order.calls}
        for name in self.order.learning:
            routing = parts[name]
            assert routing is not None
            observations += Learning(name, self, routing).rows
        reading = Reading(self.order, self.world, self.plan, tuple(journeys), ())
        for number, call in enumerate(self.order.calls, len(self.order.cases)):
            observations += _call(reading, call, START_NS + number * MINUTE_NS)
        return Reading(self.order, self.world, self.plan, tuple(journeys), tuple(observations))


def _call(reading: Reading, call: Call, start_ns: int) -> list[Observation]:
    return CompareCall(reading, call, start_ns).rows


@cache
def made_up_compare(world: World = WORLD, **chosen: str) -> Reading:
    """Return the whole run of the traveller by the office in Chicago, with some options."""
    options = CompareOptions.model_validate({"client": "traveller", "via": WAYS, **chosen})
    changed = EXPERIMENT.change_world(world, options)
    return ComparePlanet(changed, EXPERIMENT.plan_order(changed, 1, 10.0, options)).reading()

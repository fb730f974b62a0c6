"""Time without service, split into what it was waited for: measured from packets, beside arithmetic.

The parts follow one another: until the failure is noticed, until the client has been told another address,
until it is connected there, and until it has an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from experiments.noticing import Noticing
from experiments.outage import NS_PER_MS, NS_PER_S, Outage, Use
from experiments.reading import Reading
from experiments.region_people import People
from experiments.region_works import CONNECT_MS, PORTAL, RETRY_MS
from experiments.spell import Spell
from measurement.evidence import Refuted
from measurement.observation import Row
from services.zones import Naming
from topologies import names
from topologies.hosts import front_ends, host
from topologies.names import lever
from topologies.paths import configured_rtt_ms

# A resolver asks a silent server some times, each time waiting longer, before it asks the other one: unbound
# gives it up after four or five questions, of 0.3 to 0.8 s each on these paths (iterator/iterator.c).
LOOKUP_S = 4.0
# TCP's and TLS 1.3's handshakes take a round trip each, and so do the request and its answer.
ROUND_TRIPS = 3


@dataclass(frozen=True)
class Part:
    """A part of the time without service: milliseconds, the most by arithmetic, and the rows that end it."""

    name: str
    measured_ms: float
    most_ms: float
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Split:
    """The time without service of a client who connects to the region itself, in one spell."""

    reading: Reading
    cast: People
    spell: Spell
    work: str

    @cached_property
    def outage(self) -> Outage:
        """The client's work."""
        return Outage(self.reading, self.spell, self.work)

    @cached_property
    def noticing(self) -> Noticing:
        """How its name is found to lead nowhere."""
        region, reading = self.cast.region, self.reading
        nodes = front_ends(region) if self.work == PORTAL else (host(region.name, "sharepoint"),)
        name = self._name()
        naming = Naming(reading.world, reading.plan, reading.order.selection, self.spell.answers)
        alive = next(each for each in naming.servers_of(name) if each.datacenter != region.name)
        addresses = tuple(reading.address(node) for node in nodes)
        return Noticing(self.outage, name, alive.name, addresses)

    def _name(self) -> str:
        """Return the name, of those that the client's question leads over, that depends on what is up."""
        if self.work == PORTAL:
            steered = names.service("portal", self.cast.tenant.cloud).steered
            return "" if steered is None else steered.name
        service = names.service("sharepoint", self.cast.tenant.cloud)
        own = names.of_tenant(self.reading.world, service, self.cast.tenant)
        return own.aliases[lever(service)].name

    @cached_property
    def served(self) -> Use:
        """The first request that was served again."""
        return self.outage.first_good_after(self.outage.failed_ns)

    @property
    def total_ms(self) -> float:
        """For how long the client was without service: from the failure to the answer's first packet."""
        return (self._answered_ns - self.outage.failed_ns) / NS_PER_MS

    @property
    def _answered_ns(self) -> int:
        found = self.outage.handshake(self.served).first_response_ns
        if found is None:
            raise Refuted("no answer came over the new connection", self.outage.connection(self.served))
        return found

    @cached_property
    def most_ms(self) -> float:
        """For how long it is by arithmetic, at the most: where probes come as late as they can."""
        waits_s = self.pace_ms / 1000
        back_ns = self.noticing.expected_back_ns(waits_s, LOOKUP_S, self._round_trips_ms(ROUND_TRIPS))
        return (back_ns - self.outage.failed_ns) / NS_PER_MS

    @property
    def pace_ms(self) -> int:
        """For how long the client waits until it asks for the name again, at the most."""
        return CONNECT_MS + RETRY_MS if self.outage.work.in_turn else self.outage.work.interval_ms

    def parts(self) -> list[Part]:
        """Return the four parts, in their order; raises Missing or Refuted where packets do not show one."""
        outage, noticing, served = self.outage, self.noticing, self.served
        noticed_ns, lookup = noticing.noticed_ns(), noticing.new_lookup()
        handshake = outage.handshake(served)
        connected = outage.connection(served), handshake
        told_ns, ready_ns = lookup.time_ns, handshake.client_finished_ns or 0
        failed = [noticing.failed(address)[-1] for address in noticing.addresses]
        kept_ms = (max(noticing.kept_until_ns(), noticing.latest_ns()) - noticing.latest_ns()) / NS_PER_MS
        dns_ms = kept_ms + self.pace_ms + LOOKUP_S * 1000
        return [
            Part(
                "detection",
                (noticed_ns - outage.failed_ns) / NS_PER_MS,
                noticing.health.slowest_s * 1000,
                tuple(failed),
            ),
            Part("DNS", (told_ns - noticed_ns) / NS_PER_MS, dns_ms, (noticing.first_new(), lookup)),
            Part("reconnect", (ready_ns - told_ns) / NS_PER_MS, self._round_trips_ms(2), connected),
            Part("data", (self._answered_ns - ready_ns) / NS_PER_MS, self._round_trips_ms(1), served.rows),
        ]

    def _round_trips_ms(self, count: int) -> float:
        server = self.reading.plan.node_at(self.served.attempt.server_ip)
        if server is None:
            raise Refuted(f"nobody has {self.served.attempt.server_ip}", *self.served.rows)
        return count * configured_rtt_ms(self.reading.plan, self.outage.client, server.name)

    def within(self) -> tuple[float, float]:
        """Return the least and the most that the total may be, in milliseconds: one interval apart."""
        return self.most_ms - self.noticing.health.interval_s * NS_PER_S / NS_PER_MS, self.most_ms

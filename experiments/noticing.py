"""How DNS notices that a region is dark, as packets show it: probes, and what resolvers are told."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.outage import NS_PER_S, Outage
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.observation import DnsAnswer, TcpConnection
from services.web import HTTPS_PORT
from topologies.health import Health


@dataclass(frozen=True)
class Noticing:
    """One client's name while a region is dark: it is told another address some time after.

    ``addresses`` are those in the region that are probed for it; ``authority`` is the node of a server that
    still lives.
    """

    outage: Outage
    name: str
    authority: str
    addresses: tuple[str, ...]

    @property
    def health(self) -> Health:
        """By which the authorities answer; Missing if they do not look at what is up."""
        found = self.outage.spell.answers.health
        if found is None:
            raise Missing(f"nothing is probed in {self.outage.spell.name}")
        return found

    @property
    def reading(self) -> Reading:
        """The run."""
        return self.outage.reading

    def probes(self, address: str) -> list[TcpConnection]:
        """Return the authority's probes of an address, in the order of time."""
        own = {"client": self.reading.address(self.authority), "server": address, "server_port": HTTPS_PORT}
        found = self.outage.evidence.at(self.authority, TcpConnection, **own)
        return sorted(found, key=lambda row: row.time_ns)

    def failed(self, address: str) -> list[TcpConnection]:
        """Return the probes of an address that failed first, as many as change the verdict.

        Raises Refuted if fewer failed in a row.
        """
        after = [each for each in self.probes(address) if each.time_ns > self.outage.failed_ns]
        found = after[: self.health.tolerated_failures + 1]
        answered = [each for each in found if each.synack_frame is not None]
        if answered or len(found) <= self.health.tolerated_failures:
            raise Refuted(f"{len(found) - len(answered)} probes of {address} failed in a row", *found)
        return found

    def noticed_ns(self) -> int:
        """Return when the last of the addresses counts as down: its last probe has waited long enough."""
        last = max(self.failed(address)[-1].time_ns for address in self.addresses)
        return last + self.health.timeout_s * NS_PER_S

    def expected_ns(self) -> int:
        """Return when it is to be noticed, by the times at which probes are sent."""
        return round(self.health.down_s(self.outage.failed_ns / NS_PER_S) * NS_PER_S)

    def latest_ns(self) -> int:
        """Return when it is noticed at the latest, whenever probes are sent."""
        return self.outage.failed_ns + round(self.health.slowest_s * NS_PER_S)

    def told(self) -> list[DnsAnswer]:
        """Return what the client's resolver was told of the name by authorities, in the order of time."""
        resolver = self.outage.resolver
        own = self.reading.address(resolver)
        found = self.outage.evidence.at(resolver, DnsAnswer, dst=own, name=self.name)
        return sorted((each for each in found if each.answers), key=lambda row: row.time_ns)

    def last_old(self) -> DnsAnswer:
        """Return the last answer that the resolver had before the failure was noticed.

        Raises Missing if it had none.
        """
        noticed_ns = self.noticed_ns()
        old = [each for each in self.told() if each.time_ns < noticed_ns]
        if not old:
            raise Missing(f"{self.outage.resolver} knew nothing of {self.name} when the failure was noticed")
        return old[-1]

    def first_new(self) -> DnsAnswer:
        """Return the first answer that the resolver had after that; raise Refuted if it is the old one."""
        old, noticed_ns = self.last_old(), self.noticed_ns()
        new = next((each for each in self.told() if each.time_ns > noticed_ns), None)
        if new is None:
            raise Refuted(f"{self.outage.resolver} has not asked again for {self.name}", old)
        if _leads_to(new) == _leads_to(old):
            raise Refuted(f"{self.outage.resolver} was told the same of {self.name} again", old, new)
        return new

    def kept_until_ns(self) -> int:
        """Return until when the resolver gives the last old answer: unbound counts whole seconds."""
        old = self.last_old()
        ttl_s = min(record.ttl_s for record in old.answers if record.name == self.name)
        return (old.time_ns // NS_PER_S + ttl_s + 1) * NS_PER_S

    def new_lookup(self) -> DnsAnswer:
        """Return the first answer that the client had after the resolver had the new one."""
        new = self.first_new()
        found = (each for each in self.outage.lookups() if each.time_ns > new.time_ns)
        answer = min(found, key=lambda row: row.time_ns, default=None)
        if answer is None:
            raise Refuted(f"{self.outage.client} was never told of it", new)
        return answer

    def expected_back_ns(self, waits_s: float, lookup_s: float, round_trips_ms: float) -> int:
        """Return when the client is to be served again, at the latest.

        That is when the failure is noticed and the old answer's time is over; then the client asks within
        ``waits_s``, its resolver asks for ``lookup_s``, and it connects.
        """
        free_ns = max(self.latest_ns(), self.kept_until_ns())
        waits_ns = math.ceil((waits_s + lookup_s) * NS_PER_S)
        return free_ns + waits_ns + round(round_trips_ms * 1_000_000)


def _leads_to(answer: DnsAnswer) -> tuple[str, ...]:
    return tuple(sorted(record.data for record in answer.answers if record.name == answer.name))

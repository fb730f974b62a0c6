"""What is claimed of those who connect to the region itself: DNS leads them elsewhere, and back."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.outage import NOTHING, NS_PER_MS, NS_PER_S, REFUSED, Use, first_rows
from experiments.region_split import LOOKUP_S, Split
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.observation import DnsAnswer, DnsQuery, TcpConnection
from topologies.paths import configured_rtt_ms

PROBES_MS = 1.0  # a probe is sent so much after its time at most


@dataclass(frozen=True)
class DnsClaims:
    """The claims of one client in one spell."""

    split: Split

    def noticed(self) -> Claim:
        """Claim that other DNS servers find out, when their probes have failed."""
        health, noticing = self.split.noticing.health, self.split.noticing
        tolerated = health.tolerated_failures
        return Claim(
            f"{noticing.authority} finds out by its probes: {tolerated + 1} in a row, one each"
            f" {health.interval_s} s, are not answered within {health.timeout_s} s",
            f"after {self._seconds(noticing.expected_ns())} s; {health.slowest_s} s at the most",
            self._noticed,
        )

    def kept(self) -> Claim:
        """Claim that the resolver gives the old answer as long as it may."""
        outage, noticing = self.split.outage, self.split.noticing
        return Claim(
            f"until then, and as long as it may, {outage.resolver} gives {outage.client} the old answer",
            f"{noticing.health.ttl_s} s from when it asked last, in whole seconds; then it asks, and is told"
            " another datacenter",
            self._kept,
        )

    def back(self, text: str) -> Claim:
        """Claim that the client is served again within what arithmetic says."""
        interval_s = self.split.noticing.health.interval_s
        return Claim(
            text,
            f"without service for what arithmetic says (at most) or up to {interval_s} s less",
            self._back,
        )

    def returned(self) -> Claim:
        """Claim that the client returns to the region when that is back."""
        health = self.split.noticing.health
        most_s = health.interval_s + (health.ttl_s or 0) + 1
        place = self.split.cast.region.name
        return Claim(
            f"{place} is back: a probe is answered, and {self.split.outage.client} returns without a gap",
            f"{most_s} s after it at the most, and what client and resolver need to ask; nothing fails",
            self._returned,
        )

    def _seconds(self, time_ns: int) -> str:
        return f"{(time_ns - self.split.outage.failed_ns) / NS_PER_S:.1f}"

    def _noticed(self) -> Finding:
        noticing, outage = self.split.noticing, self.split.outage
        noticed_ns, expected_ns = noticing.noticed_ns(), noticing.expected_ns()
        failed = [row for address in noticing.addresses for row in noticing.failed(address)]
        text = f"after {self._seconds(noticed_ns)} s: {len(failed)} probes of {self._places()} unanswered"
        if abs(noticed_ns - expected_ns) > PROBES_MS * NS_PER_MS or noticed_ns > noticing.latest_ns():
            raise Refuted(text, *failed)
        answered = [
            each
            for address in noticing.addresses
            for each in noticing.probes(address)
            if each.time_ns < outage.failed_ns
        ]
        if not answered or any(each.synack_frame is None for each in answered):
            raise Refuted("probes were not answered before it either", *answered)
        return Finding(text, (answered[-1], *failed))

    def _places(self) -> str:
        plan = self.split.reading.plan
        found = (plan.node_at(address) for address in self.split.noticing.addresses)
        return ", ".join(node.name for node in found if node is not None)

    def _kept(self) -> Finding:
        noticing, outage = self.split.noticing, self.split.outage
        old, new, until_ns = noticing.last_old(), noticing.first_new(), noticing.kept_until_ns()
        asked = self._asked(old.time_ns)
        if asked.time_ns < until_ns or new.time_ns < noticing.noticed_ns():
            text = f"{outage.resolver} asked again {self._seconds(asked.time_ns)} s after it"
            raise Refuted(text, asked, new)
        text = (
            f"asked {self._seconds(old.time_ns)} s after it, kept until {self._seconds(until_ns)} s; told"
            f" {_target(new)} after {self._seconds(new.time_ns)} s"
        )
        return Finding(text, (old, asked, new))

    def _asked(self, after_ns: int) -> DnsQuery:
        """Return the resolver's first question for the name after a time."""
        outage, own = self.split.outage, self.split.reading.address(self.split.outage.resolver)
        asked = outage.evidence.at(outage.resolver, DnsQuery, src=own, name=self.split.noticing.name)
        found = min((e for e in asked if e.time_ns > after_ns), key=lambda e: e.time_ns, default=None)
        if found is None:
            raise Refuted(f"{outage.resolver} has not asked again")
        return found

    def _back(self) -> Finding:
        split = self.split
        least_ms, most_ms = split.within()
        parts = ", ".join(f"{part.name} {part.measured_ms / 1000:.3f}" for part in split.parts())
        text = (
            f"{split.total_ms / 1000:.3f} s without service ({parts}), then by {split.served.outcome};"
            f" at most {most_ms / 1000:.3f} by arithmetic"
        )
        rows = [row for part in split.parts() for row in part.rows]
        if split.served.outcome == split.cast.region.name or not least_ms <= split.total_ms <= most_ms:
            raise Refuted(text, *rows)
        self._nothing_meanwhile(text)
        return Finding(text, tuple(rows))

    def _nothing_meanwhile(self, text: str) -> None:
        """Refuted if anything was served between the failure and the end of it."""
        split = self.split
        first, last = split.outage.failed_ns, split.served.attempt.started_ns
        odd = [each for each in split.outage.uses if each.is_good and first <= each.attempt.started_ns < last]
        if odd:
            raise Refuted(f"{text}; but request {odd[0].attempt.number} was served", *odd[0].rows)

    def _returned(self) -> Finding:
        split, outage = self.split, self.split.outage
        place = split.cast.region.name
        after = [each for each in outage.uses if each.attempt.started_ns >= outage.back_ns]
        home = next((each for each in after if each.outcome == place), None)
        failed = [each for each in after if each.outcome in (NOTHING, REFUSED)]
        if home is None or failed:
            raise Refuted(
                f"{len(failed)} requests failed, and {place} served none", *first_rows(failed or after)
            )
        took_ms = (home.attempt.ended_ns - outage.back_ns) / NS_PER_MS
        probe = self._first_answered()
        text = (
            f"a probe answered {(probe.time_ns - outage.back_ns) / NS_PER_S:.1f} s after it; by {place}"
            f" {took_ms / 1000:.3f} s after it; {len(after)} requests, all served"
        )
        if took_ms > self._most_ms():
            raise Refuted(text, *home.rows)
        return Finding(text, (probe, *home.rows, *after[-1].rows))

    def _most_ms(self) -> float:
        split, health = self.split, self.split.noticing.health
        plan, outage = split.reading.plan, split.outage
        way_ms = configured_rtt_ms(plan, outage.client, split.noticing.authority)
        keeps_s = health.interval_s + (health.ttl_s or 0) + 1
        whole_ms = outage.work.interval_ms + 2 * _longest_ms(outage.uses)
        return (keeps_s + LOOKUP_S) * 1000 + whole_ms + 4 * way_ms

    def _first_answered(self) -> TcpConnection:
        noticing, outage = self.split.noticing, self.split.outage
        found = [
            each
            for address in noticing.addresses
            for each in noticing.probes(address)
            if each.time_ns >= outage.back_ns and each.synack_frame is not None
        ]
        if not found:
            raise Refuted("no probe was answered after it")
        return min(found, key=lambda row: row.time_ns)


def _target(answer: DnsAnswer) -> str:
    return next((record.data for record in answer.answers if record.name == answer.name), "nothing")


def _longest_ms(uses: list[Use]) -> float:
    took = ((each.attempt.ended_ns - each.attempt.started_ns) / NS_PER_MS for each in uses if each.is_good)
    return max(took, default=0.0)

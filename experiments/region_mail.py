"""An Outlook session whose mailbox was in the region that went dark: its time without service, split.

Its own connection ends at a front door elsewhere, and stays. What is waited for is that another copy of the
mailboxes becomes the active one, and that the front door hears of it. Both can be read on the wire: in what
etcd tells the front door's directory of the key that the active copy has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from experiments.mailbox_servers import ARBITERS
from experiments.outage import NS_PER_MS, Outage, Use
from experiments.reading import Reading
from experiments.region_people import People
from experiments.region_split import Part
from experiments.region_works import OUTLOOK
from experiments.spell import Spell
from measurement.evidence import Refuted
from measurement.observation import KeyTold, TcpBurst
from services.etcd import ELECTION_MS, HEARTBEAT_MS, LAGGING_S
from services.patroni import TTL_S
from services.web import MAILBOX_PORT
from topologies.hosts import datacenter_of, host
from topologies.paths import configured_rtt_ms

# If etcd's own leader is in the dark, the others elect one first: each waits up to twice the time of an
# election, and where both ask for each other's vote, they do it once more. The new one gives every lease its
# time anew, and that of an election (etcd 3.4, server/lease/lessor.go, Promote); it looks for those that are
# over twice a second, and may be late with telling whoever lags behind.
ELECTED_MS = HEARTBEAT_MS + 2 * 2 * ELECTION_MS
EXPIRED_MS = TTL_S * 1000 + ELECTION_MS + 500 + LAGGING_S * 1000
# Patroni asks the lost one first, for two seconds (patroni 3.0.2, api "patroni", timeout); it has been made
# the active one within another second.
TAKEN_MS, PROMOTED_MS = 2_500, 1_000


@dataclass(frozen=True)
class MailSplit:
    """The session's time without service in one spell."""

    reading: Reading
    cast: People
    spell: Spell

    @cached_property
    def outage(self) -> Outage:
        """The session."""
        return Outage(self.reading, self.spell, OUTLOOK)

    @cached_property
    def served(self) -> Use:
        """The first request after the failure that was served."""
        return self.outage.first_good_after(self.outage.failed_ns)

    @property
    def total_ms(self) -> float:
        """For how long the session was without service: until the end of the first answer."""
        return (self._answered_ns - self.outage.failed_ns) / NS_PER_MS

    @property
    def most_ms(self) -> float:
        """For how long it is by arithmetic, at the most."""
        return sum(part.most_ms for part in self.parts())

    @property
    def _answered_ns(self) -> int:
        return self.outage.answer(self.served.attempt).last_time_ns

    def parts(self) -> list[Part]:
        """Return the parts, in their order; raises Missing or Refuted where packets do not show one."""
        gone, taken, passed = self.gone(), self.taken(), self.passed()
        way_ms = configured_rtt_ms(self.reading.plan, self.outage.client, self._door)
        behind_ms = configured_rtt_ms(self.reading.plan, self._door, host(self.served.outcome, "mailbox"))
        asks_ms = self.outage.work.interval_ms + way_ms + behind_ms
        ends = [
            ("detection", gone.time_ns, ELECTED_MS + EXPIRED_MS, gone),
            ("takeover", taken.time_ns, float(TAKEN_MS), taken),
            ("reconnect", passed.time_ns, PROMOTED_MS + asks_ms, passed),
            ("data", self._answered_ns, way_ms + behind_ms, self.outage.answer(self.served.attempt)),
        ]
        parts, before_ns = [], self.outage.failed_ns
        for name, end_ns, most_ms, row in ends:
            parts.append(Part(name, (end_ns - before_ns) / NS_PER_MS, most_ms, (row,)))
            before_ns = end_ns
        return parts

    @property
    def _door(self) -> str:
        """The front door's node."""
        return self.served.attempt.headers.get("x-feserver", "")

    def gone(self) -> KeyTold:
        """Return what told the front door's directory that no copy is the active one; Refuted if nothing."""
        found = [each for each in self._told() if each.value is None]
        if not found:
            raise Refuted("nobody was told that the active copy is lost", *self.served.rows)
        return found[0]

    def taken(self) -> KeyTold:
        """Return what told it that another copy is; Refuted if it is not the one that answered."""
        found = [each for each in self._told() if each.value is not None]
        if not found or found[0].value != self.served.outcome:
            raise Refuted(f"nobody was told of {self.served.outcome}", *found, *self.served.rows)
        return found[0]

    def _told(self) -> list[KeyTold]:
        """Return what was told to the front door's directory of the active copy, after the failure."""
        own = self.reading.address(host(datacenter_of(self._door), "directory"))
        rows: list[KeyTold] = []
        for name in self.cast.tenant.copies[:ARBITERS]:
            rows += self.outage.evidence.at(host(name, "mailbox"), KeyTold, dst=own)
        after = (each for each in rows if each.time_ns > self.outage.failed_ns)
        return sorted(after, key=lambda row: row.time_ns)

    def passed(self) -> TcpBurst:
        """Return what the front door passed to the copy that answered; Refuted if nothing was."""
        node, door = host(self.served.outcome, "mailbox"), self.reading.address(self._door)
        own = {"src": door, "dst": self.reading.address(node), "dst_port": MAILBOX_PORT}
        sent = sorted(self.outage.evidence.at(node, TcpBurst, **own), key=lambda row: row.time_ns)
        first_ns = self.served.attempt.started_ns
        found = next((each for each in sent if first_ns < each.time_ns < self._answered_ns), None)
        if found is None:
            raise Refuted(f"nothing was passed to {node}", *self.served.rows)
        return found

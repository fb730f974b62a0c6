"""A tunnel over hours as captures show it: handshakes, sessions, and datagrams at both ends."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.exercise import FIRST_PORT, Exercise
from experiments.passage import capture_of
from experiments.reading import Reading
from experiments.ways import tunnel_of
from measurement.evidence import Evidence, Refuted
from measurement.observation import DatagramRun, Row, WireGuardFlow, WireGuardHandshake
from topologies.hosts import gateway
from topologies.paths import configured_rtt_ms
from topologies.tunnel import Tunnel

REKEY, SILENCE, KEEPALIVE, RESTART, ROAM = "rekey", "silence", "keepalive", "restart", "roam"
# WireGuard's own constants (NDSS 2017, section 6.1; drivers/net/wireguard/messages.h).
REKEY_AFTER_S, REJECT_AFTER_S, KEEPALIVE_S, REKEY_TIMEOUT_S = 120, 180, 10, 5
JITTER_S = 1 / 3  # that a repeated or new handshake is late, at most
LATE = 1 / 8  # of its time, that a timer of Linux may be late by (kernel/time/timer.c)
NS_PER_S, NS_PER_MS, US_PER_S, MS_PER_S = 1_000_000_000, 1_000_000, 1_000_000, 1000
EVENT = {RESTART: "the concentrator restarts", ROAM: "the client gets another address"}


@dataclass(frozen=True)
class Hours:
    """One exercise as the captures at both ends of a tunnel show it."""

    reading: Reading
    exercise: Exercise

    @property
    def evidence(self) -> Evidence:
        """The exercise's rows."""
        return self.reading.evidence(self.exercise.name)

    @property
    def client(self) -> str:
        """Who has dialled in."""
        return self.exercise.client

    @property
    def concentrator(self) -> str:
        """Where it has dialled in."""
        return gateway(self.exercise.way.office)

    @property
    def tunnel(self) -> Tunnel:
        """The client's end."""
        return tunnel_of(self.reading.plan, self.client, self.concentrator)

    def handshakes(self) -> list[WireGuardHandshake]:
        """Return the handshakes on the client's line that were answered, in the order of time."""
        found = self.evidence.at(self.client, WireGuardHandshake)
        return sorted((each for each in found if each.response_frame is not None), key=lambda e: e.time_ns)

    def flows(self, src: str) -> list[WireGuardFlow]:
        """Return what was sent inside sessions by an address, seen on the client's line."""
        return list(self.evidence.at(self.client, WireGuardFlow, src=src))

    def runs(self, number: int, *, sent: bool) -> list[DatagramRun]:
        """Return a stream's datagrams, as they were sent or as they arrived."""
        stream = self.exercise.streams[number]
        node = stream.source if sent else stream.target
        at = capture_of(node, self.tunnel.interface) if node == self.client else node
        found = self.evidence.at(at, DatagramRun, dst_port=FIRST_PORT + number)
        return sorted(found, key=lambda run: run.time_ns)

    def lost(self, number: int) -> list[int]:
        """Return the numbers of a stream's datagrams that never arrived; Refuted if not all were sent."""
        sent = {each for run in self.runs(number, sent=True) for each in run.numbers}
        count = self.exercise.streams[number].count
        if sent != set(range(count)):
            raise Refuted(f"{len(sent)} of {count} datagrams were sent", *self.runs(number, sent=True))
        arrived = {each for run in self.runs(number, sent=False) for each in run.numbers}
        return sorted(sent - arrived)

    def shown(self, number: int) -> tuple[Row, ...]:
        """Return the rows that show a stream at both ends."""
        return (*self.runs(number, sent=True), *self.runs(number, sent=False))

    @property
    def address(self) -> str:
        """The client's own address, outside of the tunnel."""
        return self.reading.address(self.client)

    @property
    def event_ns(self) -> int:
        """When the exercise's event was: the first stream's first datagram left at its own time."""
        (event,) = self.exercise.events
        sent = self.runs(0, sent=True)
        if not sent:
            raise Refuted("no datagram was sent")
        return sent[0].time_ns + round((event.at_ms - self.exercise.streams[0].start_ms) * NS_PER_MS)

    @property
    def round_trip_s(self) -> float:
        """What the world configures between the two ends."""
        return configured_rtt_ms(self.reading.plan, self.client, self.concentrator) / MS_PER_S

    def interval_s(self, number: int = 0) -> float:
        """Return the time between two datagrams of a stream."""
        return self.exercise.streams[number].interval_us / US_PER_S


def hours(reading: Reading, name: str) -> Hours:
    """Return an exercise of a run."""
    return Hours(reading, reading.order.exercise(name))

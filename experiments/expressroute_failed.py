"""What became of packets when a circuit's lines went silent, and what is claimed of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from experiments.conversing import FIRST_PORT
from experiments.edges import circuit_address, internet_address
from experiments.exercise import Exercise
from experiments.reading import Reading
from experiments.streaming import Watched
from measurement import check
from measurement.evidence import Evidence, Refuted
from measurement.judge import Claim, Finding
from measurement.observation import BgpMessage, DatagramRun, Row, TcpBurst, TcpConnection
from topologies.bgp import BFD_MISSED, BFD_MS, HOLD_S, KEEPALIVE_S
from topologies.hosts import customer_edge, gateway
from topologies.world import Circuit

NS_PER_MS, MS_PER_S = 1_000_000, 1000
LEAST_OF_HOLD = 0.75  # BIRD takes up to a quarter off its hold timer, as RFC 4271, section 10, has of others
WORDS = ("the primary line goes silent", "both lines are silent")


@dataclass(frozen=True)
class Failed:
    """One of an exercise's two failures: 0 is the primary line's, 1 that of both."""

    reading: Reading
    exercise: Exercise
    circuit: Circuit
    number: int

    @property
    def name(self) -> str:
        """What happened, in words."""
        return WORDS[self.number]

    @property
    def evidence(self) -> Evidence:
        """The exercise's captures."""
        return self.reading.evidence(self.exercise.name)

    @cached_property
    def stream(self) -> Watched:
        """The datagrams, of which each is the first of its kind."""
        return Watched(self.reading, self.exercise)

    @property
    def client(self) -> str:
        """Who sends."""
        return self.exercise.streams[0].source

    @property
    def server(self) -> str:
        """The host that it sends to."""
        return self.exercise.streams[0].target

    @property
    def seen_as(self) -> str:
        """The address with which packets leave when they have moved."""
        office = self.reading.world.office(self.circuit.office)
        if self.number == 0:
            return str(circuit_address(self.circuit))
        return str(internet_address(self.reading.world, office, self.circuit, self.exercise.routing))

    @property
    def begins_ms(self) -> float:
        """When the line goes silent."""
        return self.exercise.events[self.number].at_ms

    @property
    def from_number(self) -> int:
        """The first datagram that left after that."""
        return self.stream.number_at(self.begins_ms)

    @property
    def until_number(self) -> int:
        """The first datagram that left after the next failure, or the one after the last."""
        if self.number + 1 < len(self.exercise.events):
            return self.stream.number_at(self.exercise.events[self.number + 1].at_ms)
        return self.stream.stream.count

    @cached_property
    def lost(self) -> list[int]:
        """The datagrams that never arrived."""
        return [each for each in self.stream.lost() if self.from_number <= each < self.until_number]

    def arrives_again(self) -> DatagramRun:
        """Return the run at the server with which packets arrive again; raise Refuted if none do."""
        for run in self.stream.arrived():
            if self.from_number < run.first < self.until_number:
                return run
        raise Refuted(f"{self.exercise.name}: {self.name}, and nothing arrives any more", self.stream.sent())

    @property
    def moved_ms(self) -> float:
        """How long after the failure the first datagram left that arrived."""
        interval_ms = self.stream.stream.interval_us / 1000
        return (self.arrives_again().first - self.from_number) * interval_ms

    @property
    def most_ms(self) -> float:
        """How long routers take to notice, at most: all that they had to hear was heard just before."""
        if self._with_bfd:
            return float(BFD_MS * BFD_MISSED)
        return float(HOLD_S * MS_PER_S)

    @property
    def least_ms(self) -> float:
        """How long they take at least: what they heard last was heard as early as can be."""
        if self._with_bfd:
            return float(BFD_MS * (BFD_MISSED - 1))
        return (HOLD_S * LEAST_OF_HOLD - KEEPALIVE_S) * MS_PER_S

    @property
    def _with_bfd(self) -> bool:
        return self.exercise.routing is not None and self.exercise.routing.bfd

    def connection(self) -> TcpConnection:
        """Return the connection that was open; raise Refuted if there is none, or another one."""
        ends = {"client": self.reading.address(self.client), "server_port": FIRST_PORT}
        found = list(self.evidence.at(self.client, TcpConnection, **ends))
        if len(found) != 1 or found[0].ack_frame is None:
            raise Refuted(f"{self.client} opened {len(found)} connections, not one", *found)
        return found[0]

    def answers(self) -> list[TcpBurst]:
        """Return the open connection's last answer before the failure, and those until the next one."""
        ends = {"dst": self.reading.address(self.client), "src_port": FIRST_PORT}
        bursts = sorted(self.evidence.at(self.client, TcpBurst, **ends), key=lambda each: each.time_ns)
        begins_ns, ends_ns = self.stream.at_ns(self.begins_ms), self._ends_ns
        before = [each for each in bursts if each.time_ns < begins_ns]
        return [*before[-1:], *(each for each in bursts if begins_ns <= each.time_ns < ends_ns)]

    @property
    def _ends_ns(self) -> int:
        if self.number + 1 < len(self.exercise.events):
            return self.stream.at_ns(self.exercise.events[self.number + 1].at_ms)
        last = self.stream.stream
        return self.stream.at_ns(last.start_ms + last.count * last.interval_us / 1000)

    def unanswered_ms(self) -> float | None:
        """Return when after the failure the open connection had an answer again; None if it never had."""
        begins_ns = self.stream.at_ns(self.begins_ms)
        for answer in self.answers():
            if answer.time_ns > begins_ns:
                return (answer.time_ns - begins_ns) / NS_PER_MS
        return None

    def said(self) -> list[Row]:
        """Return what the customer edge tells its gateway of it."""
        edge = customer_edge(self.circuit.office)
        begins_ns = self.stream.at_ns(self.begins_ms)
        ends_ns = self.arrives_again().time_ns
        return [
            row
            for row in self.evidence.at(
                f"{edge}-gw", BgpMessage, type="update", src=self.reading.address(edge)
            )
            if begins_ns <= row.time_ns <= ends_ns
        ]


def failures(reading: Reading, circuit: Circuit) -> list[Failed]:
    """Return every failure of every exercise."""
    return [
        Failed(reading, exercise, circuit, number)
        for exercise in reading.order.exercises
        for number in range(len(exercise.events))
    ]


def moves(failed: Failed) -> Claim:
    """Claim how soon packets go another way, and as whom."""
    return Claim(
        f"{failed.name}, noticed by {by_what(failed)}",
        f"packets move after {failed.least_ms:g} to {failed.most_ms:g} ms, seen as {failed.seen_as}",
        lambda: _moved(failed),
    )


def open_connection(failed: Failed) -> Claim:
    """Claim what an open connection sees: it goes on where the address stays, and ends where it does not."""
    if failed.number == 0:
        expected = "answers again: the secondary line has the same address"
    else:
        expected = "not one answer any more: over the Internet the client would be somebody else"
    return Claim(
        f"an open connection, when {failed.name}, noticed by {by_what(failed)}",
        expected,
        lambda: _kept(failed),
    )


def by_what(failed: Failed) -> str:
    """Return by what routers notice a failure, in words."""
    return "BFD" if failed.most_ms < MS_PER_S else "BGP's hold time"


def _moved(failed: Failed) -> Finding:
    again, lost = failed.arrives_again(), failed.lost
    interval_ms = failed.stream.stream.interval_us / 1000
    text = f"after {failed.moved_ms:g} ms, {len(lost)} datagrams lost, then seen as {again.src}"
    rows = (failed.stream.sent(), again, *failed.said())
    # What left at the very moment is on its way before or after the line's end.
    in_a_row = lost in (
        list(range(number, again.first)) for number in (failed.from_number, failed.from_number + 1)
    )
    in_time = failed.least_ms <= failed.moved_ms <= failed.most_ms + 2 * interval_ms
    if not (in_a_row and in_time and again.src == failed.seen_as):
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _kept(failed: Failed) -> Finding:
    opened, answers, waited_ms = failed.connection(), failed.answers(), failed.unanswered_ms()
    if failed.number == 0:
        if waited_ms is None:
            raise Refuted("no answer any more", opened, *answers)
        text = f"answers again after {waited_ms:.0f} ms; packets moved after {failed.moved_ms:g} ms"
        return Finding(text, (opened, *answers[:2]))
    if waited_ms is not None:
        raise Refuted(f"answers again after {waited_ms:.0f} ms", opened, *answers)
    line = gateway(failed.circuit.office)
    check.never_seen(failed.evidence, line, address=failed.reading.address(failed.client))
    text = f"no answer until the end; new datagrams are seen as {failed.arrives_again().src}"
    return Finding(text, (opened, *answers, failed.arrives_again()))

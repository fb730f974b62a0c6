"""What happened to a stream, from its runs in the captures: lost, doubled, late, by which tags, how long."""

from __future__ import annotations

from dataclasses import dataclass

from controllers.tags import meaning
from experiments.exercise import FIRST_PORT, Exercise, Stream
from experiments.reading import Reading
from measurement.evidence import Refuted
from measurement.observation import DatagramRun

NS_PER_MS = 1_000_000
NS_PER_US = 1000


@dataclass(frozen=True)
class Watched:
    """A stream of an exercise, as captures at several places saw it; ``number`` is its place there."""

    reading: Reading
    exercise: Exercise
    number: int = 0

    @property
    def stream(self) -> Stream:
        """What was to be sent."""
        return self.exercise.streams[self.number]

    def runs(self, point: str) -> list[DatagramRun]:
        """Return the runs at a capture point, in the order of time; raise Missing if it is not whole."""
        evidence = self.reading.evidence(self.exercise.name)
        address = self.reading.address(self.stream.target)
        found = evidence.at(point, DatagramRun, dst=address, dst_port=FIRST_PORT + self.number)
        return sorted(found, key=lambda run: run.time_ns)

    def sent(self) -> DatagramRun:
        """Return the whole stream as its source sent it; raise Missing or Refuted if it is not one run."""
        runs = self.runs(self.stream.source)
        if len(runs) != 1 or (runs[0].first, runs[0].datagrams) != (0, self.stream.count):
            sent = sum(run.datagrams for run in runs)
            text = f"{self.stream.source} sent {sent} of {self.stream.count}, in {len(runs)} runs"
            raise Refuted(text, *runs)
        return runs[0]

    def arrived(self) -> list[DatagramRun]:
        """Return the runs at the target; raise Refuted if nothing arrived."""
        runs = self.runs(self.stream.target)
        if not runs:
            raise Refuted(f"nothing of the stream arrived at {self.stream.target}", self.sent())
        return runs

    def lost(self) -> list[int]:
        """Return the numbers that never arrived."""
        arrived = {number for run in self.arrived() for number in run.numbers}
        return [number for number in self.sent().numbers if number not in arrived]

    def doubled(self) -> list[int]:
        """Return the numbers that arrived more than once, in the order in which they did."""
        seen: set[int] = set()
        twice: list[int] = []
        for number in (number for run in self.arrived() for number in run.numbers):
            (twice.append if number in seen else seen.add)(number)
        return twice

    def late(self, runs: list[DatagramRun] | None = None) -> int:
        """Return how many arrived after one that was sent later."""
        highest, count = -1, 0
        for run in self.arrived() if runs is None else runs:
            count += max(0, min(run.last, highest - 1) - run.first + 1)
            highest = max(highest, run.last)
        return count

    def at_ns(self, at_ms: float) -> int:
        """Return the time of an event of the exercise: the stream's first datagram left at its own."""
        return self.sent().time_ns + round((at_ms - self.stream.start_ms) * NS_PER_MS)

    def number_at(self, at_ms: float) -> int:
        """Return the number of the first datagram that left at a time of the exercise, or after it."""
        # In whole nanoseconds, as the exercise itself is timed: 200.1 ms are no 200,100.00000000003 us.
        after_ns = round(at_ms * NS_PER_MS) - round(self.stream.start_ms * NS_PER_MS)
        return max(0, -(-after_ns // (self.stream.interval_us * NS_PER_US)))

    def run_of(self, number: int, point: str | None = None) -> DatagramRun:
        """Return the run that has a datagram, at the target or another place; raise Refuted if none has."""
        runs = self.arrived() if point is None else self.runs(point)
        for run in runs:
            if run.first <= number <= run.last:
                return run
        raise Refuted(f"datagram {number} was not seen at {point or self.stream.target}", *runs)


def on_its_way(run: DatagramRun) -> str:
    """Return what a run's tag says."""
    return "untagged" if run.tag is None else f"tag {run.tag} ({meaning(run.tag)})"


def require_delay(
    run: DatagramRun,
    expected_ms: float,
    tolerance_us: float,
    or_ms: float | None = None,
    first_us: float = 0.0,
) -> None:
    """Raise Refuted unless all of a run took a one-way delay, or some of it another one.

    The first ones on a new way may take longer by ``first_us``: they pay for the switches' caches.
    """
    ways_us = [ms * 1000 for ms in (expected_ms, or_ms) if ms is not None]
    least = [abs(run.least_delay_us - us) <= tolerance_us for us in ways_us]
    most = [-tolerance_us <= run.most_delay_us - us <= tolerance_us + first_us for us in ways_us]
    if not (any(least) and any(most) and (least[0] or most[0])):
        seen_us = run.least_delay_us, run.most_delay_us
        took = " to ".join(dict.fromkeys(f"{us / 1000:.3f}" for us in seen_us))
        raise Refuted(f"took {took} ms one way instead of {expected_ms:.3f}", run)

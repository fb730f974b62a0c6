"""One source's RTP packets at two places, put together: which were sent, which came, and when.

Both places have one clock, so that the times at both give the one-way delay. Sequence numbers go around
after 65,535 (RFC 3550, section 5.1); here they go on, counted with their cycles as in A.1 of the RFC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from measurement.rows.rtp import NUMBERS, TIMESTAMPS, RtpRun

NS_PER_S = 1_000_000_000


class Arrival(NamedTuple):
    """A packet at one place: its number with the cycles, its timestamp as it stands in it, and its time."""

    number: int
    timestamp: int
    time_ns: int


class Passed(NamedTuple):
    """A packet from one place to the other; ``arrived_ns`` is None where it never came."""

    number: int
    sent_ns: int
    arrived_ns: int | None

    @property
    def delay_ns(self) -> int | None:
        """The one-way delay."""
        return None if self.arrived_ns is None else self.arrived_ns - self.sent_ns


@dataclass(frozen=True)
class RtpStream:
    """What was sent and what came, each in the order of time; packets may come twice."""

    sent: tuple[Arrival, ...]
    came: tuple[Arrival, ...]

    @cached_property
    def passed(self) -> tuple[Passed, ...]:
        """Every packet that was sent, in that order, with its first arrival."""
        first: dict[int, int] = {}
        for each in self.came:
            first.setdefault(each.number, each.time_ns)
        sent = {each.number: each.time_ns for each in reversed(self.sent)}
        numbers = dict.fromkeys(each.number for each in self.sent)
        return tuple(Passed(number, sent[number], first.get(number)) for number in numbers)

    @property
    def delays_ns(self) -> list[int]:
        """The one-way delays of those that came, in the order of sending."""
        return [each.delay_ns for each in self.passed if each.delay_ns is not None]

    def ages_ns(self, clock_hz: int) -> list[int]:
        """Return how old those that came were when they did, in the order of sending, by their timestamps.

        Where packets leave as they are made, that is their delay. Who sends over TCP may have to keep some
        back. Of all packets, the one that left soonest was as old as nothing when it did.
        """
        made_ns = self._made_ns(clock_hz)
        return [each.arrived_ns - made_ns[each.number] for each in self.passed if each.arrived_ns is not None]

    def _made_ns(self, clock_hz: int) -> dict[int, int]:
        """Return when each packet was made: at a moment of its source's clock, which the first begins."""
        first = self.sent[0].timestamp
        after_ns = {each.number: _signed(each.timestamp - first) * NS_PER_S // clock_hz for each in self.sent}
        begin_ns = min(each.sent_ns - after_ns[each.number] for each in self.passed)
        return {number: begin_ns + after for number, after in after_ns.items()}

    @property
    def lost(self) -> int:
        """How many never came."""
        return sum(each.arrived_ns is None for each in self.passed)


def stream_of(sent: Iterable[RtpRun], came: Iterable[RtpRun]) -> RtpStream:
    """Put one source's runs at two places together."""
    at_first = _arrivals(sent, None)
    return RtpStream(at_first, _arrivals(came, at_first[0].number if at_first else None))


def _signed(timestamps: int) -> int:
    """Return a difference of timestamps, which go around after 2^32."""
    return (timestamps + TIMESTAMPS // 2) % TIMESTAMPS - TIMESTAMPS // 2


def _arrivals(runs: Iterable[RtpRun], near: int | None) -> tuple[Arrival, ...]:
    packets = [
        packet
        for run in sorted(runs, key=lambda run: (run.time_ns, run.frame))
        for packet in zip(run.numbers, run.timestamps, run.times_ns, strict=True)
    ]
    packets.sort(key=lambda packet: packet[2])
    numbers = unwrapped((packet[0] for packet in packets), near)
    return tuple(
        Arrival(number, stamp, time_ns) for number, (_, stamp, time_ns) in zip(numbers, packets, strict=True)
    )


def unwrapped(numbers: Iterable[int], near: int | None = None) -> Iterator[int]:
    """Yield 16-bit numbers with their cycles: each less than half of one away from the greatest so far.

    ``near`` is where to begin, such as the first number that another place has; else the first of these.
    """
    greatest = near
    for number in numbers:
        if greatest is None:
            greatest = number
        half = NUMBERS // 2
        going_on = greatest + (number - greatest + half) % NUMBERS - half
        greatest = max(greatest, going_on)
        yield going_on

"""Moments are done at their times, whatever line they stand on; one that is late is done at once."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement import timeline
from measurement.timeline import Moment, play

BEGAN_NS = 7_000_000_123
PR_GET_TIMERSLACK = 30


@dataclass
class Clock:
    """A clock on which nothing takes time but sleeping, and what a moment takes; it keeps what was done."""

    now_ns: int = BEGAN_NS
    slept: list[float] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now_ns += round(seconds * 1e9)

    def moment(self, at_ns: int, name: str = "", takes_ns: int = 0) -> Moment:
        def do() -> None:
            self.done.append((name, self.now_ns - BEGAN_NS))
            self.now_ns += takes_ns

        return Moment(at_ns, do)


def with_clock(test: Callable[[Clock], None]) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic_ns", lambda: clock.now_ns)
        patch.setattr(time, "sleep", clock.sleep)
        patch.setattr(timeline, "exactly", lambda: None)
        test(clock)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic_ns", lambda: clock.now_ns)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


def test_each_moment_is_done_at_its_time(clock: Clock) -> None:
    play([[clock.moment(1_000, "a"), clock.moment(5_000_000, "b"), clock.moment(5_000_001, "c")]])
    assert clock.done == [("a", 1_000), ("b", 5_000_000), ("c", 5_000_001)]


def test_lines_are_done_in_the_order_of_time_across_each_other(clock: Clock) -> None:
    one = [clock.moment(at, "one") for at in (10, 40)]
    two = [clock.moment(at, "two") for at in (20, 30, 50)]
    play([one, two])
    assert clock.done == [("one", 10), ("two", 20), ("two", 30), ("one", 40), ("two", 50)]


def test_of_moments_at_one_time_the_first_lines_is_first(clock: Clock) -> None:
    play([[clock.moment(9, "one")], [clock.moment(9, "two")], [clock.moment(9, "three")]])
    assert clock.done == [("one", 9), ("two", 9), ("three", 9)]


def test_what_is_late_is_done_at_once_and_the_others_still_at_their_times(clock: Clock) -> None:
    line = [clock.moment(10, "slow", takes_ns=100), clock.moment(20, "late"), clock.moment(500, "in time")]
    play([line])
    assert clock.done == [("slow", 10), ("late", 110), ("in time", 500)]
    assert len(clock.slept) == 2


def test_times_count_from_when_it_begins_and_not_from_the_moment_before(clock: Clock) -> None:
    play([[clock.moment(n * 1_000, takes_ns=300) for n in range(50)]])
    assert [at for _, at in clock.done] == [n * 1_000 for n in range(50)]


def test_a_line_may_be_made_as_it_is_done(clock: Clock) -> None:
    def line() -> Iterator[Moment]:
        for number in range(3):
            assert len(clock.done) >= number - 1
            yield clock.moment(number * 10, str(number))

    play([line()])
    assert [name for name, _ in clock.done] == ["0", "1", "2"]


def test_nothing_to_do_takes_no_time(clock: Clock) -> None:
    play([])
    play([[], []])
    assert (clock.slept, clock.done) == ([], [])


def test_what_a_moment_raises_ends_it(clock: Clock) -> None:
    def fail() -> None:
        raise OSError("no route")

    with pytest.raises(OSError, match="no route"):
        play([[Moment(0, fail), clock.moment(1)]])
    assert clock.done == []


LINES = st.lists(st.lists(st.integers(0, 10_000)).map(sorted), max_size=4)


@given(LINES, st.integers(0, 500))
def test_everything_is_done_once_in_order_and_never_too_early(lines: list[list[int]], takes_ns: int) -> None:
    def check(clock: Clock) -> None:
        play([clock.moment(at, str(at), takes_ns) for at in line] for line in lines)
        times = sorted(at for line in lines for at in line)
        assert [int(name) for name, _ in clock.done] == times
        now_ns = 0
        for due_ns, (_, done_ns) in zip(times, clock.done, strict=True):
            # At its time, or as soon as what was before it is done.
            assert done_ns == max(due_ns, now_ns)
            now_ns = done_ns + takes_ns

    with_clock(check)


def test_the_thread_is_woken_within_a_nanosecond() -> None:
    """In a thread of its own, so that others keep theirs."""
    slack_ns = []

    def look() -> None:
        play([])
        slack_ns.append(ctypes.CDLL(None).prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert slack_ns == [1]

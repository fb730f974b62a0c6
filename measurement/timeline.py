"""Things done at their times: in virtual time to the microsecond, natively as well as the machine can."""

from __future__ import annotations

import ctypes
import heapq
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

PR_SET_TIMERSLACK = 29  # linux/prctl.h
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class Moment:
    """Something to be done, in nanoseconds after the start."""

    at_ns: int
    do: Callable[[], object]


def exactly() -> None:
    """Have the calling thread woken on time: by itself the kernel may be 50 microseconds late."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)


def play(lines: Iterable[Iterable[Moment]]) -> None:
    """Do what stands on each line, all lines on one clock; each line is in the order of time."""
    exactly()
    start_ns = time.monotonic_ns()
    for moment in heapq.merge(*lines, key=lambda each: each.at_ns):
        left_ns = start_ns + moment.at_ns - time.monotonic_ns()
        if left_ns > 0:
            time.sleep(left_ns / NS_PER_S)
        moment.do()

"""What a world announces for a shell: it happens by the clock, while somebody waits for something."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

from experiments.exercise import Cut, Mend
from experiments.spell import Dark, Happening, Light

NS_PER_MS, MS_PER_S = 1_000_000, 1000


class Agenda:
    """Things to come, in the order of time; ``do`` makes one happen, and ``say`` tells of it.

    Times count from ``start_ns``, in nanoseconds since the epoch.
    """

    def __init__(
        self,
        events: Iterable[Happening],
        start_ns: int,
        do: Callable[[Happening], None],
        say: Callable[[str], None],
    ) -> None:
        self._events = deque(sorted(events, key=lambda event: event.at_ms))
        self._start_ns = start_ns
        self._do = do
        self._say = say

    def due(self) -> float:
        """Make happen what is due by now; return how many seconds the next thing is away, or infinity."""
        while self._events:
            ahead_ms = self._events[0].at_ms - (time.time_ns() - self._start_ns) / NS_PER_MS
            if ahead_ms > 0:
                return ahead_ms / MS_PER_S
            event = self._events.popleft()
            self._do(event)
            self._say(f"*** {event.at_ms / MS_PER_S:g} s: {told(event)}\n")
        return float("inf")


def told(event: Happening) -> str:
    """Return in words what happens."""
    match event:
        case Dark(place=place):
            return f"{place} has lost its power"
        case Light(place=place):
            return f"{place} has its power again"
        case Cut(a=a, b=b):
            return f"what joins {a} and {b} is cut"
        case Mend(a=a, b=b):
            return f"what joins {a} and {b} is mended"

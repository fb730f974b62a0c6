"""Health-checked DNS: what is probed how often, when it counts as down, and for how long answers are kept.

The settings and their limits are those of Azure Traffic Manager, an engine behind such names. Sources:
Microsoft, "Traffic Manager endpoint monitoring" (interval, tolerated failures, timeout; what is not answered
within the timeout has failed; one success makes an endpoint healthy again; where all are degraded, all are
answered) and "Traffic Manager FAQs" (time to live; geographic routing fails over to nested profiles only).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from topologies.base import Frozen
from topologies.errors import WorldError

SHORTEST_TIMEOUT_S = 5
LONGEST_TIMEOUT_S = {10: 9, 30: 10}  # by the interval
MOST_TOLERATED = 9
LONGEST_TTL_S = 2_147_483_647


class Health(Frozen):
    """How authorities find out what is up, in seconds; `ttl_s` is None where names keep their own.

    Every endpoint is probed once in `interval_s`; it is down after `tolerated_failures` and one more probes
    in a row have failed. With the profile ``nested`` each place's answer is a list: the nearest datacenter
    that is up. With ``geographic`` it is the nearest one, up or down.
    """

    interval_s: Literal[10, 30] = 30
    tolerated_failures: Annotated[int, Field(ge=0, le=MOST_TOLERATED)] = 3
    timeout_s: Annotated[int, Field(ge=SHORTEST_TIMEOUT_S)] = 10
    ttl_s: Annotated[int, Field(ge=0, le=LONGEST_TTL_S)] | None = None
    profile: Literal["nested", "geographic"] = "nested"

    @model_validator(mode="after")
    def _ends_before_the_next_one(self) -> Self:
        longest_s = LONGEST_TIMEOUT_S[self.interval_s]
        if self.timeout_s > longest_s:
            raise WorldError(
                f"timeout_s: {self.timeout_s} s are too long for a probe every {self.interval_s} s;"
                f" right would be {SHORTEST_TIMEOUT_S} to {longest_s}"
            )
        return self

    @property
    def label(self) -> str:
        """A name for a folder of what depends on it."""
        ttl = "" if self.ttl_s is None else f"-ttl{self.ttl_s}"
        return f"{self.profile}-{self.interval_s}x{self.tolerated_failures + 1}-{self.timeout_s}{ttl}"

    def next_probe_s(self, time_s: float) -> float:
        """Return when the first probe not before a time is sent, both in seconds of the same clock.

        Probes are sent at whole multiples of the interval.
        """
        return math.ceil(time_s / self.interval_s) * self.interval_s

    def down_s(self, failed_s: float, *, refused_after_s: float | None = None) -> float:
        """Return when an endpoint counts as down that stopped answering at a time.

        Where somebody refuses in its place, ``refused_after_s`` is how long that takes; else a probe fails
        by its timeout.
        """
        fails_after_s = self.timeout_s if refused_after_s is None else refused_after_s
        first_s = self.next_probe_s(failed_s)
        return first_s + self.tolerated_failures * self.interval_s + fails_after_s

    def up_s(self, back_s: float, rtt_s: float) -> float:
        """Return when an endpoint counts as up again, at the latest, that answers from a time on.

        It is that very moment, unless a probe is under way then that nobody has refused: TCP sends its SYN
        again now and then.
        """
        return self.next_probe_s(back_s) + rtt_s

    def is_waiting(self, time_s: float) -> bool:
        """Return whether a probe that nobody answers is under way at a time."""
        return time_s % self.interval_s < self.timeout_s

    @property
    def slowest_s(self) -> float:
        """How long an endpoint is down, at most, before it counts as that."""
        return (self.tolerated_failures + 1) * self.interval_s + self.timeout_s

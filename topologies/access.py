"""An access network's own share of a path: what it adds in each direction, before any distance."""

from typing import Any

from pydantic import model_validator

from topologies.base import Frozen, Megabits, Milliseconds, Percent
from topologies.errors import WorldError


class Line(Frozen):
    """One direction of a line.

    `delay_ms` is one way. `jitter_ms` is the largest deviation from it, to either side, and never exceeds it.
    `rate_mbit` is in Mbit/s; None is a line that is never the bottleneck.
    """

    delay_ms: Milliseconds = 0.0
    jitter_ms: Milliseconds = 0.0
    loss_percent: Percent = 0.0
    rate_mbit: Megabits | None = None

    @model_validator(mode="after")
    def _arrives_after_it_left(self) -> "Line":
        if self.jitter_ms > self.delay_ms:
            raise WorldError(
                f"jitter_ms {self.jitter_ms:g} is larger than delay_ms {self.delay_ms:g};"
                " right would be a jitter that never exceeds the delay"
            )
        return self


class Access(Frozen):
    """Both directions of an access line; a table without `up` and `down` describes both alike."""

    up: Line = Line()
    down: Line = Line()

    @model_validator(mode="before")
    @classmethod
    def _both_alike(cls, value: Any) -> Any:
        if isinstance(value, dict) and value and not value.keys() & {"up", "down"}:
            return {"up": value, "down": value}
        return value

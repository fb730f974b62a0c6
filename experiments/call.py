"""A call as a value: who sends media to which meeting, by which relay, and what the access line is like."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from experiments.way import Way
from measurement.media import AUDIO, Medium
from topologies.access import Access, Line
from topologies.base import Frozen, Megabits, Percent
from topologies.bgp import Routing
from topologies.errors import WorldError
from topologies.shape import Shape

SECONDS = 16  # loss is judged in any 15 s


class Condition(Frozen):
    """What a client's access line is like in a call, both ways, beside what the world says of it.

    `burst_packets` are lost one after another, on average. For `rate_mbit` packets wait in a queue of
    `queue_ms`; with `classes` each class in its own, audio first, video before the rest. The line is `busy`
    where bulk is sent both ways all the while. With `udp_blocked` its router lets no UDP out but DNS.
    """

    loss_percent: Percent = 0.0
    burst_packets: Annotated[float, Field(ge=1, le=1000)] = 1.0
    rate_mbit: Megabits | None = None
    queue_ms: Annotated[float, Field(gt=0, le=10_000)] = 100.0
    classes: bool = False
    busy: bool = False
    udp_blocked: bool = False

    @model_validator(mode="after")
    def _waits_for_a_rate(self) -> Self:
        if self.rate_mbit is None and (self.classes or self.busy):
            raise WorldError(
                "a line without rate_mbit has no queue, so neither classes nor bulk change anything;"
                " right would be rate_mbit = 2"
            )
        return self

    @property
    def reshapes(self) -> bool:
        """Whether the line itself is another one."""
        return self.rate_mbit is not None or self.loss_percent > 0

    def shapes(self, access: Access) -> tuple[Shape, Shape]:
        """Return how the line treats packets, up and down."""
        return self._shape(access.up), self._shape(access.down)

    def _shape(self, line: Line) -> Shape:
        changed = line.model_copy(
            update={
                "rate_mbit": self.rate_mbit,
                "loss_percent": self.loss_percent or line.loss_percent,
            }
        )
        return Shape(
            line=changed, burst_packets=self.burst_packets, queue_ms=self.queue_ms, classes=self.classes
        )


class Call(Frozen):
    """A client in a meeting: media both ways between it and the meeting's server, through a media relay.

    The `server` is in a datacenter; so is the `relay`, or, without one, it is the nearest one (anycast). The
    client asks it over UDP, and if nobody answers over TCP. Media flows for `seconds`. `routing` is how a
    circuit is set.
    """

    name: str
    text: str
    client: str
    server: str
    relay: str = ""
    media: Annotated[tuple[Medium, ...], Field(min_length=1)] = (AUDIO,)
    way: Way = Way()
    routing: Routing | None = None
    condition: Condition = Condition()
    seconds: Annotated[int, Field(gt=0)] = SECONDS

    @property
    def steady(self) -> bool:
        """Whether every path takes the time that the world gives it."""
        return not self.condition.reshapes

"""What is done on the backbone under one set of rules: streams, echoes, and what happens meanwhile."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from controllers.control import Rules
from topologies.base import Frozen

DSCP_SHIFT = 2  # the type of service has two bits for congestion below it (RFC 3168)
FIRST_PORT = 9000  # of the first stream; the next ones follow


class Stream(Frozen):
    """Numbered UDP datagrams from one host to another, at a steady pace from ``start_ms`` on.

    ``frame_bytes`` is the size of a frame, Ethernet's header included. Datagrams come from as many ports as
    there are ``flows``, in turn.
    """

    source: str
    target: str
    interval_us: Annotated[int, Field(gt=0)]
    count: Annotated[int, Field(gt=0)]
    start_ms: float = 0.0
    frame_bytes: Annotated[int, Field(ge=64, le=1514)] = 100
    dscp: Annotated[int, Field(ge=0, le=63)] = 0
    flows: Annotated[int, Field(gt=0)] = 1


class Echo(Frozen):
    """An echo request from one host to another."""

    at_ms: float
    source: str
    target: str
    dscp: Annotated[int, Field(ge=0, le=63)] = 0


class Ask(Frozen):
    """A request over a TCP connection of its own, answered with ``answer_bytes``."""

    at_ms: float
    source: str
    target: str
    dscp: Annotated[int, Field(ge=0, le=63)] = 0
    answer_bytes: Annotated[int, Field(gt=0)] = 20_000


class Cut(Frozen):
    """The link between two nodes is cut."""

    do: Literal["cut"] = "cut"
    at_ms: float
    a: str
    b: str


class Mend(Frozen):
    """The link between two nodes is mended."""

    do: Literal["mend"] = "mend"
    at_ms: float
    a: str
    b: str


class Die(Frozen):
    """The controller ends without a word."""

    do: Literal["die"] = "die"
    at_ms: float


class Succeed(Frozen):
    """A new controller starts, with the same file and no memory."""

    do: Literal["succeed"] = "succeed"
    at_ms: float


Event = Annotated[Cut | Mend | Die | Succeed, Field(discriminator="do")]


class Exercise(Frozen):
    """One case on the backbone: it has captures of its own, and a controller under its rules.

    Where it is ``steady`` every path takes the time that the world gives it, all the while.
    """

    name: str
    text: str
    rules: Rules = Rules()
    streams: tuple[Stream, ...] = ()
    echoes: tuple[Echo, ...] = ()
    asks: tuple[Ask, ...] = ()
    events: tuple[Event, ...] = ()
    steady: bool = True

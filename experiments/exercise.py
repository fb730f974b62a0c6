"""What is done on the backbone under one set of rules: streams, echoes, and what happens meanwhile."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field

from controllers.control import Rules
from experiments.way import Way
from topologies.base import Frozen
from topologies.bgp import Routing

DSCP_SHIFT = 2  # the type of service has two bits for congestion below it (RFC 3168)
FIRST_PORT = 9000  # of the first stream; the next ones follow


class Stream(Frozen):
    """Numbered UDP datagrams from one host to another, at a steady pace from ``start_ms`` on.

    ``frame_bytes`` is the size of a frame, Ethernet's header included. Datagrams come from as many ports as
    there are ``flows``, in turn; ``fresh`` ones each from a port that none came from before, so that no
    router on the way has seen their like.
    """

    source: str
    target: str
    interval_us: Annotated[int, Field(gt=0)]
    count: Annotated[int, Field(gt=0)]
    start_ms: float = 0.0
    frame_bytes: Annotated[int, Field(ge=64, le=1514)] = 100
    dscp: Annotated[int, Field(ge=0, le=63)] = 0
    flows: Annotated[int, Field(gt=0)] = 1
    fresh: bool = False


class Conversation(Frozen):
    """A TCP connection that stays open, with a small message at a steady pace; each is answered."""

    source: str
    target: str
    interval_ms: Annotated[int, Field(gt=0)]
    count: Annotated[int, Field(gt=0)]


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


class Silence(Frozen):
    """Nothing gets through between two nodes any more, and neither end sees it in the wire's state."""

    do: Literal["silence"] = "silence"
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


class Restart(Frozen):
    """The concentrator of the exercise's tunnel starts anew: with its keys, and without any session."""

    do: Literal["restart"] = "restart"
    at_ms: float


class Renumber(Frozen):
    """A host gets another address in its network, and loses the one it had."""

    do: Literal["renumber"] = "renumber"
    at_ms: float
    node: str
    address: IPv4Address


class KeepAlive(Frozen):
    """The client's end of the tunnel sends something after so many seconds of silence; 0 for never."""

    do: Literal["keep alive"] = "keep alive"
    at_ms: float
    every_s: Annotated[int, Field(ge=0, le=65535)]


Event = Annotated[
    Cut | Mend | Silence | Die | Succeed | Restart | Renumber | KeepAlive, Field(discriminator="do")
]


class Exercise(Frozen):
    """One case on the backbone: it has captures of its own, and a controller under its rules.

    Where it is ``steady`` every path takes the time that the world gives it, all the while. A ``client`` has
    its packets go its ``way``; what is sent to it or by it then has its address in the tunnel. ``routing`` is
    how a circuit is set; then routers run, and nobody else.
    """

    name: str
    text: str
    rules: Rules = Rules()
    streams: tuple[Stream, ...] = ()
    echoes: tuple[Echo, ...] = ()
    asks: tuple[Ask, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    events: tuple[Event, ...] = ()
    steady: bool = True
    client: str = ""
    way: Way = Way()
    routing: Routing | None = None

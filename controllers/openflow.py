"""What a switch is told, as values: flows, groups and meters of OpenFlow 1.3, without a framework.

A value is equal to what a switch reports of it, so what is there and what should be can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TAGGED = -1  # as a match's tag: any tag
TAG_PRESENT = 0x1000  # OFPVID_PRESENT: a bit beside the tag in OpenFlow 1.3


@dataclass(frozen=True)
class Match:
    """Which packets: None is any. `mac` is the Ethernet destination, `tag` the VLAN identifier."""

    in_port: int | None = None
    tag: int | None = None
    mac: str | None = None
    dscp: int | None = None


@dataclass(frozen=True)
class Tag:
    """Put a VLAN tag on an untagged packet."""

    number: int


@dataclass(frozen=True)
class Retag:
    """Change the VLAN tag."""

    number: int


@dataclass(frozen=True)
class Untag:
    """Take the VLAN tag off."""


@dataclass(frozen=True)
class Output:
    """Send the packet out of a port."""

    port: int


@dataclass(frozen=True)
class ToGroup:
    """Hand the packet to a group."""

    number: int


@dataclass(frozen=True)
class Queue:
    """Choose the queue of whatever port the packet leaves by."""

    number: int


@dataclass(frozen=True)
class AnyPort:
    """Forget by which port the packet came in: it may leave by the same one.

    OpenFlow's own way is a flow for each port that a packet may come in by; Open vSwitch lets the field be
    loaded (ovs-fields(7), in_port).
    """


Action = Tag | Retag | Untag | Output | ToGroup | Queue | AnyPort


@dataclass(frozen=True)
class Flow:
    """An entry of a table; `goto` is the table that goes on, `meter` the one that may drop the packet."""

    table: int
    priority: int
    cookie: int
    match: Match
    actions: tuple[Action, ...] = ()
    goto: int | None = None
    meter: int | None = None


@dataclass(frozen=True)
class Bucket:
    """A choice of a group: usable while the port that it watches is up; `weight` counts in a selection."""

    actions: tuple[Action, ...]
    watch_port: int
    weight: int = 0


@dataclass(frozen=True)
class Group:
    """Fast failover takes the first usable bucket; selection one of the usable, by the packet's flow."""

    number: int
    kind: Literal["failover", "select"]
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Meter:
    """Drops what goes beyond a rate, in kilobits a second, and a burst, in kilobits."""

    number: int
    rate_kbps: int
    burst_kbit: int


@dataclass(frozen=True)
class State:
    """Everything that a switch has been told."""

    flows: frozenset[Flow] = field(default_factory=frozenset)
    groups: frozenset[Group] = field(default_factory=frozenset)
    meters: frozenset[Meter] = field(default_factory=frozenset)

    def __or__(self, other: State) -> State:
        return State(self.flows | other.flows, self.groups | other.groups, self.meters | other.meters)

    def __sub__(self, other: State) -> State:
        return State(self.flows - other.flows, self.groups - other.groups, self.meters - other.meters)

    def __bool__(self) -> bool:
        return bool(self.flows or self.groups or self.meters)

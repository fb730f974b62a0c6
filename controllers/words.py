"""Flows and groups in words: for whom a packet is, what its tag says, and over which trunk it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from controllers.layout import NUMBERS_A_VERSION
from controllers.openflow import (
    TAGGED,
    Action,
    Flow,
    Group,
    Match,
    Output,
    Queue,
    Retag,
    Tag,
    ToGroup,
    Untag,
)
from controllers.tags import VERSIONS, around, meaning
from controllers.topology import Switch, Topology, Trunk


@dataclass(frozen=True)
class Words:
    """Says what one switch of a topology is told."""

    topology: Topology
    switch: Switch

    def flow(self, flow: Flow) -> str:
        """Return which packets a flow is for, and what becomes of them."""
        return f"{'; '.join(self._match(flow.match))}: {self._actions(flow.actions)}"

    def group(self, group: Group) -> str:
        """Return what a group chooses from."""
        choices = [self._actions(bucket.actions) for bucket in group.buckets]
        if group.kind == "select":
            weighed = zip(group.buckets, choices, strict=True)
            return "; ".join(f"weight {bucket.weight}: {choice}" for bucket, choice in weighed)
        target = self.topology.switch(group.number % NUMBERS_A_VERSION)
        return f"to {target.name}: {'; if that is cut, '.join(choices)}"

    def _match(self, match: Match) -> Iterator[str]:
        if match == Match():
            yield "the rest"
        if match.in_port is not None:
            yield f"from {self._beyond(match.in_port)}"
        if match.mac is not None:
            yield f"to {self._names[match.mac]}"
        if match.tag is not None:
            yield "with any tag" if match.tag == TAGGED else self._meaning(match.tag)
        if match.dscp is not None:
            yield f"DSCP {match.dscp}"

    def _actions(self, actions: Iterable[Action]) -> str:
        return ", ".join(filter(None, map(self._action, actions))) or "as it is"

    def _action(self, action: Action) -> str:
        match action:
            case Tag(number) | Retag(number):
                return f"becomes {self._meaning(number)}"
            case Untag():
                return "tag off"
            case Output(port):
                return f"out to {self._beyond(port)}"
            case ToGroup(number):
                return f"group {number}"
            case Queue(number):
                return f"queue {number}"
        return ""

    def _beyond(self, port: int) -> str:
        trunk = self.topology.trunk_at(self.switch.number, port)
        if trunk is None:
            return "the site"
        return f"{self._name(trunk.other(self.switch.number))} (trunk {trunk.number})"

    def _meaning(self, tag: int) -> str:
        trunk = self._cut.get(tag)
        ends = f" ({self._name(trunk.a)} - {self._name(trunk.b)})" if trunk is not None else ""
        return f"{meaning(tag)}{ends}"

    def _name(self, number: int) -> str:
        return self.topology.switch(number).name

    @cached_property
    def _names(self) -> dict[str, str]:
        return {each.mac: each.name for each in self.topology.switches}

    @cached_property
    def _cut(self) -> dict[int, Trunk]:
        """The trunk that a packet with a tag leads around, by the tag."""
        return {around(version, each.number): each for version in VERSIONS for each in self.topology.trunks}

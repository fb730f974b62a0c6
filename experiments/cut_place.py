"""Where a backbone is cut: the link, the way that it lies on, and what leads around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from experiments.backbone import Ways
from experiments.exercise import Cut
from topologies.hosts import datacenter_of, wan_switch
from topologies.plan import Plan, Wire, other_end


def longest_with_detour(ways: Ways, source: str, target: str) -> int | None:
    """Return the longest trunk on the way that something leads around; None if every cut parts the ends."""
    candidates = [t for t in ways.path(source, target) if ways.detour(source, target, t) is not None]
    return max(candidates, key=lambda each: (ways.topology.trunk(each).rtt_ns, -each), default=None)


@dataclass(frozen=True)
class Place:
    """The link that is cut, and the trunks on the way and around it, as a plan has them."""

    ways: Ways
    source: str
    target: str
    trunk: int

    @classmethod
    def of_cut(cls, plan: Plan, cut: Cut, source: str, target: str) -> Place:
        """Return the place of a cut on the way from one front end to another."""
        (wire,) = plan.wires_between(cut.a, cut.b)
        ends = datacenter_of(source), datacenter_of(target)
        return cls(Ways(plan), *ends, plan.trunks.index(wire) + 1)

    @cached_property
    def link(self) -> Wire:
        """The link that is cut."""
        return self.ways.wire(self.trunk)

    @cached_property
    def way(self) -> list[int]:
        """The trunks of the shortest way."""
        return self.ways.path(self.source, self.target)

    @cached_property
    def detour(self) -> list[int]:
        """The trunks that groups take the stream over: up to the cut, and around it."""
        found = self.ways.detour(self.source, self.target, self.trunk)
        assert found is not None
        return found

    @cached_property
    def detour_back(self) -> list[int]:
        """The same for what comes back from the target."""
        return self.ways.detour(self.target, self.source, self.trunk) or []

    @cached_property
    def near(self) -> str:
        """The switch at which the stream meets the cut."""
        here = wan_switch(self.source)
        for each in self.way[: self.way.index(self.trunk)]:
            here = other_end(self.ways.wire(each), here).node
        return here

    @cached_property
    def entrance(self) -> Wire:
        """The wire by which the stream comes to that switch."""
        before = self.way[: self.way.index(self.trunk)]
        if before:
            return self.ways.wire(before[-1])
        trunks = set(self.ways.plan.trunks)
        return next(wire for wire in self.ways.plan.wires_at(self.near) if wire not in trunks)

    @cached_property
    def exit(self) -> Wire:
        """The trunk by which it leaves that switch instead."""
        return self.ways.wire(self.detour[self.way.index(self.trunk)])

    @cached_property
    def without(self) -> list[int]:
        """The trunks of the shortest way once nothing uses the link."""
        return self.ways.without(self.source, self.target, self.trunk)

    def rtt_ms(self, trunks: list[int]) -> float:
        """Return the round trip over trunks, in milliseconds."""
        return self.ways.rtt_ms(trunks)

    def one_way_ms(self, trunks: list[int]) -> float:
        """Return how long trunks take, one way: both directions of a trunk take the same."""
        return self.ways.rtt_ms(trunks) / 2

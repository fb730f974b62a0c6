"""The backbone as its controller knows it: switches by number, trunks between their ports, and no kernel.

It comes from a plan, or is generated; everything that is computed of paths takes one of these.
"""

from __future__ import annotations

from functools import cached_property

from topologies.base import Frozen
from topologies.plan import Plan, interface_at, other_end
from topologies.switching import datapath_id, port_number


class Switch(Frozen):
    """A WAN switch: its OpenFlow datapath id, and what stands behind its uplink.

    `mac` is the border router's there: every packet for the site carries it as its Ethernet destination.
    """

    number: int
    name: str
    uplink: int
    mac: str


class Trunk(Frozen):
    """A link between two switches, by number; `rtt_ns` is the round trip that it adds, in nanoseconds.

    `rate_mbit` is None where the link has no limit.
    """

    number: int
    a: int
    b: int
    a_port: int
    b_port: int
    rtt_ns: int
    rate_mbit: float | None = None

    def other(self, switch: int) -> int:
        """Return the switch at the far end."""
        return self.b if switch == self.a else self.a

    def port_at(self, switch: int) -> int:
        """Return the trunk's port at one of its two switches."""
        return self.a_port if switch == self.a else self.b_port


class Topology(Frozen):
    """All switches and trunks. Switches are numbered from 1 in any order; so are trunks."""

    switches: tuple[Switch, ...]
    trunks: tuple[Trunk, ...]

    def switch(self, number: int) -> Switch:
        """Return a switch by its number; KeyError if there is none."""
        return self._by_number[number]

    def named(self, name: str) -> Switch:
        """Return a switch by its name; KeyError if there is none."""
        return self._by_name[name]

    def trunk(self, number: int) -> Trunk:
        """Return a trunk by its number; KeyError if there is none."""
        return self._trunks[number]

    def trunk_at(self, switch: int, port: int) -> Trunk | None:
        """Return the trunk behind a port of a switch; None where the port has none."""
        return self._by_port.get((switch, port))

    @cached_property
    def _by_number(self) -> dict[int, Switch]:
        return {each.number: each for each in self.switches}

    @cached_property
    def _by_name(self) -> dict[str, Switch]:
        return {each.name: each for each in self.switches}

    @cached_property
    def _trunks(self) -> dict[int, Trunk]:
        return {each.number: each for each in self.trunks}

    @cached_property
    def _by_port(self) -> dict[tuple[int, int], Trunk]:
        found = {(each.a, each.a_port): each for each in self.trunks}
        return found | {(each.b, each.b_port): each for each in self.trunks}


def topology_of(plan: Plan) -> Topology:
    """Return the backbone of a plan; its numbers are the plan's own."""
    numbers = plan.switch_numbers
    trunks = [
        Trunk(
            number=number,
            a=numbers[wire.a.node],
            b=numbers[wire.b.node],
            a_port=port_number(plan, wire.a.node, wire.a.interface),
            b_port=port_number(plan, wire.b.node, wire.b.interface),
            rtt_ns=wire.rtt_ns,
            rate_mbit=wire.there.rate_mbit,
        )
        for number, wire in enumerate(plan.trunks, start=1)
    ]
    return Topology(switches=tuple(_switch(plan, name) for name in numbers), trunks=tuple(trunks))


def _switch(plan: Plan, name: str) -> Switch:
    router = plan.node(name).site
    wire = next(each for each in plan.wires_at(name) if other_end(each, name).node == router)
    return Switch(
        number=datapath_id(plan, name),
        name=name,
        uplink=port_number(plan, name, interface_at(wire, name)),
        mac=other_end(wire, name).mac,
    )

"""The backbone of a plan, as its controller knows it: against the plan's own wires."""

from __future__ import annotations

import pytest
from hypothesis import given

from controllers.topology import Topology, topology_of
from tests.unit.topologies.made_up_backbones import GIVEN, given_worlds
from tests.unit.topologies.made_up_plans import ARTICLE, MODEST, planned
from topologies.hosts import wan_switch
from topologies.plan import Plan, Wire
from topologies.world import World

from .made_up_topologies import ring

PLAN = planned(ARTICLE)


def _ports(plan: Plan, switch: str) -> list[Wire]:
    """Return the wires at a switch in the plan's order: a port's number is its place here, from 1."""
    return [wire for wire in plan.wires if switch in (wire.a.node, wire.b.node)]


def _check(plan: Plan) -> Topology:
    made = topology_of(plan)
    names = [node.name for node in plan.nodes if node.kind == "switch"]
    assert [(each.number, each.name) for each in made.switches] == [*enumerate(names, start=1)]
    for each in made.switches:
        uplink = _ports(plan, each.name)[each.uplink - 1]
        (router,) = (end for end in (uplink.a, uplink.b) if end.node != each.name)
        assert (plan.node(router.node).kind, each.mac) == ("router", router.mac)
        assert router.node == plan.node(each.name).site
    wires = [wire for wire in plan.wires if wire.a.node in names and wire.b.node in names]
    assert [each.number for each in made.trunks] == [*range(1, len(wires) + 1)]
    for trunk, wire in zip(made.trunks, wires, strict=True):
        assert (made.switch(trunk.a).name, made.switch(trunk.b).name) == (wire.a.node, wire.b.node)
        assert _ports(plan, wire.a.node)[trunk.a_port - 1] == wire
        assert _ports(plan, wire.b.node)[trunk.b_port - 1] == wire
        assert trunk.rtt_ns == round(wire.delay_ms * 1_000_000)
        assert trunk.rate_mbit == wire.there.rate_mbit
    return made


def test_numbers_ports_and_addresses_of_the_articles_world_are_those_of_its_plan() -> None:
    made = _check(PLAN)
    assert len(made.switches) == len(ARTICLE.datacenters)
    amsterdam = made.named(wan_switch("ams"))
    assert made.switch(amsterdam.number) == amsterdam


def test_rates_are_those_of_the_links_that_a_world_gives() -> None:
    made = _check(planned(GIVEN))
    assert {each.rate_mbit for each in made.trunks} == {50.0, None}


@MODEST
@given(given_worlds())
def test_so_it_is_in_any_world(world: World) -> None:
    _check(planned(world))


def test_a_trunk_is_found_at_both_its_ports_and_nothing_at_an_uplink() -> None:
    made = topology_of(PLAN)
    ports = {(t.a, t.a_port): t for t in made.trunks} | {(t.b, t.b_port): t for t in made.trunks}
    assert len(ports) == 2 * len(made.trunks)
    for (switch, port), trunk in ports.items():
        assert made.trunk_at(switch, port) == trunk == made.trunk(trunk.number)
        assert trunk.port_at(switch) == port
        assert trunk.other(trunk.other(switch)) == switch != trunk.other(switch)
    for each in made.switches:
        assert made.trunk_at(each.number, each.uplink) is None


def test_what_is_not_there_is_an_error() -> None:
    made = ring(3)
    for look in (lambda: made.switch(4), lambda: made.trunk(4), lambda: made.named("s4")):
        with pytest.raises((KeyError, StopIteration)):
            look()
    assert made.trunk_at(1, 9) is None

"""The backbone's flow tables, followed from switch to switch as a packet would be."""

from itertools import permutations

import pytest
from hypothesis import example, given

from controllers.flows import Flow, flow_tables
from topologies.paths import path
from topologies.plan import Plan, Wire, interface_at, other_end
from topologies.planning import border, wan_switch
from topologies.switching import datapath_id, port_number
from topologies.world import Datacenter, World

from ..topologies.made_up_plans import ARTICLE, MODEST, overridden, planned
from ..topologies.made_up_worlds import worlds

Tables = dict[int, tuple[Flow, ...]]


def _match(plan: Plan, tables: Tables, switch: str, target: Datacenter) -> Flow:
    (flow,) = (f for f in tables[datapath_id(plan, switch)] if f.destination == str(target.prefix))
    return flow


def _wire_at_port(plan: Plan, switch: str, number: int) -> Wire:
    (wire,) = (
        wire
        for wire in plan.wires_at(switch)
        if port_number(plan, switch, interface_at(wire, switch)) == number
    )
    return wire


def _follow(plan: Plan, tables: Tables, source: Datacenter, target: Datacenter) -> list[Wire]:
    """Return the wires that a packet crosses from the source's switch to whoever is no switch."""
    here = wan_switch(source.name)
    way: list[Wire] = []
    while plan.node(here).kind == "switch":
        assert len(way) <= len(plan.nodes), "the flows lead in a circle"
        way.append(_wire_at_port(plan, here, _match(plan, tables, here, target).out_port))
        here = other_end(way[-1], here).node
    assert here == border(target.name)
    return way


def _pairs(world: World) -> list[tuple[Datacenter, Datacenter]]:
    return [(a, b) for a, b in permutations(world.datacenters, 2) if a.cloud == b.cloud]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_flows_lead_from_every_datacenter_to_every_other_of_its_cloud_by_the_planned_way(
    world: World,
) -> None:
    plan = planned(world)
    tables = flow_tables(plan)
    for source, target in _pairs(world):
        way = _follow(plan, tables, source, target)
        planned_way = path(plan, border(source.name), border(target.name))
        assert way == list(planned_way[1:])


@MODEST
@given(worlds())
@example(ARTICLE)
def test_a_flows_cookie_names_the_switch_behind_which_its_destination_lies(world: World) -> None:
    plan = planned(world)
    number = {str(each.prefix): datapath_id(plan, wan_switch(each.name)) for each in world.datacenters}
    for flows in flow_tables(plan).values():
        assert [flow.cookie for flow in flows] == [number[flow.destination] for flow in flows]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_a_switch_has_a_table_with_its_own_clouds_destinations_once_each(world: World) -> None:
    plan = planned(world)
    tables = flow_tables(plan)
    assert len(tables) == len(world.datacenters)
    for each in world.datacenters:
        own = world.datacenters_of(each.cloud)
        expected = sorted(str(other.prefix) for other in own) if len(own) > 1 else []
        assert sorted(f.destination for f in tables[datapath_id(plan, wan_switch(each.name))]) == expected


def test_the_flows_of_a_small_backbone_are_these() -> None:
    plan = planned(ARTICLE)
    flows = flow_tables(plan)[datapath_id(plan, "bjs-wan")]
    # Port 1 is the border router's, port 2 leads to Shanghai; the switches are the tenth and the eleventh.
    assert flows == (
        Flow(destination="103.9.8.0/28", out_port=1, priority=100, cookie=10),
        Flow(destination="103.9.8.16/28", out_port=2, priority=100, cookie=11),
    )


@pytest.mark.parametrize("rtt_ms, through", [(164.5, 0), (900, 1)])
def test_flows_follow_the_times_of_the_world(rtt_ms: float, through: int) -> None:
    world = overridden("ams", "jnb", rtt_ms)
    plan = planned(world)
    way = _follow(plan, flow_tables(plan), world.datacenter("ams"), world.datacenter("jnb"))
    trunks = len(way) - 1
    assert trunks == 1 + through

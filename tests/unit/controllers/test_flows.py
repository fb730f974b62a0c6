"""The backbone's flow tables, followed from switch to switch as a packet would be."""

from itertools import permutations

import pytest
from hypothesis import example, given

from controllers.flows import Flow, flow_tables
from topologies.hosts import border, wan_switch
from topologies.paths import path
from topologies.plan import Plan, Wire, interface_at, other_end
from topologies.planning import plan_network
from topologies.selection import select
from topologies.switching import datapath_id, port_number
from topologies.world import Datacenter, World

from ..topologies.made_up_plans import ARTICLE, MODEST, overridden, planned
from ..topologies.made_up_worlds import worlds

Tables = dict[int, tuple[Flow, ...]]


def _prefixes(datacenter: Datacenter) -> list[str]:
    """Return what a datacenter announces where everything is built."""
    prefixes = (datacenter.prefix, datacenter.exchange, datacenter.sharepoint)
    return [str(prefix) for prefix in prefixes if prefix is not None]


def _match(plan: Plan, tables: Tables, switch: str, prefix: str) -> Flow:
    (flow,) = (f for f in tables[datapath_id(plan, switch)] if f.destination == prefix)
    return flow


def _wire_at_port(plan: Plan, switch: str, number: int) -> Wire:
    (wire,) = (
        wire
        for wire in plan.wires_at(switch)
        if port_number(plan, switch, interface_at(wire, switch)) == number
    )
    return wire


def _follow(
    plan: Plan, tables: Tables, source: Datacenter, target: Datacenter, prefix: str | None = None
) -> list[Wire]:
    """Return the wires that a packet crosses from the source's switch to whoever is no switch."""
    prefix = prefix or str(target.prefix)
    here = wan_switch(source.name)
    way: list[Wire] = []
    while plan.node(here).kind == "switch":
        assert len(way) <= len(plan.nodes), "the flows lead in a circle"
        way.append(_wire_at_port(plan, here, _match(plan, tables, here, prefix).out_port))
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
        planned_way = list(path(plan, border(source.name), border(target.name))[1:])
        for prefix in _prefixes(target):
            assert _follow(plan, tables, source, target, prefix) == planned_way


@MODEST
@given(worlds())
@example(ARTICLE)
def test_a_flows_cookie_names_the_switch_behind_which_its_destination_lies(world: World) -> None:
    plan = planned(world)
    number = {
        prefix: datapath_id(plan, wan_switch(each.name))
        for each in world.datacenters
        for prefix in _prefixes(each)
    }
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
        expected = sorted(prefix for other in own for prefix in _prefixes(other)) if len(own) > 1 else []
        assert sorted(f.destination for f in tables[datapath_id(plan, wan_switch(each.name))]) == expected


def test_the_flows_of_a_small_backbone_are_these() -> None:
    plan = planned(ARTICLE)
    flows = flow_tables(plan)[datapath_id(plan, "bjs-wan")]
    # Port 1 is the border router's, port 2 leads to Shanghai; the switches are the tenth and the eleventh.
    beijing = ["103.9.8.0/28", "42.159.38.0/29", "42.159.40.0/29"]
    shanghai = ["103.9.8.16/28", "42.159.163.128/29", "42.159.166.0/29"]
    assert flows == tuple(
        Flow(destination=prefix, out_port=port, priority=100, cookie=cookie)
        for prefixes, port, cookie in ((beijing, 1, 10), (shanghai, 2, 11))
        for prefix in prefixes
    )


def test_only_the_prefixes_of_what_is_built_have_flows() -> None:
    selection = select(ARTICLE, clients=("resident",), clouds=("21vianet",), services=("portal",))
    plan = plan_network(ARTICLE, selection)
    flows = flow_tables(plan)[datapath_id(plan, "bjs-wan")]
    assert [flow.destination for flow in flows] == ["103.9.8.0/28", "103.9.8.16/28"]


@pytest.mark.parametrize("rtt_ms, through", [(164.5, 0), (900, 1)])
def test_flows_follow_the_times_of_the_world(rtt_ms: float, through: int) -> None:
    world = overridden("ams", "jnb", rtt_ms)
    plan = planned(world)
    way = _follow(plan, flow_tables(plan), world.datacenter("ams"), world.datacenter("jnb"))
    trunks = len(way) - 1
    assert trunks == 1 + through

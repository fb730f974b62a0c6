"""The words that make the WAN switches; only they are tried here, Open vSwitch needs a machine."""

from hypothesis import example, given

from topologies.plan import interface_at
from topologies.switching import _bridge, datapath_id, port_number
from topologies.world import World

from .made_up_plans import ARTICLE, MODEST, planned
from .made_up_worlds import worlds


@MODEST
@given(worlds())
@example(ARTICLE)
def test_switches_and_their_ports_are_numbered_from_one(world: World) -> None:
    plan = planned(world)
    switches = [node.name for node in plan.of_kind("switch")]
    assert [datapath_id(plan, name) for name in switches] == list(range(1, len(switches) + 1))
    for name in switches:
        ports = [interface_at(wire, name) for wire in plan.wires_at(name)]
        assert [port_number(plan, name, port) for port in ports] == list(range(1, len(ports) + 1))


def test_a_switch_is_made_with_its_number_and_forwards_nothing_by_itself() -> None:
    plan = planned(ARTICLE)
    words = _bridge(plan, plan.node("mwh-wan"), 0x1F)
    text = " ".join(words)
    assert text.startswith("-- add-br mwh-wan -- set bridge mwh-wan protocols=OpenFlow13 fail_mode=secure")
    assert "other-config:datapath-id=000000000000001f" in words
    assert text.endswith("-- set-controller mwh-wan tcp:127.0.0.1:6653")


def test_every_port_is_added_with_the_number_that_flows_use_and_keeps_its_queue() -> None:
    plan = planned(ARTICLE)
    text = " ".join(_bridge(plan, plan.node("bjs-wan"), 10))
    assert text.count("add-port") == 2
    for number, port in enumerate(("bjs-br", "bjs-sha"), start=1):
        assert port_number(plan, "bjs-wan", port) == number
        assert f"-- add-port bjs-wan {port} -- set interface {port} ofport_request={number}" in text
        assert f"-- set port {port} qos=@leave" in text

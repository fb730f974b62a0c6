"""Flow tables as text and in words: what a switch's own tools print, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers import tags
from controllers.control import Control, EdgeRule, TunnelPath
from controllers.openflow import (
    TAG_PRESENT,
    TAGGED,
    Action,
    AnyPort,
    Bucket,
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
from controllers.shown import flow_text, group_text, in_order
from controllers.tables import Told, tables
from controllers.topology import Topology
from controllers.words import Words

from .made_up_topologies import ring, topologies

MAC = "02:00:00:00:00:11"

# What ovs-ofctl 3.1.0 prints of each flow and group that was added to it (-O OpenFlow13), without counters.
FLOWS = [
    (
        Flow(2, 100, 0x100420007, Match(tag=1042, mac=MAC), (AnyPort(), Retag(1999), ToGroup(10007))),
        "cookie=0x100420007, table=2, priority=100,dl_vlan=1042,dl_dst=02:00:00:00:00:11"
        " actions=load:0->NXM_OF_IN_PORT[],set_field:6095->vlan_vid,group:10007",
    ),
    (
        Flow(2, 200, 0x7, Match(tag=TAGGED, mac=MAC), (Untag(), Output(5))),
        "cookie=0x7, table=2, priority=200,vlan_tci=0x1000/0x1000,dl_dst=02:00:00:00:00:11"
        " actions=pop_vlan,output:5",
    ),
    (
        Flow(0, 200, 0x0, Match(in_port=3, mac=MAC, dscp=46), (Queue(1), ToGroup(15000)), meter=15000),
        "cookie=0x0, table=0, priority=200,ip,in_port=3,dl_dst=02:00:00:00:00:11,nw_tos=184"
        " actions=meter:15000,set_queue:1,group:15000",
    ),
    (
        Flow(0, 100, 0x100000000, Match(in_port=3), (Tag(1000),), goto=1),
        "cookie=0x100000000, table=0, priority=100,in_port=3"
        " actions=push_vlan:0x8100,set_field:5096->vlan_vid,goto_table:1",
    ),
    (Flow(1, 10, 0x0, Match(), goto=2), "cookie=0x0, table=1, priority=10 actions=goto_table:2"),
]
GROUPS = [
    (
        Group(10007, "failover", (Bucket((Output(2),), 2), Bucket((Retag(1999), Output(3)), 3))),
        "group_id=10007,type=ff,bucket=watch_port:2,actions=output:2"
        ",bucket=watch_port:3,actions=set_field:6095->vlan_vid,output:3",
    ),
    (
        Group(15000, "select", (Bucket((Output(2),), 2, 3), Bucket((Output(3),), 3, 1))),
        "group_id=15000,type=select,bucket=weight:3,watch_port:2,actions=output:2"
        ",bucket=watch_port:3,actions=output:3",
    ),
]


@pytest.mark.parametrize("flow, text", FLOWS, ids=[text for _, text in FLOWS])
def test_a_flow_reads_as_a_switch_prints_it(flow: Flow, text: str) -> None:
    assert flow_text(flow) == text


@pytest.mark.parametrize("group, text", GROUPS, ids=[text for _, text in GROUPS])
def test_a_group_reads_as_a_switch_prints_it(group: Group, text: str) -> None:
    assert group_text(group) == text


# What is printed is all there is: reading it gives the same values again.


NUMBERED: dict[str, Callable[[int], Action]] = {"output": Output, "group": ToGroup, "set_queue": Queue}
PLAIN: dict[str, Action] = {"pop_vlan": Untag(), "load": AnyPort()}


def _action(text: str) -> Action:
    name, _, value = text.partition(":")
    if name == "set_field":
        return Retag(int(value.removesuffix("->vlan_vid")) - TAG_PRESENT)
    return NUMBERED[name](int(value)) if name in NUMBERED else PLAIN[name]


def _actions(text: str) -> tuple[Action, ...]:
    pushed = re.sub(r"push_vlan:0x8100,set_field:(\d+)->vlan_vid", r"tag:\1", text)
    words = [word for word in pushed.split(",") if not word.startswith(("goto_table:", "meter:"))]
    return tuple(
        Tag(int(word[4:]) - TAG_PRESENT) if word.startswith("tag:") else _action(word)
        for word in words
        if word
    )


def _flow(text: str) -> Flow:
    head, _, actions = text.partition(" actions=")
    said = dict(re.findall(r"(\w+)=([^ ,]+)", head))
    tag = said.get("dl_vlan", TAGGED if "vlan_tci" in said else None)
    match = Match(
        in_port=int(said["in_port"]) if "in_port" in said else None,
        tag=None if tag is None else int(tag),
        mac=said.get("dl_dst"),
        dscp=int(said["nw_tos"]) >> 2 if "nw_tos" in said else None,
    )
    numbers = {name: int(number) for name, number in re.findall(r"(goto_table|meter):(\d+)", actions)}
    flow = Flow(int(said["table"]), int(said["priority"]), int(said["cookie"], 16), match, _actions(actions))
    return replace(flow, goto=numbers.get("goto_table"), meter=numbers.get("meter"))


def _group(text: str) -> Group:
    head, *buckets = text.split(",bucket=")
    number, kind = re.findall(r"group_id=(\d+),type=(\w+)", head)[0]
    found = []
    for bucket in buckets:
        weight, port, actions = re.findall(r"(?:weight:(\d+),)?watch_port:(\d+),actions=(.+)", bucket)[0]
        usual = 0 if kind == "ff" else 1
        found.append(Bucket(_actions(actions), int(port), int(weight or usual)))
    return Group(int(number), "failover" if kind == "ff" else "select", tuple(found))


def _engineered(topology: Topology) -> Control:
    """Return the control of a backbone with classes, and one tunnel over each trunk."""
    rules = (
        EdgeRule(
            source=trunk.a,
            target=trunk.b,
            dscp=46,
            rate_kbps=1000,
            tunnels=(
                TunnelPath(trunks=(trunk.number,), weight=3),
                TunnelPath(trunks=(trunk.number,), weight=1),
            ),
        )
        for trunk in topology.trunks
    )
    return Control(topology=topology, queues=((46, 0), (10, 2)), edges=tuple(rules))


def _told(topology: Topology, version: int) -> list[tuple[Words, Told]]:
    told = tables(_engineered(topology), version)
    return [(Words(topology, switch), told[switch.number]) for switch in topology.switches]


@settings(deadline=None, max_examples=40)
@given(topologies(connected=False), st.sampled_from(tags.VERSIONS))
def test_what_is_printed_is_all_that_a_switch_is_told(topology: Topology, version: int) -> None:
    for _, told in _told(topology, version):
        flows = in_order(told.whole.flows)
        assert [_flow(flow_text(flow)) for flow in flows] == flows
        assert frozenset(flows) == told.whole.flows
        assert [_group(group_text(group)) for group in told.groups] == told.groups


@settings(deadline=None, max_examples=40)
@given(topologies(connected=False), st.sampled_from(tags.VERSIONS))
def test_words_name_the_destination_the_cut_and_the_trunk(topology: Topology, version: int) -> None:
    names = {switch.mac: switch.name for switch in topology.switches}
    around = {tags.around(version, each.number): each for each in topology.trunks}
    for words, told in _told(topology, version):
        for flow in told.whole.flows:
            said = words.flow(flow)
            if flow.match.mac is not None:
                assert f"to {names[flow.match.mac]}" in said
            if (trunk := around.get(flow.match.tag or 0)) is not None:
                ends = f"(s{trunk.a} - s{trunk.b})"
                assert f"version {version}, around trunk {trunk.number} {ends}" in said
            for out in (each for each in flow.actions if isinstance(each, Output)):
                left_by = topology.trunk_at(words.switch.number, out.port)
                assert ("out to the site" if left_by is None else f"(trunk {left_by.number})") in said


def test_flows_stand_by_table_and_priority_and_then_by_destination() -> None:
    (_, told), *_ = _told(ring(5), 1)
    places = [(flow.table, -flow.priority) for flow in in_order(told.whole.flows)]
    assert places == sorted(places)
    usual = [flow.match.mac for flow in in_order(told.inner) if flow.match.mac]
    assert usual == sorted(usual)


# Switch 1 of a ring of five: trunk n leads from switch n to the next one.
SAID = {
    "from the site: becomes version 1, on its shortest way",
    "from s2 (trunk 1): as it is",
    "from s5 (trunk 5): as it is",
    "the rest: as it is",
    "to s1; with any tag: tag off, out to the site",
    "to s2; version 1, on its shortest way: group 10002",
    "to s2; version 1, past the cut: out to s2 (trunk 1)",
    "to s3; version 1, around trunk 2 (s2 - s3): becomes version 1, past the cut, out to s5 (trunk 5)",
    "to s4; version 1, around trunk 4 (s4 - s5): becomes version 1, past the cut, out to s2 (trunk 1)",
}


def test_a_switch_of_a_ring_in_words() -> None:
    topology = ring(5)
    switch = topology.switch(1)
    told, words = tables(Control(topology=topology), 1)[1], Words(topology, switch)
    said = {words.flow(flow) for flow in told.whole.flows}
    assert said >= SAID
    groups = {group.number: words.group(group) for group in told.groups}
    assert groups[10002] == (
        "to s2: out to s2 (trunk 1); if that is cut,"
        " becomes version 1, around trunk 1 (s1 - s2), out to s5 (trunk 5)"
    )


def test_classes_and_tunnels_in_words() -> None:
    (words, told), *_ = _told(ring(3), 2)
    said = {words.flow(flow) for flow in told.whole.flows}
    assert {"DSCP 46: queue 0", "DSCP 10: queue 2", "the rest: as it is"} <= said
    assert "from the site; to s2; DSCP 46: queue 0, group 25000" in said
    (selection, *_) = [words.group(group) for group in told.groups if group.kind == "select"]
    assert selection == (
        "weight 3: becomes version 2, in tunnel 1, out to s2 (trunk 1);"
        " weight 1: becomes version 2, in tunnel 2, out to s2 (trunk 1)"
    )

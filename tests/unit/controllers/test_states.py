"""Questions about what a switch has been told."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.control import Control
from controllers.openflow import Flow, Group, Match, Meter, Output, State
from controllers.states import entered, obsolete, of_other_versions, of_version, versions, with_more
from controllers.tables import tables

from .fake_switch import FakeSwitch, in_order
from .made_up_topologies import ring

EDGE_1 = Flow(0, 100, 0x1_0000_0000, Match(in_port=3), goto=1)
EDGE_2 = Flow(0, 200, 0x2_0000_0003, Match(in_port=3, dscp=8), meter=25000)
PATH_2 = Flow(2, 100, 0x2_0000_0003, Match(tag=2000, mac="3"))
PATH_3 = Flow(2, 100, 0x3_0000_0003, Match(tag=3000, mac="3"))
ALWAYS = Flow(1, 10, 0, Match(), goto=2)
ARRIVAL = Flow(0, 10, 0, Match(in_port=1), goto=1)
GROUPS = frozenset(Group(number, "failover", ()) for number in (10003, 20003, 30003))
METERS = frozenset({Meter(25000, 1, 1)})
ALL = State(frozenset({EDGE_1, EDGE_2, PATH_2, PATH_3, ALWAYS, ARRIVAL}), GROUPS, METERS)

FLOWS = st.frozensets(
    st.builds(
        Flow,
        st.sampled_from([0, 2]),
        st.sampled_from([10, 100]),
        st.sampled_from([0, 0x1_0000_0000, 0x2_0000_0000]),
        st.sampled_from([Match(), Match(tag=1000)]),
        st.sampled_from([(), (Output(1),)]),
    ),
    max_size=6,
)


def test_versions_are_those_of_flows_and_entered_are_those_of_the_edge() -> None:
    assert versions(ALL) == {1, 2, 3}
    assert entered(ALL) == {1, 2}
    assert versions(State()) == entered(State()) == set()


def test_obsolete_is_what_is_not_wanted_at_the_edge_or_in_all_versions() -> None:
    assert obsolete(ALL, State()) == State(frozenset({EDGE_1, EDGE_2, ALWAYS, ARRIVAL}))
    assert obsolete(ALL, State(frozenset({EDGE_2, ALWAYS, ARRIVAL}))) == State(frozenset({EDGE_1}))
    assert not obsolete(ALL, ALL)
    assert not obsolete(State(), ALL)


def test_a_part_of_a_version_has_its_flows_groups_and_meters() -> None:
    two = State(frozenset({EDGE_2, PATH_2}), frozenset(g for g in GROUPS if g.number == 20003), METERS)
    assert of_version(ALL, 2) == two
    assert of_other_versions(ALL, {2}) == ALL - two
    assert of_other_versions(ALL, {1, 2, 3}) == State(frozenset({ALWAYS, ARRIVAL}))
    assert of_other_versions(ALL, ()) == ALL


@given(FLOWS, FLOWS)
def test_with_more_is_what_a_switch_has_that_is_told_more(
    one: frozenset[Flow], more: frozenset[Flow]
) -> None:
    switch = FakeSwitch()
    for part in in_order(State(one)):
        switch.add(part)
    had = switch.state
    for part in in_order(State(more)):
        switch.add(part)
    places = {(each.table, each.priority, each.match) for each in more}
    if len(places) == len(more):
        assert with_more(had, State(more)) == switch.state


@settings(deadline=None)
@given(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 3]), st.sets(st.integers(1, 4), max_size=2))
def test_what_is_lacking_and_then_added_is_there_for_groups_too(
    before: int, after: int, failed: set[int]
) -> None:
    control = Control(topology=ring(4))
    for number, told in tables(control, after, failed).items():
        there = tables(control, before)[number].whole
        both = with_more(there, told.whole - there)
        assert not told.whole - both
        assert len({each.number for each in both.groups}) == len(both.groups)

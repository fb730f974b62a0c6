"""Shortest ways over trunks, against networkx, which was written by others."""

from __future__ import annotations

import networkx
from hypothesis import given, settings

from controllers.topology import Topology
from tests.unit.controllers.made_up_topologies import line, ring, topologies, topology
from topologies.shortest import TIE_BITS, Graph, Tree, graph_of, tree_to, weight

PATIENT = settings(deadline=None, max_examples=100)


def _numbers(made: Topology) -> list[int]:
    return [each.number for each in made.switches]


def _graph(made: Topology, without: frozenset[int] = frozenset()) -> Graph:
    trunks = ((each.number, each.a, each.b, each.rtt_ns) for each in made.trunks)
    return graph_of(_numbers(made), trunks, without)


def _theirs(made: Topology) -> networkx.MultiGraph[int]:
    graph: networkx.MultiGraph[int] = networkx.MultiGraph()
    graph.add_nodes_from(_numbers(made))
    for each in made.trunks:
        graph.add_edge(each.a, each.b, weight=weight(each.rtt_ns, each.number))
    return graph


def _trees(made: Topology) -> dict[int, Tree]:
    graph = _graph(made)
    return {number: tree_to(graph, number) for number in _numbers(made)}


@PATIENT
@given(topologies(connected=False, parallel=True))
def test_ways_are_as_long_as_those_of_networkx_and_what_has_no_way_is_absent(made: Topology) -> None:
    theirs = _theirs(made)
    for target, tree in _trees(made).items():
        assert tree.weight == networkx.single_source_dijkstra_path_length(theirs, target)
        reached = tree.weight.keys()
        assert tree.trunk.keys() == tree.to.keys() == reached - {target}


@PATIENT
@given(topologies(connected=False, parallel=True))
def test_a_way_leads_over_joined_trunks_to_the_target_and_its_weights_add_up(made: Topology) -> None:
    for target, tree in _trees(made).items():
        for switch in tree.weight:
            here, total = switch, 0
            for trunk in map(made.trunk, tree.way(switch)):
                assert here in (trunk.a, trunk.b)
                assert tree.to[here] == trunk.other(here)
                here = trunk.other(here)
                total += weight(trunk.rtt_ns, trunk.number)
            assert (here, total) == (target, tree.weight[switch])


@PATIENT
@given(topologies(connected=False, parallel=True))
def test_there_and_back_are_the_same_way_also_where_several_are_equally_short(made: Topology) -> None:
    trees = _trees(made)
    for target, tree in trees.items():
        for switch in tree.weight:
            assert tree.way(switch) == trees[switch].way(target)[::-1]


@PATIENT
@given(topologies(connected=False, parallel=True))
def test_switches_are_settled_from_the_nearest_each_after_the_next_one_on_its_way(made: Topology) -> None:
    for target, tree in _trees(made).items():
        assert tree.settled[0] == target
        assert sorted(tree.settled) == sorted(tree.weight)
        assert [tree.weight[each] for each in tree.settled] == sorted(tree.weight.values())
        place = {switch: number for number, switch in enumerate(tree.settled)}
        assert all(place[tree.to[switch]] < place[switch] for switch in tree.to)


@PATIENT
@given(topologies(parallel=True))
def test_no_other_order_of_the_trunks_changes_a_way(made: Topology) -> None:
    backwards = made.model_copy(update={"trunks": made.trunks[::-1], "switches": made.switches[::-1]})
    for target, tree in _trees(made).items():
        assert tree_to(_graph(backwards), target).trunk == tree.trunk


def test_of_two_parallel_trunks_the_shorter_one_is_taken_and_of_two_equal_ones_always_the_same() -> None:
    two = topology([(1, 2, 5.0), (1, 2, 3.0)])
    assert [_trees(two)[target].way(3 - target) for target in (1, 2)] == [[2], [2]]
    equal = topology([(1, 2, 3.0), (1, 2, 3.0)])
    one_way, back = (_trees(equal)[target].way(3 - target) for target in (1, 2))
    assert one_way == back


def test_a_trunk_that_is_left_out_is_not_used() -> None:
    tree = tree_to(_graph(ring(5), frozenset({1})), 1)
    assert tree.way(2) == [2, 3, 4, 5]
    alone = tree_to(_graph(line(3), frozenset({2})), 1)
    assert sorted(alone.weight) == [1, 2]


def test_a_round_trip_is_in_a_weight_to_the_nanosecond_whatever_is_below() -> None:
    assert {weight(7, number) >> TIE_BITS for number in range(5000)} == {7}
    # What is below adds up to less than one nanosecond on every way of 256 trunks.
    assert max(weight(0, number) for number in range(5000)) << 8 < 1 << TIE_BITS


def test_no_two_trunks_of_a_backbone_weigh_the_same() -> None:
    assert len({weight(1, number) for number in range(1, 500)}) == 499

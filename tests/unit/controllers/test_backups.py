"""What leads around the trunk on a switch's way, against networkx's ways in a backbone without that trunk."""

from __future__ import annotations

from typing import Any

import networkx
from hypothesis import given, settings

from controllers.backups import Swap, detour, down, swaps
from controllers.topology import Topology
from topologies.shortest import Graph, graph_of, tree_to

from .made_up_topologies import grid, line, planet, ring, topologies, topology
from .ways import graph, length, shortest, switches_on

PATIENT = settings(deadline=None, max_examples=80)


def _graph(made: Topology) -> Graph:
    trunks = ((each.number, each.a, each.b, each.rtt_ns) for each in made.trunks)
    return graph_of((each.number for each in made.switches), trunks)


def _check(made: Topology) -> None:
    """Look at every switch's detour to every target."""
    ours = _graph(made)
    for target in (each.number for each in made.switches):
        tree = tree_to(ours, target)
        found = swaps(ours, tree)
        for switch in tree.settled[1:]:
            best = shortest(made, switch, target, without=[tree.trunk[switch]])
            assert (switch in found) == (best is not None)
            if best is not None:
                trunks = detour(tree, switch, found[switch])
                passed = switches_on(made, switch, trunks)
                assert tree.trunk[switch] not in trunks
                assert passed[-1] == target
                assert len(set(passed)) == len(passed)
                assert length(made, trunks) == best
        assert found.keys() <= set(tree.settled[1:])


@PATIENT
@given(topologies(connected=False, parallel=True))
def test_a_detour_avoids_the_cut_repeats_no_switch_and_is_the_shortest_there_is(made: Topology) -> None:
    _check(made)


def test_so_it_is_in_regular_shapes_where_many_ways_are_equally_short() -> None:
    for made in (ring(3), ring(8), line(5), grid(4, 4), planet(30, 60)):
        _check(made)


@PATIENT
@given(topologies(connected=False, parallel=True))
def test_a_switch_has_no_swap_exactly_where_its_trunk_is_a_bridge(made: Topology) -> None:
    ours, theirs = _graph(made), graph(made)
    joined: Any = networkx.bridges(networkx.Graph(theirs))
    bridges = {frozenset((a, b)) for a, b in joined if theirs.number_of_edges(a, b) == 1}
    for target in (each.number for each in made.switches):
        tree = tree_to(ours, target)
        without = set(tree.to) - set(swaps(ours, tree))
        assert without == {each for each, to in tree.to.items() if frozenset((each, to)) in bridges}


@PATIENT
@given(topologies(parallel=True))
def test_a_swap_leads_from_below_the_cut_to_beyond_it(made: Topology) -> None:
    ours = _graph(made)
    for target in (each.number for each in made.switches):
        tree = tree_to(ours, target)
        for switch, swap in swaps(ours, tree).items():
            below = {each for each in tree.settled if switch in switches_on(made, each, tree.way(each))}
            assert swap.inside in below and swap.outside not in below
            assert {swap.inside, swap.outside} == {made.trunk(swap.trunk).a, made.trunk(swap.trunk).b}


def test_in_a_ring_the_detour_goes_back_where_the_packet_came_from() -> None:
    made = ring(5)
    tree = tree_to(_graph(made), 1)
    found = swaps(_graph(made), tree)
    assert tree.way(3) == [2, 1]
    assert found[2] == Swap(trunk=3, inside=3, outside=4)
    assert detour(tree, 2, found[2]) == [2, 3, 4, 5]
    assert down(tree, 2, 3) == [2, 3]


def test_a_parallel_trunk_is_a_detour_of_its_own() -> None:
    made = topology([(1, 2, 1.0), (1, 2, 9.0)])
    tree = tree_to(_graph(made), 1)
    assert swaps(_graph(made), tree) == {2: Swap(trunk=2, inside=2, outside=1)}

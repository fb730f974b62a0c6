"""Candidate paths: held against every path there is, and the same ones always."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.topology import Topology
from controllers.tunnels import Tunnel, tunnels
from topologies.shortest import weight

from ..topologies.made_up_plans import PATIENT
from .made_up_topologies import grid, line, planet, ring, topologies, topology


def _between(made: Topology, source: int, target: int, k: int) -> tuple[Tunnel, ...]:
    return tunnels(made, [(source, target)], k)[source, target]


def _every_way(made: Topology, source: int, target: int) -> list[tuple[int, ...]]:
    """Return the trunks of every path without a loop, the shortest first, found by looking at all."""
    found: list[tuple[int, ...]] = []

    def look(here: int, passed: tuple[int, ...], way: tuple[int, ...]) -> None:
        if here == target:
            found.append(way)
            return
        for each in made.trunks:
            if here in (each.a, each.b) and each.other(here) not in passed:
                look(each.other(here), (*passed, here), (*way, each.number))

    look(source, (), ())
    cost = {each.number: weight(each.rtt_ns, each.number) for each in made.trunks}
    return sorted(found, key=lambda way: sum(cost[trunk] for trunk in way))


@PATIENT
@given(topologies(max_switches=6, connected=False, parallel=True), st.integers(1, 40))
def test_tunnels_are_the_first_of_all_paths_by_round_trip(made: Topology, k: int) -> None:
    for target in (2, len(made.switches)):
        expected = _every_way(made, 1, target)[:k]
        assert [each.trunks for each in _between(made, 1, target, k)] == expected


@PATIENT
@given(topologies(connected=False, parallel=True), st.integers(1, 8))
def test_a_tunnel_leads_from_source_to_target_and_passes_no_switch_twice(made: Topology, k: int) -> None:
    source, target = 1, len(made.switches)
    found = _between(made, source, target, k)
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    for each in found:
        assert (each.switches[0], each.switches[-1]) == (source, target)
        assert len(set(each.switches)) == len(each.switches)
        ends = [{made.trunk(trunk).a, made.trunk(trunk).b} for trunk in each.trunks]
        assert ends == [{here, there} for here, there in pairwise(each.switches)]


@PATIENT
@given(topologies(parallel=True), st.integers(1, 8), st.randoms(use_true_random=False))
def test_tunnels_do_not_depend_on_the_order_in_which_trunks_are_listed(
    made: Topology, k: int, random: Random
) -> None:
    shuffled = list(made.trunks)
    random.shuffle(shuffled)
    other = Topology(switches=made.switches[::-1], trunks=tuple(shuffled))
    assert _between(other, 1, 2, k) == _between(made, 1, 2, k)


@PATIENT
@given(topologies(parallel=True), st.integers(1, 8))
def test_the_tunnels_back_are_the_same(made: Topology, k: int) -> None:
    back = [(each.switches[::-1], each.trunks[::-1]) for each in _between(made, 2, 1, k)]
    assert [(each.switches, each.trunks) for each in _between(made, 1, 2, k)] == back


def test_a_ring_has_two_ways_round() -> None:
    assert _between(ring(5), 1, 3, 9) == (
        Tunnel(number=1, switches=(1, 2, 3), trunks=(1, 2)),
        Tunnel(number=2, switches=(1, 5, 4, 3), trunks=(5, 4, 3)),
    )


def test_a_line_has_one_way_and_two_parts_have_none() -> None:
    assert [each.switches for each in _between(line(4), 4, 1, 9)] == [(4, 3, 2, 1)]
    assert _between(topology([(1, 2, 1.0), (3, 4, 1.0)]), 1, 3, 9) == ()
    assert _between(topology([(1, 2, 1.0)], switches=[3]), 3, 1, 9) == ()


def test_the_shortest_tunnel_has_the_lowest_round_trip_not_the_fewest_trunks() -> None:
    made = topology([(1, 2, 9.0), (1, 3, 4.0), (3, 2, 4.0)])
    assert [each.trunks for each in _between(made, 1, 2, 2)] == [(2, 3), (1,)]


def test_trunks_between_the_same_two_switches_are_tunnels_of_their_own() -> None:
    made = topology([(1, 2, 2.0), (1, 2, 1.0), (2, 3, 1.0)])
    assert [each.trunks for each in _between(made, 1, 3, 9)] == [(2, 3), (1, 3)]


def test_a_grid_has_as_many_shortest_ways_as_its_steps_can_be_ordered() -> None:
    found = _between(grid(3, 3), 1, 9, 9)
    assert [len(each.trunks) for each in found] == [4] * 6 + [6] * 3


def test_each_pair_has_its_tunnels_whatever_others_there_are() -> None:
    made = planet(12, 24)
    pairs = [(a, b) for a in range(1, 13) for b in range(1, 13) if a != b]
    together = tunnels(made, pairs, 4)
    assert list(together) == pairs
    assert together == {pair: _between(made, *pair, 4) for pair in pairs}
    assert tunnels(made, [], 4) == {}


def test_tunnels_to_nowhere_to_itself_or_none_at_all_are_refused() -> None:
    for pair in ((1, 9), (9, 1)):
        with pytest.raises(KeyError):
            tunnels(ring(3), [pair], 2)
    with pytest.raises(ValueError, match="from switch 2 to itself"):
        tunnels(ring(3), [(1, 2), (2, 2)], 2)
    for k in (0, -1):
        with pytest.raises(ValueError, match="right would be 1 or more"):
            tunnels(ring(3), [(1, 2)], k)

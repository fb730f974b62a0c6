"""All ways of a backbone, also without trunks that have failed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.routes import all_routes
from controllers.topology import Topology

from .made_up_topologies import line, ring, topologies
from .ways import length, shortest, switches_on

PATIENT = settings(deadline=None, max_examples=100)


@PATIENT
@given(topologies(connected=False, parallel=True), st.data())
def test_every_way_and_every_detour_is_the_shortest_without_what_has_failed(
    made: Topology, data: st.DataObject
) -> None:
    numbers = [each.number for each in made.trunks]
    failed = data.draw(st.sets(st.sampled_from(numbers), max_size=3)) if numbers else set()
    found = all_routes(made, failed)
    assert found.keys() == {each.number for each in made.switches}
    for target, routes in found.items():
        for switch in (each.number for each in made.switches):
            best = shortest(made, switch, target, failed)
            assert (switch in routes.tree.weight) == (best is not None)
            if best is None or switch == target:
                assert routes.detour(switch) is None
                continue
            way = routes.tree.way(switch)
            assert not failed & set(way)
            assert length(made, way) == best
            around = routes.detour(switch)
            assert shortest(made, switch, target, {*failed, way[0]}) == (
                None if around is None else length(made, around)
            )
            assert around is None or not {*failed, way[0]} & set(around)


@PATIENT
@given(topologies(parallel=True))
def test_the_inner_part_of_a_detour_is_its_beginning_up_to_the_swap(made: Topology) -> None:
    for routes in all_routes(made).values():
        for switch, swap in routes.swaps.items():
            inner, around = routes.inner(switch), routes.detour(switch)
            assert around is not None
            passed = switches_on(made, switch, around)
            assert (inner[0], inner[-1]) == (switch, swap.inside)
            assert passed[: len(inner) + 1] == [*inner, swap.outside]


def test_in_a_ring_each_way_has_the_other_one_round_and_without_a_trunk_none() -> None:
    made = ring(4)
    assert all_routes(made)[1].detour(2) == [2, 3, 4]
    assert all_routes(made, failed={3})[1].detour(2) is None


def test_in_a_row_nothing_leads_around() -> None:
    assert [each.swaps for each in all_routes(line(4)).values()] == [{}] * 4

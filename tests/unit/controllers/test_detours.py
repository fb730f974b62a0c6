"""The way between two switches, and what leads around each trunk of it."""

from __future__ import annotations

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.detours import backbone_path
from controllers.topology import Topology
from topologies.errors import WorldError

from .made_up_topologies import line, ring, topologies, topology


def _graph(made: Topology, without: int | None = None) -> networkx.Graph[str]:
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_nodes_from(each.name for each in made.switches)
    for each in made.trunks:
        if each.number != without:
            ends = made.switch(each.a).name, made.switch(each.b).name
            graph.add_edge(*ends, rtt_ms=each.rtt_ns / 1_000_000)
    return graph


@settings(deadline=None, max_examples=100)
@given(topologies(), st.data())
def test_a_path_is_the_shortest_and_each_detour_the_shortest_without_its_trunk(
    made: Topology, data: st.DataObject
) -> None:
    ends = st.sampled_from([each.name for each in made.switches])
    source, target = data.draw(ends), data.draw(ends)
    path = backbone_path(made, source, target)
    assert path.rtt_ms == pytest.approx(
        networkx.dijkstra_path_length(_graph(made), source, target, weight="rtt_ms")
    )
    assert path.rtt_ms == pytest.approx(sum(each.rtt_ms for each in path.trunks))
    left_ms = path.rtt_ms
    for each in path.trunks:
        without = _graph(made, each.number)
        assert (each.if_cut is not None) == networkx.has_path(without, each.source, target)
        if each.if_cut is not None:
            best_ms = networkx.dijkstra_path_length(without, each.source, target, weight="rtt_ms")
            assert each.if_cut.rtt_ms == pytest.approx(best_ms)
            assert each.if_cut.longer_ms == pytest.approx(best_ms - left_ms)
            assert networkx.is_path(without, each.if_cut.switches)
            assert (each.if_cut.switches[0], each.if_cut.switches[-1]) == (each.source, target)
        left_ms -= each.rtt_ms


def test_a_ring_leads_around_from_where_the_cut_is_met() -> None:
    path = backbone_path(ring(5, rtt_ms=2.0), "s1", "s3")
    assert [(each.number, each.source, each.to) for each in path.trunks] == [(1, "s1", "s2"), (2, "s2", "s3")]
    first, second = (each.if_cut for each in path.trunks)
    assert first is not None and second is not None
    assert (first.switches, first.rtt_ms, first.longer_ms) == (("s1", "s5", "s4", "s3"), 6.0, 2.0)
    assert (second.switches, second.rtt_ms, second.longer_ms) == (("s2", "s1", "s5", "s4", "s3"), 8.0, 6.0)


def test_in_a_row_every_cut_parts_the_rest() -> None:
    assert [each.if_cut for each in backbone_path(line(4), "s1", "s4").trunks] == [None] * 3


def test_parts_that_nothing_joins_have_no_path() -> None:
    with pytest.raises(WorldError, match=r'^no backbone joins "s1" and "s3", as they belong to different'):
        backbone_path(topology([(1, 2, 1.0), (3, 4, 1.0)]), "s1", "s3")

"""What networkx, which was written by others, says of a made-up backbone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import networkx

from controllers.topology import Topology
from topologies.shortest import weight


def graph(made: Topology, without: Collection[int] = ()) -> networkx.MultiGraph[int]:
    """Return the backbone without some trunks; a trunk weighs what it weighs to us."""
    found: networkx.MultiGraph[int] = networkx.MultiGraph()
    found.add_nodes_from(each.number for each in made.switches)
    for each in made.trunks:
        if each.number not in without:
            found.add_edge(each.a, each.b, key=each.number, weight=weight(each.rtt_ns, each.number))
    return found


def length(made: Topology, trunks: Iterable[int]) -> int:
    """Return what trunks weigh together."""
    return sum(weight(made.trunk(each).rtt_ns, each) for each in trunks)


def switches_on(made: Topology, start: int, trunks: Iterable[int]) -> list[int]:
    """Return the switches that trunks lead to one after the other, from a first one."""
    passed = [start]
    for trunk in map(made.trunk, trunks):
        assert passed[-1] in (trunk.a, trunk.b)
        passed.append(trunk.other(passed[-1]))
    return passed


def shortest(made: Topology, source: int, target: int, without: Collection[int] = ()) -> int | None:
    """Return how long the shortest way is; None if there is none."""
    found = graph(made, without)
    if not networkx.has_path(found, source, target):
        return None
    return int(networkx.dijkstra_path_length(found, source, target))

"""The candidate paths between two switches: the k shortest that pass no switch twice.

Yen's algorithm ("Finding the K Shortest Loopless Paths in a Network", Management Science 17(11), 1971): each
next path leaves one that is known at some switch, over a trunk that no known path takes from there. It leaves
no earlier than that one left its own parent (Lawler, Management Science 18(7), 1972). The tree of shortest
ways says of every switch how far the target is at least, which keeps the search short (A*).

networkx has the same, for graphs without parallel trunks only, and takes five times as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from heapq import heappop, heappush

from controllers.topology import Topology
from topologies.base import Frozen
from topologies.shortest import Graph, Tree, graph_of, tree_to

Pair = tuple[int, int]  # source and target: numbers of switches
Way = tuple[tuple[int, int, int], ...]  # trunk, the switch behind it, the trunk's weight; from the source on


class Tunnel(Frozen):
    """A path from the first of `switches` to the last; `trunks` are those between them, one fewer.

    `number` counts the tunnels of its pair from 1, the shortest first: it does not change with other pairs.
    """

    number: int
    switches: tuple[int, ...]
    trunks: tuple[int, ...]


def tunnels(topology: Topology, pairs: Iterable[Pair], k: int) -> dict[Pair, tuple[Tunnel, ...]]:
    """Return up to k tunnels for each pair of switches, by round trip; none where there is no way.

    Of equally long paths the same ones come first always. Raises KeyError for a switch that there is not, and
    ValueError for a pair of one switch and for a k below 1.
    """
    if k < 1:
        raise ValueError(f"{k} tunnels for each pair; right would be 1 or more")
    trunks = ((each.number, each.a, each.b, each.rtt_ns) for each in topology.trunks)
    graph = graph_of((each.number for each in topology.switches), trunks)
    trees: dict[int, Tree] = {}
    found = {}
    for source, target in pairs:
        if source == target:
            raise ValueError(f"a tunnel from switch {source} to itself; right would be two switches")
        if target not in trees:
            trees[target] = tree_to(graph, topology.switch(target).number)
        ways = _shortest(graph, trees[target], topology.switch(source).number, k)
        found[source, target] = tuple(_tunnel(source, *each) for each in enumerate(ways, start=1))
    return found


def _tunnel(source: int, number: int, way: Way) -> Tunnel:
    trunks = tuple(trunk for trunk, _, _ in way)
    return Tunnel(number=number, switches=(source, *(switch for _, switch, _ in way)), trunks=trunks)


def _shortest(graph: Graph, tree: Tree, source: int, k: int) -> list[Way]:
    """Return up to k ways to the tree's target, the shortest first."""
    found: list[Way] = []
    first = _search(graph, tree, source, (), ()) if source in tree.weight else None
    waiting = [] if first is None else [(*first, 0)]
    while waiting and len(found) < k:
        _, way, left_at = heappop(waiting)
        found.append(way)
        for candidate in _branches(graph, tree, source, found, left_at):
            heappush(waiting, candidate)
    return found


def _branches(
    graph: Graph, tree: Tree, source: int, found: list[Way], left_at: int
) -> Iterator[tuple[int, Way, int]]:
    """Yield the ways that leave the last one found: weight, way, and after how many trunks it leaves."""
    last = found[-1]
    far, here, passed = 0, source, set[int]()
    for shared, (_, switch, weight) in enumerate(last):
        if shared >= left_at:
            taken = {way[shared][0] for way in found if way[:shared] == last[:shared]}
            rest = _search(graph, tree, here, passed, taken)
            if rest is not None:
                yield far + rest[0], last[:shared] + rest[1], shared
        passed.add(here)
        far, here = far + weight, switch


def _search(
    graph: Graph, tree: Tree, start: int, passed: Collection[int], taken: Collection[int]
) -> tuple[int, Way] | None:
    """Return the shortest way to the target past no switch of `passed`, over no trunk of `taken`."""
    waiting: list[tuple[int, int, Way, int]] = [(tree.weight[start], 0, (), start)]
    settled = set(passed)
    while waiting:
        _, far, way, switch = heappop(waiting)
        if switch == tree.target:
            return far, way
        if switch in settled:
            continue
        settled.add(switch)
        for neighbour, weight, trunk in graph[switch]:
            if neighbour not in settled and trunk not in taken:
                total = far + weight
                onward = (*way, (trunk, neighbour, weight))
                heappush(waiting, (total + tree.weight[neighbour], total, onward, neighbour))
    return None

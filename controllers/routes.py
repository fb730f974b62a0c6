"""All shortest ways of a backbone, each with what leaves it when a trunk is cut."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from controllers.backups import Swap, detour, down, swaps
from controllers.topology import Topology
from topologies.shortest import Tree, graph_of, tree_to


@dataclass(frozen=True)
class Routes:
    """The ways to one switch, and each other switch's swap where the trunk on its way has one."""

    tree: Tree
    swaps: dict[int, Swap]

    def detour(self, switch: int) -> list[int] | None:
        """Return the trunks from a switch to the target when the next one on its way is cut.

        None where nothing leads around it.
        """
        swap = self.swaps.get(switch)
        return None if swap is None else detour(self.tree, switch, swap)

    def inner(self, switch: int) -> list[int]:
        """Return the switches from one to that whose swap leaves what the cut holds, both included."""
        return down(self.tree, switch, self.swaps[switch].inside)


def all_routes(topology: Topology, failed: Collection[int] = ()) -> dict[int, Routes]:
    """Return the routes to every switch over the trunks that have not failed, by the target's number."""
    numbers = [switch.number for switch in topology.switches]
    trunks = ((each.number, each.a, each.b, each.rtt_ns) for each in topology.trunks)
    graph = graph_of(numbers, trunks, failed)
    trees = (tree_to(graph, number) for number in numbers)
    return {tree.target: Routes(tree, swaps(graph, tree)) for tree in trees}

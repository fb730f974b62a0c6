"""What a switch does in the moment in which the trunk under its way is cut, worked out before it is.

Towards a target the shortest ways form a tree. Where the trunk above a switch is cut, the switches below it
have to leave that part of the tree over another trunk: the *swap*. The way over it goes from the switch down
the tree to one end of the swap, across, and from the other end up the tree, which the cut does not touch.
The best swap of every switch is found in one pass over the trunks outside the tree, from the shortest way to
the longest: each is climbed from both ends, up to where they meet, and serves every switch on the way that
has none yet.

Round trips are the same both ways, so the way down is as long as the way up. Sources: the problem is known
as "best swap edges of a shortest-paths tree" (Nardelli, Proietti, Widmayer, Algorithmica 35, 2003); what a
switch then does is a repair tunnel with loop-free alternates (RFC 5286, RFC 7490) in one.
"""

from __future__ import annotations

from dataclasses import dataclass

from topologies.shortest import Graph, Tree


@dataclass(frozen=True)
class Swap:
    """A trunk that leads out of what a cut parts: from the switch `inside` to the one `outside`."""

    trunk: int
    inside: int
    outside: int


def swaps(graph: Graph, tree: Tree) -> dict[int, Swap]:
    """Return each switch's best swap; a switch is not in it where its cut parts the network."""
    depth = {tree.target: 0}
    for switch in tree.settled[1:]:
        depth[switch] = depth[tree.to[switch]] + 1
    found: dict[int, Swap] = {}
    served = {switch: switch for switch in depth}  # -> the next switch above, itself included, without a swap
    for _, trunk, one, other in _outside_the_tree(graph, tree):
        a, b = _unserved(served, one), _unserved(served, other)
        while a != b:
            if depth[a] >= depth[b]:
                found[a] = Swap(trunk, one, other)
                served[a] = tree.to[a]
                a = _unserved(served, a)
            else:
                found[b] = Swap(trunk, other, one)
                served[b] = tree.to[b]
                b = _unserved(served, b)
    return found


def down(tree: Tree, switch: int, below: int) -> list[int]:
    """Return the switches from one down the tree to one below it, both included."""
    way = [below]
    while way[-1] != switch:
        way.append(tree.to[way[-1]])
    way.reverse()
    return way


def detour(tree: Tree, switch: int, swap: Swap) -> list[int]:
    """Return the trunks that a packet takes to the target from where it meets the cut."""
    inner = down(tree, switch, swap.inside)
    return [*(tree.trunk[below] for below in inner[1:]), swap.trunk, *tree.way(swap.outside)]


def _outside_the_tree(graph: Graph, tree: Tree) -> list[tuple[int, int, int, int]]:
    """Return the trunks outside the tree with their ends, from the one that gives the shortest ways."""
    weight, above = tree.weight, tree.trunk
    return sorted(
        (weight[one] + cost + weight[other], trunk, one, other)
        for one in tree.settled
        for other, cost, trunk in graph[one]
        if one < other and above.get(one) != trunk and above.get(other) != trunk
    )


def _unserved(served: dict[int, int], switch: int) -> int:
    """Return the first switch without a swap, from one upwards; what is passed is remembered."""
    top = switch
    while served[top] != top:
        top = served[top]
    while served[switch] != top:
        served[switch], switch = top, served[switch]
    return top

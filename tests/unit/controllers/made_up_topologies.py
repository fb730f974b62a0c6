"""Backbones made up for tests: by hand, in regular shapes, like a planet's, and whatever hypothesis draws.

Switch n is called "s1", "s2", ...; at each switch the ports are numbered from 1 in the order of its trunks,
and its uplink is the port after them. Round trips are in milliseconds, rates in Mbit/s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from random import Random

import networkx
from hypothesis import strategies as st

from controllers.topology import Switch, Topology, Trunk
from topologies.distance import fibre_rtt_ms
from topologies.places import Place

Edge = tuple[int, int, float]

NS_PER_MS = 1_000_000
NO_LIMIT = st.none()


def topology(
    edges: Iterable[Edge],
    rates: Sequence[float | None] | None = None,
    switches: Iterable[int] = (),
) -> Topology:
    """Return the topology of trunks 1, 2, ...: (switch, switch, round trip in ms), with each one's rate.

    `switches` are those that have to be there without a trunk too.
    """
    edges = list(edges)
    limits = [None] * len(edges) if rates is None else rates
    assert len(limits) == len(edges)
    ports: Counter[int] = Counter(dict.fromkeys(switches, 0))
    trunks = []
    for number, ((a, b, rtt_ms), rate_mbit) in enumerate(zip(edges, limits, strict=True), start=1):
        assert a != b
        ports.update((a, b))
        rtt_ns = round(rtt_ms * NS_PER_MS)
        trunks.append(
            Trunk(
                number=number, a=a, b=b, a_port=ports[a], b_port=ports[b], rtt_ns=rtt_ns, rate_mbit=rate_mbit
            )
        )
    made = (Switch(number=n, name=f"s{n}", uplink=ports[n] + 1, mac=_mac(n)) for n in sorted(ports))
    return Topology(switches=tuple(made), trunks=tuple(trunks))


def _mac(number: int) -> str:
    return f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"


def line(n: int, rtt_ms: float = 1.0) -> Topology:
    """Return switches 1 to n in a row."""
    return topology([(each, each + 1, rtt_ms) for each in range(1, n)], switches=range(1, n + 1))


def ring(n: int, rtt_ms: float = 1.0) -> Topology:
    """Return switches 1 to n in a circle; n is 3 or more."""
    return topology([(each, each % n + 1, rtt_ms) for each in range(1, n + 1)])


def grid(w: int, h: int, rtt_ms: float = 1.0) -> Topology:
    """Return h rows of w switches, numbered row by row, each joined to those beside, above and below."""
    right = [(row * w + col, row * w + col + 1, rtt_ms) for row in range(h) for col in range(1, w)]
    down = [(row * w + col, row * w + col + w, rtt_ms) for row in range(h - 1) for col in range(1, w + 1)]
    return topology(right + down, switches=range(1, w * h + 1))


def planet(
    switches: int = 50, trunks: int = 150, seed: int = 0, rates: Sequence[float | None] = (None,)
) -> Topology:
    """Return a backbone of places anywhere on a sphere: the shortest tree, and the shortest trunks beside it.

    Trunks take the rates in turn, from the shortest to the longest of the tree, then of the others.
    """
    random = Random(seed)
    places = [
        Place(name=f"{n}", latitude=random.uniform(-60, 70), longitude=random.uniform(-180, 180))
        for n in range(switches)
    ]
    by_length = sorted(
        (fibre_rtt_ms(places[a - 1], places[b - 1], path_stretch=1.5), a, b)
        for a, b in combinations(range(1, switches + 1), 2)
    )
    full: networkx.Graph[int] = networkx.Graph()
    full.add_weighted_edges_from((a, b, rtt_ms) for rtt_ms, a, b in by_length)
    tree = {frozenset(edge) for edge in networkx.minimum_spanning_tree(full).edges}
    by_length.sort(key=lambda each: frozenset(each[1:]) not in tree)
    edges = [(a, b, rtt_ms) for rtt_ms, a, b in by_length[:trunks]]
    return topology(edges, [rates[each % len(rates)] for each in range(len(edges))])


@st.composite
def topologies(
    draw: st.DrawFn,
    max_switches: int = 12,
    connected: bool = True,
    parallel: bool = False,
    rates: st.SearchStrategy[float | None] | st.SearchStrategy[None] = NO_LIMIT,
) -> Topology:
    """Draw a topology of 2 or more switches: a tree and up to twice as many trunks beside it.

    All round trips are equal, or few and often equal, or all different. `connected=False` may leave parts
    out of the tree; `parallel` may join two switches by several trunks. Without `rates` nothing has a limit.
    """
    size = draw(st.integers(2, max_switches))
    pairs = [(draw(st.integers(1, n - 1)), n) for n in range(2, size + 1)]
    if not connected:
        pairs = [pair for pair in pairs if draw(st.booleans())]
    others = st.sampled_from([*combinations(range(1, size + 1), 2)])
    pairs += draw(st.lists(others, max_size=2 * size, unique=not parallel))
    if not parallel:
        pairs = [*dict.fromkeys(pairs)]
    edges = [(a, b, rtt_ms) for (a, b), rtt_ms in zip(pairs, draw(_rtts_ms(len(pairs))), strict=True)]
    limits = [draw(rates) for _ in edges]
    return topology(edges, limits, switches=range(1, size + 1))


def _rtts_ms(count: int) -> st.SearchStrategy[list[float]]:
    equal = st.just([1.0] * count)
    few = st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=count, max_size=count)
    different = st.permutations([1 + each / 8 for each in range(count)])
    return st.one_of(equal, few, different)

"""Which links: from the many that the nearest metric needs down to few, then exchanged for better ones.

Dropping takes those whose loss costs least, some at a time, and fits the others anew. Exchanging drops a few
of the least useful at random, adds those that help most, fits, and keeps what is better, or now and then a
little worse (simulated annealing). The random numbers begin at a seed, so the choice can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp

import numpy as np

from topologies.fit.delays import fit
from topologies.fit.errors import cost, cost_of, distances, errors
from topologies.fit.table import Floats, Link, Table

AT_A_TIME = 8  # an eighth of what is still to be dropped
MOST_EXCHANGED = 8
HEAT, COOLING, COLDEST = 0.12, 0.997, 0.03
SPREAD = 8.0  # of the least useful links, how many come into question
ALREADY = 0.02  # a pair that is met so well needs no link


@dataclass(frozen=True)
class Choice:
    """Links, their round trips in milliseconds, and the cost."""

    links: tuple[Link, ...]
    rtts_ms: tuple[float, ...]
    cost: float


def fitted(table: Table, links: Sequence[Link], rtts_ms: Sequence[float], rounds: int) -> Choice:
    """Return the links with the best round trips for them."""
    found, least = fit(table, links, rtts_ms, rounds)
    return Choice(tuple(links), tuple(found), least)


def everything(table: Table, metric_ms: Floats) -> Choice:
    """Return the links without which some pair of the metric would take longer."""
    count = len(table.names)
    order = sorted(combinations(range(count), 2), key=lambda pair: (metric_ms[pair], pair))
    reach = np.full((count, count), np.inf)
    np.fill_diagonal(reach, 0)
    links = []
    for a, b in order:
        if reach[a, b] > metric_ms[a, b] + 1e-6:
            links.append((a, b))
            reach = _with(reach, a, b, float(metric_ms[a, b]))
    rtts = [float(metric_ms[link]) for link in links]
    return Choice(tuple(links), tuple(rtts), cost_of(table, links, rtts))


def dropped_to(table: Table, choice: Choice, count: int) -> Iterator[Choice]:
    """Yield ever fewer links, down to a count, each time fitted."""
    while len(choice.links) > count:
        left = len(choice.links) - count
        least = _by_use(table, choice)[: max(1, left // AT_A_TIME)]
        kept = [place for place in range(len(choice.links)) if place not in set(least)]
        links, rtts = [choice.links[place] for place in kept], [choice.rtts_ms[place] for place in kept]
        choice = fitted(table, links, rtts, 5)
        yield choice


def exchanged(
    table: Table, metric_ms: Floats, choice: Choice, times: int, seed: int, say: Callable[[int, Choice], None]
) -> Choice:
    """Return the best that was found in some exchanges; ``say`` is told of each that is better."""
    random = np.random.default_rng(seed)
    best = current = choice
    heat = HEAT
    for turn in range(times):
        found = _exchange(table, metric_ms, current, random)
        if found.cost < current.cost or random.random() < exp((current.cost - found.cost) / heat):
            current = found
        if current.cost < best.cost - 1e-6:
            best = current = fitted(table, current.links, current.rtts_ms, 10)
            say(turn, best)
        heat = max(COLDEST, heat * COOLING)
    return best


def _exchange(table: Table, metric_ms: Floats, choice: Choice, random: np.random.Generator) -> Choice:
    order = _by_use(table, choice)
    drop: set[int] = set()
    count = int(random.integers(1, MOST_EXCHANGED + 1))
    while len(drop) < count:
        drop.add(order[min(int(random.exponential(SPREAD)), len(order) - 1)])
    links = [link for place, link in enumerate(choice.links) if place not in drop]
    rtts = [rtt for place, rtt in enumerate(choice.rtts_ms) if place not in drop]
    for _ in range(count):
        candidates = _useful(table, metric_ms, links, rtts)
        if not candidates:
            break
        link, rtt = candidates[min(int(random.exponential(1.0)), len(candidates) - 1)]
        links.append(link)
        rtts.append(rtt)
    return fitted(table, links, rtts, 5)


def _by_use(table: Table, choice: Choice) -> list[int]:
    """Return the links' places, the one whose loss costs least first."""
    costs = []
    for place in range(len(choice.links)):
        links = choice.links[:place] + choice.links[place + 1 :]
        rtts = choice.rtts_ms[:place] + choice.rtts_ms[place + 1 :]
        costs.append((cost_of(table, links, rtts), place))
    return [place for _, place in sorted(costs)]


def _useful(
    table: Table, metric_ms: Floats, links: Sequence[Link], rtts_ms: Sequence[float], most: int = 6
) -> list[tuple[Link, float]]:
    """Return the links that would help most, with the round trips that they would begin with."""
    reach, have = distances(table, links, rtts_ms)[0], set(links)
    found = []
    for a, b in combinations(range(len(table.names)), 2):
        wanted = float(table.wanted_ms[a, b] or metric_ms[a, b])
        if (a, b) not in have and abs(reach[a, b] / wanted - 1) >= ALREADY:
            found.append((cost(errors(table, _with(reach, a, b, wanted))), (a, b), wanted))
    return [(link, wanted) for _, link, wanted in sorted(found)[:most]]


def _with(reach: Floats, a: int, b: int, rtt_ms: float) -> Floats:
    """Return all distances with one link more."""
    through = np.minimum(reach[:, [a]] + rtt_ms + reach[[b], :], reach[:, [b]] + rtt_ms + reach[[a], :])
    shorter: Floats = np.minimum(reach, through)
    return shorter

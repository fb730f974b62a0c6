"""The round trips of chosen links: a linear program, solved again as shortest paths change.

For every pair the path that is shortest now is to take no longer than the figure, and every path that was
ever the shortest not less: so a path that a round makes too short is held in the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack

from topologies.fit.errors import AIM, cost_of, distances, errors
from topologies.fit.table import Floats, Link, Table

Path = tuple[int, ...]  # of links, by their place in the list
STALLED = 3  # rounds without a gain after which nothing more is expected


def fit(
    table: Table, links: Sequence[Link], rtts_ms: Sequence[float], rounds: int = 8
) -> tuple[list[float], float]:
    """Return the best round trips found for the links, in milliseconds, and their cost; begin with some."""
    current = np.asarray(rtts_ms, dtype=float)
    best, least = current, cost_of(table, links, current)
    known: dict[tuple[int, Path], None] = {}
    stalled = 0
    for _ in range(rounds):
        distance, before = distances(table, links, current)
        shortest = _paths(table, links, before)
        known |= dict.fromkeys(enumerate(shortest))
        current = _solve(table, links, shortest, list(known), np.abs(errors(table, distance)))
        found = cost_of(table, links, current)
        if found < least - 1e-6:
            best, least, stalled = current, found, 0
        else:
            stalled += 1
        if stalled == STALLED:
            break
    return [float(each) for each in best], least


def _paths(table: Table, links: Sequence[Link], before: np.ndarray) -> list[Path]:
    """Return each pair's shortest path."""
    place = {link: number for number, link in enumerate(links)}
    found = []
    for a, here in table.ends:
        path = []
        while here != a:
            previous = before[a, here]
            path.append(place[min(previous, here), max(previous, here)])
            here = previous
        found.append(tuple(sorted(path)))
    return found


def _solve(
    table: Table, links: Sequence[Link], shortest: list[Path], known: list[tuple[int, Path]], off: Floats
) -> Floats:
    """Return the round trips that are best while these are the shortest paths; ``off`` is by how much now."""
    pairs, count = len(table.published_ms), len(links)
    one, none = identity(pairs, format="csr"), csr_matrix((pairs, pairs))
    of_pair = csr_matrix(
        (np.ones(len(known)), (range(len(known)), [pair for pair, _ in known])), (len(known), pairs)
    )
    rows = vstack(
        [
            hstack([_rows(table, list(enumerate(shortest)), count), -one, none]),
            hstack([-_rows(table, known, count), -of_pair, csr_matrix((len(known), pairs))]),
            hstack([csr_matrix((pairs, count)), one, -one]),
        ]
    ).tocsr()
    most = np.concatenate([np.ones(pairs), -np.ones(len(known)), np.full(pairs, AIM)])
    # What is far off is given up; what is nearly met is worth the most.
    little = np.where(off > 0.12, 0.02, 0.2)
    much = np.select([off > 0.25, off > 0.12, off > 0.08], [0.1, 0.6, 2.0], 4.0)
    costs = np.concatenate([np.full(count, 1e-6), little, much])
    bounds = [(table.least_ms[link], None) for link in links] + [(0, None)] * (2 * pairs)
    solved: Floats = linprog(costs, A_ub=rows, b_ub=most, bounds=bounds, method="highs").x
    return solved[:count]


def _rows(table: Table, paths: Sequence[tuple[int, Path]], count: int) -> csr_matrix:
    """Return a row for each path: what its links add up to, relative to the pair's figure."""
    rows = np.repeat(np.arange(len(paths)), [len(path) for _, path in paths])
    columns = [link for _, path in paths for link in path]
    values = [1 / table.published_ms[pair] for pair, path in paths for _ in path]
    return csr_matrix((values, (rows, columns)), shape=(len(paths), count))

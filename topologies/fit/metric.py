"""The metric that is nearest to the table: what any network whose packets take the shortest path could reach.

In the table 236 pairs are slower than the way through a third region, which no such network can be. A linear
program over all distances, with the triangle inequality for every three regions, says how near one can come;
solved a few times with weights that give up what is too far off, it counts how many pairs can be met at all.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack

from topologies.fit.errors import AIM
from topologies.fit.table import Floats, Table

ROUNDS = 3


def nearest_metric(table: Table) -> Floats:
    """Return the round trip between every two regions in the nearest metric, in milliseconds."""
    count = len(table.names)
    number = np.zeros((count, count), dtype=int)
    everybody = list(combinations(range(count), 2))
    for place, (a, b) in enumerate(everybody):
        number[a, b] = number[b, a] = place
    unequal = _triangles(number)
    pairs, size = len(table.published_ms), len(everybody)
    mine = number[table.ends[:, 0], table.ends[:, 1]]
    relative = csr_matrix((1 / table.published_ms, (range(pairs), mine)), shape=(pairs, size))
    one, none = identity(pairs, format="csr"), csr_matrix((pairs, pairs))
    rows = vstack(
        [
            hstack([relative, -one, none]),
            hstack([-relative, -one, none]),
            hstack([csr_matrix((pairs, size)), one, -one]),
            hstack([unequal, csr_matrix((unequal.shape[0], 2 * pairs))]),
        ]
    ).tocsr()
    most = np.concatenate([np.ones(pairs), -np.ones(pairs), np.full(pairs, AIM), np.zeros(unequal.shape[0])])
    bounds = [(table.least_ms[a, b], None) for a, b in everybody] + [(0, None)] * (2 * pairs)
    weights = np.full(pairs, 3.0)
    for _ in range(ROUNDS):
        costs = np.concatenate([np.zeros(size), np.full(pairs, 0.2), weights])
        solved = linprog(costs, A_ub=rows, b_ub=most, bounds=bounds, method="highs-ipm").x[:size]
        beyond = np.maximum(0, np.abs(relative @ solved - 1) - AIM)
        weights = 0.05 / (beyond + 0.01)
    return np.where(number == number.T, solved[number], 0) * (1 - np.eye(count))


def _triangles(number: np.ndarray) -> csr_matrix:
    """Return a row for every region between two others: direct is not longer than through it."""
    count = len(number)
    rows = [
        (number[a, b], number[a, c], number[c, b])
        for a, b in combinations(range(count), 2)
        for c in range(count)
        if c not in (a, b)
    ]
    columns = np.array(rows).ravel()
    signs = np.tile([1.0, -1.0, -1.0], len(rows))
    return csr_matrix(
        (signs, (np.repeat(np.arange(len(rows)), 3), columns)), shape=(len(rows), number.max() + 1)
    )

"""Which delays: linear programming, over and over, for links that are given.

With each pair's shortest path fixed, the errors are linear in the delays. A program then has, for each pair,
"its path takes at most so much too long" and, for its path and all that were ever shorter, "takes at most so
much too short". Its answer may have other shortest paths; they are added, and it is solved again.

Past 5 % a pair costs the logarithm of what it is past it: less and less for each further percent, so that few
pairs are far off instead of many a little (Candès, Wakin and Boyd, "Enhancing sparsity by reweighted l1
minimization", 2008). A program has the logarithm's slope at the last answer as the price.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from topologies.fit.errors import Real, relative
from topologies.fit.paths import pair_paths
from topologies.fit.table import US_PER_MS, Link, Links, Table

ROUNDS = 12
INSIDE = 3.0  # what an error of 1 costs as long as it is inside
MET = 0.0499  # a little less than 5 %, so that rounding to microseconds does not spoil it
BEND = 0.002  # how far past it a further percent costs half
BETTER = 1e-4  # a gain below it is none: rounding alone makes as much

Paths = Sequence[tuple[Link, ...]]


def fit_delays(table: Table, links: Links) -> Links:
    """Return the same links with the delays that cost least; the given ones where none cost less."""
    known: list[dict[tuple[Link, ...], None]] = [{} for _ in table.pairs]
    best, least, now, stalled = links, cost(table, links), links, 0
    for _ in range(ROUNDS):
        paths = pair_paths(table, now)
        for path, so_far in zip(paths, known, strict=True):
            so_far[path] = None
        now = _solved(table, now, paths, [list(so_far) for so_far in known])
        stalled += 1
        if (costs := cost(table, now)) < least - BETTER:
            best, least, stalled = now, costs, 0
        if stalled == 3:
            break
    return best


def cost(table: Table, links: Links) -> float:
    """Return what the errors of a backbone cost."""
    errors = relative(table, links)
    past = np.maximum(errors - MET, 0)
    return float(np.sum(INSIDE * errors + np.log1p(past / BEND)))


def _solved(table: Table, links: Links, paths: Paths, known: Sequence[Paths]) -> Links:
    """Return the delays of one program.

    Its variables, in milliseconds: each link's delay, each pair's error inside 5 %, each pair's past it.
    """
    order = sorted(links)
    matrix, limits = _rows(table, {link: number for number, link in enumerate(order)}, paths, known)
    rtt_ms = table.rtt_us / US_PER_MS
    price = 1 / (np.maximum(relative(table, links) - MET, 0) + BEND)
    inside, past = INSIDE / rtt_ms, (INSIDE + price) / rtt_ms
    bounds = [
        *((table.floor_us[link] / US_PER_MS, None) for link in order),
        *((0.0, MET * each) for each in rtt_ms),
        *((0.0, None) for _ in rtt_ms),
    ]
    answer = linprog(
        np.concatenate([np.zeros(len(order)), inside, past]), A_ub=matrix, b_ub=limits, bounds=bounds
    )
    delays_us = np.rint(answer.x[: len(order)] * US_PER_MS).astype(np.int64).tolist()
    floor_us = (int(table.floor_us[link]) for link in order)
    return {link: max(us, least) for link, us, least in zip(order, delays_us, floor_us, strict=True)}


def _rows(
    table: Table, column: dict[Link, int], paths: Paths, known: Sequence[Paths]
) -> tuple[csr_matrix, Real]:
    """Return the program's rows: what is summed, and what it may be at most."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    limits: list[float] = []

    def row(path: tuple[Link, ...], pair: int, sign: int, rtt_ms: float) -> None:
        inside = len(column) + pair
        entries = [*(column[link] for link in path), inside, inside + len(table.rtt_us)]
        rows.extend([len(limits)] * len(entries))
        columns.extend(entries)
        values.extend([*(sign for _ in path), -1, -1])
        limits.append(sign * rtt_ms)

    for pair, rtt_ms in enumerate((table.rtt_us / US_PER_MS).tolist()):
        row(paths[pair], pair, 1, rtt_ms)
        for path in known[pair]:
            row(path, pair, -1, rtt_ms)
    shape = (len(limits), len(column) + 2 * len(table.rtt_us))
    return csr_matrix((values, (rows, columns)), shape=shape), np.array(limits)

"""Which links: simulated annealing (Kirkpatrick et al., 1983) over links and their delays together.

Adding the best link at a time, or taking the worst away, ends with a link for each pair that is hard to meet.
Annealing finds links that serve many. Many changes are tried on one state at once, because numpy is fast only
on large arrays; the first that is accepted makes the next state. Everything that decides is a whole number.
"""

from __future__ import annotations

from math import log
from random import Random

import numpy as np
from numpy.typing import NDArray

from topologies.fit.moves import NO_LINK, Change, Moves
from topologies.fit.table import Links, Table

Short = NDArray[np.int16]

STEP_US = 100  # delays are searched in steps of 0.1 ms, which 16 bits hold
FEWEST, MOST = 2, 32  # changes at once
HOT, COLD = 250.0, 30.0  # temperatures, in points
PPT = 10_000  # a share of 1, in the hundredths of a percent that errors are counted in
MET_PPT, FAR_PPT, WORST_PPT = 500, 2500, 50_000


def _points() -> NDArray[np.int64]:
    """Return what an error costs, by hundredths of a percent.

    Up to 5 % little, as 1.5 % is as good as met; past 5 % much at once, and soon no more: some pairs have to
    be given up. Past 25 % more again, so that none is given up wholly.
    """
    error = np.arange(WORST_PPT + 1)
    inside = 150 * np.minimum(error, MET_PPT) // MET_PPT
    past = np.where(error > MET_PPT, 500 + 500 * np.minimum(error - MET_PPT, 800) // 800, 0)
    points: NDArray[np.int64] = inside + past + np.maximum(error - FAR_PPT, 0) // 10
    return points


class Search:
    """A state, links with their delays, that gets better from change to change."""

    def __init__(self, table: Table, most_links: int, seed: int) -> None:
        self.table = table
        self.random = Random(seed)
        self.moves = Moves(table, most_links, self.random, STEP_US)
        self.points = _points()
        self.rtt = (table.rtt_us // STEP_US).astype(np.int32)
        self.flat = table.first * len(table.names) + table.second

    def run(self, changes: int) -> Links:
        """Return the best state after so many changes were tried."""
        state = self.moves.square()
        paths, costs = self._measured(state[None])
        self.moves.settle(paths[0])
        now, best_cost, best, tried, at_once = int(costs[0]), int(costs[0]), state.copy(), 0, FEWEST
        while tried < changes:
            tries = [self.moves.change() for _ in range(at_once)]
            paths, costs = self._measured(_applied(state, tries))
            heat = HOT * (COLD / HOT) ** (tried / changes)
            at_once = min(2 * at_once, MOST)
            for number, cost in enumerate(costs.tolist()):
                tried += 1
                if cost <= now - heat * log(1 - self.random.random()):
                    now, state = cost, _applied(state, [tries[number]])[0]
                    self.moves.accept(tries[number])
                    self.moves.settle(paths[number])
                    at_once = max(at_once // 4, FEWEST)
                    break
            if now < best_cost:
                best_cost, best = now, state.copy()
        return _links(best)

    def _measured(self, squares: Short) -> tuple[Short, NDArray[np.int64]]:
        """Return the shortest round trips over each square of links, and what its errors cost."""
        paths, over = squares.copy(), np.empty_like(squares)
        for via in range(paths.shape[1]):
            np.add(paths[:, :, via, None], paths[:, None, via, :], out=over)
            np.minimum(paths, over, out=paths)
        reached = paths.reshape(len(paths), -1)[:, self.flat].astype(np.int32)
        errors = -(np.abs(reached - self.rtt) * -PPT // self.rtt)
        return paths, self.points[np.minimum(errors, WORST_PPT)].sum(axis=1)


def _applied(state: Short, tries: list[Change]) -> Short:
    squares = np.repeat(state[None], len(tries), axis=0)
    for number, change in enumerate(tries):
        for (a, b), rtt in change:
            squares[number, a, b] = squares[number, b, a] = rtt
    return squares


def _links(square: Short) -> Links:
    ends = zip(*np.nonzero(np.triu((square < NO_LINK) & (square > 0))), strict=True)
    return {(int(a), int(b)): int(square[a, b]) * STEP_US for a, b in ends}

"""Max-min fair rates over several paths: nobody can have more unless somebody who has no more gets less.

Exact, by a sequence of linear programs. Each finds the highest level that everybody can have who has no rate
yet. Whoever wants no more than the level is met in full. Otherwise the level is somebody's rate: of those
whose constraint has a price (a dual value). By complementary slackness they have no more than the level in
any solution, and as prices add up to 1, there is at least one. (D. Nace, M. Pioro, "Max-min fairness and its
applications to routing and load-balancing in communication networks", IEEE Comm. Surveys & Tutorials 10(4),
2008.) SWAN is content with levels that grow geometrically, and rates within a factor of the fair ones; for a
planet's backbone the exact ones take seconds, and can be proved right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from topologies.errors import ControlError

Floats = NDArray[numpy.float64]
Booleans = NDArray[numpy.bool_]

PRICED = 1e-6  # prices add up to 1, so one of a million demands has one that is as high
SLACK = 1e-6  # Mbit/s, beside a billionth: what the next program may find missing of a rate found before


@dataclass(frozen=True)
class Problem:
    """Demands by their tunnels. All rates are in Mbit/s.

    `wanted` has a rate for each demand, `room` for each direction of a trunk, `cost` a round trip for each
    tunnel. `of` (demands x tunnels) and `over` (directions x tunnels) are 1 where a tunnel is a demand's, or
    passes there. Every demand has a tunnel.
    """

    wanted: Floats
    room: Floats
    cost: Floats
    of: sparse.csr_array
    over: sparse.csr_array


def max_min(problem: Problem) -> Floats:
    """Return each demand's max-min fair rate; raise ControlError where the solver gives up."""
    wanted = problem.wanted
    rates = numpy.zeros_like(wanted)
    rising = numpy.ones(len(wanted), dtype=bool)
    while rising.any():
        level, prices = _level(problem, rates, rising)
        met = rising & (wanted <= level)
        full = rising & (prices >= min(PRICED, prices[rising].max()))
        done = met if met.any() else full
        rates[done] = numpy.minimum(wanted, level)[done]
        rising &= ~done
    return rates


def spread(problem: Problem, rates: Floats) -> Floats:
    """Return a rate for each tunnel that gives every demand its rate, with the least delay in all."""
    rows = sparse.vstack([problem.over, -problem.of])
    limits = numpy.concatenate([problem.room, -_slackened(rates)])
    return numpy.asarray(_solve(problem.cost, rows, limits).x, dtype=float)


def _level(problem: Problem, rates: Floats, rising: Booleans) -> tuple[float, Floats]:
    """Return the highest rate that all who rise can have while the others keep theirs, and each one's price.

    The last variable of the program is the level.
    """
    lift = sparse.csr_array(rising.astype(float)[:, None])
    rows = sparse.block_array([[problem.over, None], [-problem.of, lift]])
    limits = numpy.concatenate([problem.room, numpy.where(rising, 0.0, -_slackened(rates))])
    cost = numpy.zeros(rows.shape[1])
    cost[-1] = -1.0
    solution = _solve(cost, rows, limits, most=problem.wanted[rising].max())
    return float(solution.x[-1]), -solution.ineqlin.marginals[len(problem.room) :]


def _slackened(rates: Floats) -> Floats:
    return rates * (1 - 1e-9) - SLACK


def _solve(cost: Floats, rows: Any, limits: Floats, most: float | None = None) -> Any:
    bounds = [(0.0, None)] * (len(cost) - 1) + [(0.0, most)]
    solution = linprog(cost, A_ub=rows.tocsr(), b_ub=limits, bounds=bounds, method="highs")
    if solution.status != 0:
        raise ControlError(f"no rates could be found: {solution.message}")
    return solution

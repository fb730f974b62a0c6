"""How far shortest paths over links are from the published round trips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topologies.fit.paths import links_square, shortest
from topologies.fit.table import Links, Table, Whole

Real = NDArray[np.float64]

TOLERANCE = 0.05  # within it a pair counts as met


@dataclass(frozen=True)
class Score:
    """A backbone's errors over all published pairs, in percent of the published round trip."""

    links: int
    median: float
    p95: float
    within_5: float


def deviations_us(table: Table, links: Links) -> Whole:
    """Return, for each pair, how much longer its shortest path is than published (less than 0: shorter)."""
    rtt_us = shortest(links_square(len(table.names), links))
    return rtt_us[table.first, table.second] - table.rtt_us


def relative(table: Table, links: Links) -> Real:
    """Return the error of each pair as a share of its published round trip."""
    return np.abs(deviations_us(table, links)) / table.rtt_us


def score(table: Table, links: Links) -> Score:
    """Return the measures that a backbone is chosen by, in percent to 0.01."""
    errors = relative(table, links)
    return Score(
        links=len(links),
        median=round(100 * float(np.median(errors)), 2),
        p95=round(100 * float(np.percentile(errors, 95)), 2),
        within_5=round(100 * float(np.mean(errors <= TOLERANCE)), 2),
    )


def excess(table: Table) -> Real:
    """Return the share of each pair's published round trip by which a way round is published shorter.

    Above 0 the pair and all pairs on its way round cannot be met together, whatever the links.
    """
    every = dict(zip(table.pairs, table.rtt_us.tolist(), strict=True))
    return np.asarray(-deviations_us(table, every) / table.rtt_us, dtype=np.float64)

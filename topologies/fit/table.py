"""What is to be met: the published round trips as arrays, and between which regions a link is plausible."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import ceil

import numpy as np
from numpy.typing import NDArray

from topologies.azure import published_rtt_ms, regions
from topologies.distance import fibre_rtt_ms

Whole = NDArray[np.int64]
Link = tuple[int, int]  # two regions by their numbers, the smaller first
Links = dict[Link, int]  # and the link's round trip in microseconds

US_PER_MS = 1000
# A pair gets no link where one third region splits its way into two whose published round trips add up to at
# most this much more: there a chain of regions spans it already.
SPANNED = 0.05


@dataclass(frozen=True)
class Table:
    """Regions in alphabetical order, and their pairs that have a published round trip.

    `first` and `second` number the ends of each pair, `rtt_us` is its round trip in microseconds. `floor_us`
    has, for all regions, the time of light in a fibre along the great circle, and at least 1.
    """

    names: tuple[str, ...]
    first: Whole
    second: Whole
    rtt_us: Whole
    floor_us: Whole

    @property
    def pairs(self) -> list[Link]:
        """The pairs as links."""
        return list(zip(self.first.tolist(), self.second.tolist(), strict=True))

    def square(self) -> Whole:
        """Return the round trips as a square, with 0 where none is published."""
        full = np.zeros((len(self.names), len(self.names)), dtype=np.int64)
        full[self.first, self.second] = full[self.second, self.first] = self.rtt_us
        return full


def published(names: tuple[str, ...] | None = None) -> Table:
    """Return Microsoft's table, of all regions or of some."""
    names = tuple(sorted(names or regions()))
    numbered = combinations(range(len(names)), 2)
    known = {
        (a, b): rtt_ms for a, b in numbered if (rtt_ms := published_rtt_ms(names[a], names[b])) is not None
    }
    places = [regions()[name] for name in names]
    floor = [[max(1, ceil(fibre_rtt_ms(a, b, 1.0) * US_PER_MS)) for b in places] for a in places]
    return Table(
        names=names,
        first=np.array([a for a, _ in known], dtype=np.int64),
        second=np.array([b for _, b in known], dtype=np.int64),
        rtt_us=np.array([round(rtt_ms * US_PER_MS) for rtt_ms in known.values()], dtype=np.int64),
        floor_us=np.array(floor, dtype=np.int64),
    )


def plausible(table: Table) -> list[Link]:
    """Return the pairs that may have a link: those that no chain over one third region spans."""
    rtt_us = table.square()
    others = np.where(rtt_us > 0, rtt_us, np.iinfo(np.int64).max // 4)
    chain_us = (others[:, :, None] + others[None, :, :]).min(axis=1)
    return [(a, b) for a, b in table.pairs if chain_us[a, b] > (1 + SPANNED) * rtt_us[a, b]]

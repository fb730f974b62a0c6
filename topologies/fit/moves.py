"""What the search tries: another delay for a link, another link in place of one, one more, one less."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from topologies.fit.table import Link, Table, plausible

NO_LINK = 16_000  # twice this still fits into 16 bits, and no path takes so many steps
Change = tuple[tuple[Link, int], ...]  # links with their new round trips in steps, NO_LINK to take one away

LOOKED_AT = 30  # pairs, for one that a link carries


class Moves:
    """The present links, and random changes of them. Times are in steps of `step_us`."""

    def __init__(self, table: Table, most_links: int, random: Random, step_us: int) -> None:
        self.random = random
        self.size = len(table.names)
        steps: list[int] = (table.rtt_us // step_us).tolist()
        self.pairs = list(zip(table.pairs, steps, strict=True))
        self.rtt = dict(self.pairs)
        self.candidates = sorted(plausible(table), key=lambda link: (self.rtt[link], link))
        self.floor = {(a, b): -int(-table.floor_us[a, b] // step_us) for a, b in self.candidates}
        self.most_links = min(most_links, len(self.candidates) - 1)  # one at least is left to choose
        self.links = {link: self.rtt[link] for link in self._tree()}
        self.present = list(self.links)
        self.paths: list[list[int]] = []

    def square(self) -> NDArray[np.int16]:
        """Return the present links as a square."""
        square = np.full((self.size, self.size), NO_LINK, dtype=np.int16)
        np.fill_diagonal(square, 0)
        for (a, b), rtt in self.links.items():
            square[a, b] = square[b, a] = rtt
        return square

    def accept(self, change: Change) -> None:
        """Take a change over into the present links."""
        for link, rtt in change:
            self.links.pop(link, None)
            if rtt < NO_LINK:
                self.links[link] = rtt
        self.present = list(self.links)

    def settle(self, paths: NDArray[np.int16]) -> None:
        """Hear the round trips of the present shortest paths."""
        self.paths = paths.tolist()
        self.present = list(self.links)

    def change(self) -> Change:
        """Return a random change that keeps to the number of links."""
        kind = self.random.random()
        if kind < 0.6:
            return self._another_delay()
        if kind < 0.9:
            return (*self._one_less(), *self._one_more())
        if kind < 0.95 and len(self.links) < self.most_links:
            return self._one_more()
        return self._one_less()

    def _another_delay(self) -> Change:
        link = self._pick(self.present)
        rtt = self.links[link]
        if self.random.random() < 0.4:
            wanted = rtt + self._missing(link)
        else:
            reach = 5 if self.random.random() < 0.5 else 3 + 6 * rtt // 100
            wanted = rtt + int((2 * self.random.random() - 1) * reach)
        return ((link, max(wanted - (wanted == rtt), self.floor[link])),)

    def _missing(self, link: Link) -> int:
        """Return how much more time a link would need to meet a random pair that it carries."""
        a, b = link
        for _ in range(LOOKED_AT):
            (i, j), rtt = self.pairs[int(self.random.random() * len(self.pairs))]
            path, through = self.paths[i][j], self.links[link]
            if path in (
                self.paths[i][a] + through + self.paths[b][j],
                self.paths[i][b] + through + self.paths[a][j],
            ):
                spare = int(self.random.random() * 2) * rtt * 49 // 1000
                return rtt - path - spare if rtt > path else rtt - path + spare
        return 0

    def _one_less(self) -> Change:
        return ((self._pick(self.present), NO_LINK),)

    def _one_more(self) -> Change:
        while (link := self._pick(self.candidates)) in self.links:
            pass
        rtt = self.rtt[link]
        shorter = int(self.random.random() * 2) * int(self.random.random() * rtt * 8 // 100)
        return ((link, max(rtt - shorter, self.floor[link])),)

    def _pick(self, links: list[Link]) -> Link:
        return links[int(self.random.random() * len(links))]

    def _tree(self) -> list[Link]:
        """Return the shortest candidates that connect all regions (Kruskal, 1956)."""
        part = list(range(self.size))
        tree = []
        for a, b in self.candidates:
            if part[a] != part[b]:
                tree.append((a, b))
                part = [part[a] if each == part[b] else each for each in part]
        return tree

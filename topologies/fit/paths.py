"""Shortest paths over links, in whole microseconds: equal paths are equal."""

from __future__ import annotations

import numpy as np

from topologies.fit.table import Link, Links, Table, Whole

UNREACHED = 10**12


def links_square(size: int, links: Links) -> Whole:
    """Return the links as a square: 0 between a region and itself, UNREACHED where there is no link."""
    square = np.full((size, size), UNREACHED, dtype=np.int64)
    np.fill_diagonal(square, 0)
    for (a, b), rtt_us in links.items():
        square[a, b] = square[b, a] = rtt_us
    return square


def shortest(square: Whole) -> Whole:
    """Return the round trips of all shortest paths (Floyd and Warshall, 1962)."""
    rtt_us: Whole = square.copy()
    for via in range(len(rtt_us)):
        np.minimum(rtt_us, rtt_us[:, via, None] + rtt_us[via], out=rtt_us)
    return rtt_us


def pair_paths(table: Table, links: Links) -> list[tuple[Link, ...]]:
    """Return the links of each pair's shortest path; of equal ones that by the region that comes first."""
    square = links_square(len(table.names), links)
    rtt_us = shortest(square)
    np.fill_diagonal(square, UNREACHED)
    following = (square[:, :, None] + rtt_us[None, :, :]).argmin(axis=1).tolist()
    return [_path(following, a, b) for a, b in table.pairs]


def _path(following: list[list[int]], a: int, b: int) -> tuple[Link, ...]:
    links = []
    while a != b:
        link_to = following[a][b]
        links.append((min(a, link_to), max(a, link_to)))
        a = link_to
    return tuple(sorted(links))


def way_round_us(size: int, links: Links, link: Link) -> int:
    """Return the shortest round trip between a link's ends without the link."""
    others = {other: rtt_us for other, rtt_us in links.items() if other != link}
    return int(shortest(links_square(size, others))[link])


def needed(size: int, links: Links) -> Links:
    """Return the links without those that no shortest path needs, the longest first."""
    kept = dict(links)
    for link in sorted(links, key=lambda link: (-links[link], link)):
        if way_round_us(size, kept, link) <= links[link]:
            del kept[link]
    return kept

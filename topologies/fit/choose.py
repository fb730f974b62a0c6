"""Few links and their delays: the search, then the exact fit, for several numbers of links."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from io import StringIO

from topologies.azure import backbone_links
from topologies.fit.delays import fit_delays
from topologies.fit.paths import needed
from topologies.fit.search import Search
from topologies.fit.table import US_PER_MS, Links, Table, published

CHOSEN = 150
NUMBERS = (100, 120, CHOSEN, 200, 250)  # the points of the curve
CHANGES = 500_000  # that the search tries for each
SEED = 1


def settle(table: Table, links: Links) -> Links:
    """Return what is needed of some links, with delays that the fit leaves as they are."""
    while (fitted := needed(len(table.names), fit_delays(table, links))) != links:
        links = fitted
    return links


def backbones(told: Callable[[str], None]) -> dict[int, Links]:
    """Return the links for each of `NUMBERS`, worked out side by side."""
    with ProcessPoolExecutor() as pool:
        work = {pool.submit(choose, number): number for number in NUMBERS}
        found = {}
        for done in as_completed(work):
            found[work[done]] = done.result()
            told(f"{len(found)} of {len(work)}: {work[done]} links")
        return found


def choose(most_links: int, changes: int = CHANGES) -> Links:
    """Return at most so many links, each a shortest path, with delays that the fit leaves as they are."""
    table = published()
    return settle(table, Search(table, most_links, SEED).run(changes))


def as_csv(table: Table, links: Links) -> str:
    """Return links as the data file has them: a,b,rtt_ms, sorted by name, to the microsecond."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["a", "b", "rtt_ms"])
    for (a, b), rtt_us in sorted(links.items()):
        rows.writerow([table.names[a], table.names[b], f"{rtt_us / US_PER_MS:.3f}"])
    return text.getvalue()


def checked_in(table: Table) -> Links:
    """Return the links of the data file."""
    number = {name: index for index, name in enumerate(table.names)}
    return {(number[a], number[b]): round(rtt_ms * US_PER_MS) for a, b, rtt_ms in backbone_links()}

"""What Microsoft publishes about Azure: where its regions are, and the round trips between them.

The table of round trips has 30-day medians in milliseconds, measured once in each direction.
"""

import csv
from functools import cache
from pathlib import Path

from topologies.errors import WorldError
from topologies.nearest import hint
from topologies.places import Place
from topologies.shortest import TIE_BITS, Tree, graph_of, tree_to

DATA = Path(__file__).with_name("data")
LINKS = "backbone-links.csv"
NS_PER_MS = 1_000_000


@cache
def regions() -> dict[str, Place]:
    """Return every region's place, named after the region."""
    with (DATA / "azure-regions.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["region"]: Place(
                name=row["region"], latitude=float(row["latitude"]), longitude=float(row["longitude"])
            )
            for row in csv.DictReader(lines)
        }


def region_place(name: str) -> Place:
    """Return where an Azure region is; raise WorldError with the nearest names when it is unknown."""
    try:
        return regions()[name]
    except KeyError:
        raise WorldError(f'unknown Azure region "{name}"; {hint(name, regions())}') from None


def published_rtt_ms(a: str, b: str) -> float | None:
    """Return the published round trip between two regions in milliseconds: the mean of both directions.

    One direction stands for both where the other is not published; None where neither is.
    """
    directions = [_table()[pair] for pair in ((a, b), (b, a)) if pair in _table()]
    return sum(directions) / len(directions) if directions else None


def backbone_links() -> tuple[tuple[str, str, float], ...]:
    """Return the planet's links between regions, each with its round trip in milliseconds.

    They are chosen so that shortest paths come close to the published round trips: see `topologies.fit`.
    """
    with (DATA / LINKS).open(encoding="utf-8", newline="") as lines:
        return tuple((row["a"], row["b"], float(row["rtt_ms"])) for row in csv.DictReader(lines))


def backbone_rtt_ms(a: str, b: str) -> float | None:
    """Return the round trip between two regions over the planet's links, on the shortest path, in ms.

    Whole microseconds; None where a region is not on the planet.
    """
    numbers = {name: number for number, name in enumerate(regions())}
    if a not in numbers or b not in numbers:
        return None
    rtt_ns = _ways_to(numbers[b]).weight[numbers[a]] >> TIE_BITS
    return rtt_ns / NS_PER_MS


@cache
def _ways_to(region: int) -> Tree:
    numbers = {name: number for number, name in enumerate(regions())}
    trunks = [
        (number, numbers[a], numbers[b], round(rtt_ms * NS_PER_MS))
        for number, (a, b, rtt_ms) in enumerate(backbone_links(), start=1)
    ]
    return tree_to(graph_of(numbers.values(), trunks), region)


@cache
def _table() -> dict[tuple[str, str], float]:
    with (DATA / "azure-rtt-ms.csv").open(encoding="utf-8", newline="") as lines:
        return {
            (row["Source"], target): float(cell)
            for row in csv.DictReader(lines)
            for target, cell in row.items()
            if target not in ("Source", row["Source"]) and cell
        }

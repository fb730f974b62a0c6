"""What Microsoft publishes about Azure: where its regions are, and the round trips between them.

The table of round trips has 30-day medians in milliseconds, measured once in each direction.
"""

import csv
from functools import cache
from pathlib import Path

from topologies.errors import WorldError
from topologies.nearest import hint
from topologies.places import Place

DATA = Path(__file__).with_name("data")


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


@cache
def _table() -> dict[tuple[str, str], float]:
    with (DATA / "azure-rtt-ms.csv").open(encoding="utf-8", newline="") as lines:
        return {
            (row["Source"], target): float(cell)
            for row in csv.DictReader(lines)
            for target, cell in row.items()
            if target not in ("Source", row["Source"]) and cell
        }

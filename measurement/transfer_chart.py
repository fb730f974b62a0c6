"""The picture of transfers: how much had come or gone after how long, a line for each, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurement.chart import Axis, Series, chart_svg

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class Transfer:
    """A file on its way: milliseconds since the request, and bytes until then."""

    case: str
    name: str
    points: tuple[tuple[float, int], ...]


def transfers_svg(title: str, transfers: Sequence[Transfer]) -> str:
    """Return an SVG of transfers over time. Nothing is drawn but what ``transfers`` has."""
    series = [
        Series(
            f"{each.name}, {each.case}",
            [(at_ms, size / BYTES_PER_MB) for at_ms, size in each.points],
            "steps",
        )
        for each in transfers
    ]
    return chart_svg(title, Axis("ms since the request"), Axis("MB", decimals=1), series)

"""The picture of transfers: how much had come or gone after how long, a line for each, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurement.drawing import templates

WIDTH_PX, HEIGHT_PX = 760, 360
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 70, 190, 50, 46
TICKS = 5
COLOURS = ("#1d5fa8", "#b3541e", "#2f7d4f", "#7a4f9a", "#8a6d1a", "#37474f", "#ad2d5b", "#00798c")
BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class Transfer:
    """A file on its way: milliseconds since the request, and bytes until then."""

    case: str
    name: str
    points: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class _Line:
    """A transfer as it is drawn: pixels."""

    label: str
    colour: str
    path: str
    y: float


def transfers_svg(title: str, transfers: Sequence[Transfer]) -> str:
    """Return an SVG of transfers over time. Nothing is drawn but what ``transfers`` has."""
    longest_ms = max((each.points[-1][0] for each in transfers if each.points), default=0.0) or 1.0
    largest = max((each.points[-1][1] for each in transfers if each.points), default=0) or 1
    inner_width, inner_height = WIDTH_PX - LEFT_PX - RIGHT_PX, HEIGHT_PX - TOP_PX - BOTTOM_PX

    def x(at_ms: float) -> float:
        return LEFT_PX + at_ms / longest_ms * inner_width

    def y(size: float) -> float:
        return HEIGHT_PX - BOTTOM_PX - size / largest * inner_height

    lines = [
        _Line(
            label=f"{each.name}, {each.case}",
            colour=COLOURS[number % len(COLOURS)],
            path=_steps([(x(at_ms), y(size)) for at_ms, size in each.points], x(0), y(0)),
            y=TOP_PX + 16 * number + 8,
        )
        for number, each in enumerate(transfers)
    ]
    ticks = [step / TICKS for step in range(TICKS + 1)]
    return templates.get_template("transfers.svg.j2").render(
        title=title,
        width=WIDTH_PX,
        height=HEIGHT_PX,
        left=LEFT_PX,
        right=WIDTH_PX - RIGHT_PX,
        bottom=HEIGHT_PX - BOTTOM_PX,
        top=TOP_PX,
        lines=lines,
        times=[(x(tick * longest_ms), f"{tick * longest_ms:.0f}") for tick in ticks],
        sizes=[(y(tick * largest), f"{tick * largest / BYTES_PER_MB:.1f}") for tick in ticks],
    )


def _steps(points: Sequence[tuple[float, float]], x0: float, y0: float) -> str:
    """Return a path that goes up where bytes came, and to the right where nothing came."""
    words = [f"M{x0:.1f} {y0:.1f}"]
    for x, y in points:
        words.append(f"H{x:.1f}V{y:.1f}")
    return "".join(words)

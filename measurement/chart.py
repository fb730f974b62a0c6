"""Charts of measured points over two axes that both begin at zero, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from measurement.drawing import templates

WIDTH_PX, HEIGHT_PX = 760, 360
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 70, 190, 50, 46
TICKS = 5
WIDEST_PX = 6.0
COLOURS = (
    *("#1d5fa8", "#b3541e", "#2f7d4f", "#7a4f9a", "#8a6d1a"),
    *("#37474f", "#ad2d5b", "#00798c", "#6b8e00", "#d97fb0"),
)
Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Points that belong together, in the axes' units.

    Steps go up where a value came and to the right where none did; a line joins all points. Pieces are pairs
    of points, each joined and not to the next pair; the first series' are the widest, so that those of others
    do not hide them. Dots stand by themselves.
    """

    label: str
    points: Sequence[Point]
    drawn_as: Literal["steps", "line", "pieces", "dots"]


@dataclass(frozen=True)
class Axis:
    """An axis: its label, and how many decimals its numbers have."""

    label: str
    decimals: int = 0


@dataclass(frozen=True)
class _Line:
    """A series as it is drawn: pixels."""

    label: str
    colour: str
    path: str
    width: float
    dots: Sequence[Point]
    y: float


def chart_svg(title: str, x_axis: Axis, y_axis: Axis, series: Sequence[Series]) -> str:
    """Return an SVG of some series, with a legend. Nothing is drawn but what they have."""
    most_x = max((x for each in series for x, _ in each.points), default=0.0) or 1.0
    most_y = max((y for each in series for _, y in each.points), default=0.0) or 1.0
    inner_width, inner_height = WIDTH_PX - LEFT_PX - RIGHT_PX, HEIGHT_PX - TOP_PX - BOTTOM_PX

    def place(point: Point) -> Point:
        x, y = point
        return LEFT_PX + x / most_x * inner_width, HEIGHT_PX - BOTTOM_PX - y / most_y * inner_height

    origin = place((0, 0))
    lines = [
        _line(each, COLOURS[number % len(COLOURS)], [place(point) for point in each.points], origin, number)
        for number, each in enumerate(series)
    ]
    ticks = [step / TICKS for step in range(TICKS + 1)]
    return templates.get_template("chart.svg.j2").render(
        title=title,
        x_label=x_axis.label,
        y_label=y_axis.label,
        width=WIDTH_PX,
        height=HEIGHT_PX,
        left=LEFT_PX,
        right=WIDTH_PX - RIGHT_PX,
        bottom=HEIGHT_PX - BOTTOM_PX,
        top=TOP_PX,
        lines=lines,
        times=[(place((tick * most_x, 0))[0], f"{tick * most_x:.{x_axis.decimals}f}") for tick in ticks],
        sizes=[(place((0, tick * most_y))[1], f"{tick * most_y:.{y_axis.decimals}f}") for tick in ticks],
    )


def _line(series: Series, colour: str, points: Sequence[Point], origin: Point, number: int) -> _Line:
    paths = {"steps": _steps(points, origin), "line": _joined(points), "pieces": _pieces(points), "dots": ""}
    return _Line(
        label=series.label,
        colour=colour,
        path=paths[series.drawn_as],
        width=max(1.2, WIDEST_PX - 3 * number) if series.drawn_as == "pieces" else 1.6,
        dots=points if series.drawn_as == "dots" else (),
        y=TOP_PX + 16 * number + 8,
    )


def _steps(points: Sequence[Point], origin: Point) -> str:
    """Return a path that goes up where something came, and to the right where nothing did."""
    words = [f"M{origin[0]:.1f} {origin[1]:.1f}"]
    for x, y in points:
        words.append(f"H{x:.1f}V{y:.1f}")
    return "".join(words)


def _joined(points: Sequence[Point]) -> str:
    return "".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))


def _pieces(points: Sequence[Point]) -> str:
    return "".join(f"{'ML'[number % 2]}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))

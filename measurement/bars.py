"""Bars of durations, one piece after another, in groups: where the time goes, side by side, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from measurement.chart import COLOURS
from measurement.drawing import templates
from measurement.lettering import cut_to, width_px

WIDTH_PX, MARGIN_PX = 760, 12
FONT_PX, TITLE_PX = 11, 14
TOP_PX, BOTTOM_PX = 42, 28  # to the legend's first line; below the bars
LINE_PX, BAR_PX, THICK_PX, APART_PX = 18, 20, 16, 8
SWATCH_PX = 10
LONGEST_PX = 220  # of a bar's label, and of a piece's in the legend
GAP_PX = 6  # between a mark and its text, between texts
LEAST_LEFT_PX = 40
MOST_TICKS, LEAST_MS = 5, 1.0  # of the scale


@dataclass(frozen=True)
class Segment:
    """A piece of a bar: what took how long, in milliseconds. A label has the same colour in every bar."""

    label: str
    ms: float


@dataclass(frozen=True)
class Bar:
    """What took place one after another; without segments it is one of which nothing was measured."""

    label: str
    segments: Sequence[Segment]

    @property
    def ms(self) -> float:
        """How long all of it took."""
        return math.fsum(segment.ms for segment in self.segments)

    @property
    def total(self) -> str:
        """How long all of it took, in words."""
        return f"{self.ms:,.1f} ms" if self.segments else "not measured"


@dataclass(frozen=True)
class Group:
    """Bars that belong together, below a name."""

    label: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class _Item:
    """A line of the legend: pixels."""

    x: float
    y: int
    colour: str
    label: str


@dataclass(frozen=True)
class _Part:
    """A segment as it is drawn: pixels. It has a label where there is room for one."""

    x: float
    width: float
    colour: str
    label: str
    told: str


@dataclass(frozen=True)
class _Drawn:
    """A bar as it is drawn: pixels."""

    y: int
    label: str
    parts: Sequence[_Part]
    end: float
    total: str


@dataclass(frozen=True)
class _Scale:
    """Where bars begin, how long a millisecond is, and where the longest bar ends: pixels, milliseconds."""

    left: float
    px_per_ms: float
    most_ms: float

    def x(self, ms: float) -> float:
        return self.left + ms * self.px_per_ms


def bars_svg(title: str, groups: Sequence[Group]) -> str:
    """Return an SVG of bars, all on one scale that begins at zero. Nothing is drawn but what they have."""
    bars = [bar for group in groups for bar in group.bars]
    labels = dict.fromkeys(segment.label for bar in bars for segment in bar.segments)
    colours = {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(labels)}
    legend, scale = _legend(colours), _scale(bars)
    top = (legend[-1].y if legend else TOP_PX) + APART_PX
    names, drawn, bottom = _below(top, groups, scale, colours)
    return templates.get_template("bars.svg.j2").render(
        title=title,
        told=_told(groups),
        shown_title=cut_to(title, WIDTH_PX - 2 * MARGIN_PX, TITLE_PX, bold=True),
        size=(WIDTH_PX, bottom + BOTTOM_PX),
        fonts=(FONT_PX, TITLE_PX),
        margin=MARGIN_PX,
        swatch=SWATCH_PX,
        gap=GAP_PX,
        thick=THICK_PX,
        legend=legend,
        left=scale.left,
        top=top,
        bottom=bottom,
        ticks=_ticks(scale),
        names=names,
        bars=drawn,
    )


def _legend(colours: Mapping[str, str]) -> list[_Item]:
    """Return the legend, in as many lines as it needs."""
    items: list[_Item] = []
    x, y = float(MARGIN_PX), TOP_PX
    for label, colour in colours.items():
        shown = cut_to(label, LONGEST_PX, FONT_PX)
        wide = SWATCH_PX + GAP_PX + width_px(shown, FONT_PX)
        if x > MARGIN_PX and x + wide > WIDTH_PX - MARGIN_PX:
            x, y = float(MARGIN_PX), y + LINE_PX
        items.append(_Item(x, y, colour, shown))
        x += wide + 2 * APART_PX
    return items


def _scale(bars: Sequence[Bar]) -> _Scale:
    """Leave as much room before the bars as their labels need, and behind the longest as any total does."""
    labels = [width_px(cut_to(bar.label, LONGEST_PX, FONT_PX), FONT_PX) for bar in bars]
    totals = [width_px(bar.total, FONT_PX, bold=True) for bar in bars]
    left = MARGIN_PX + max(LEAST_LEFT_PX, *labels, 0) + APART_PX
    right = WIDTH_PX - MARGIN_PX - GAP_PX - max(totals, default=0)
    most_ms = max((bar.ms for bar in bars), default=0.0)
    most_ms = max(most_ms, LEAST_MS)
    return _Scale(left, (right - left) / most_ms, most_ms)


def _ticks(scale: _Scale) -> list[tuple[float, str]]:
    """Return round numbers along the scale, as many as have room, with their places."""
    power = math.floor(math.log10(scale.most_ms / MOST_TICKS))
    steps_ms = (step * 10.0**power for step in (1, 2, 5, 10))
    step_ms = next(step_ms for step_ms in steps_ms if step_ms * MOST_TICKS >= scale.most_ms)
    ticks: list[tuple[float, str]] = []
    free = 0.0
    for number in range(math.floor(scale.most_ms / step_ms) + 1):
        x = scale.x(number * step_ms)
        shown = f"{number * step_ms:,.{max(0, -power)}f}"
        half = width_px(shown, FONT_PX) / 2
        if x - half >= free:
            ticks.append((x, shown))
            free = x + half + GAP_PX
    return ticks


def _below(
    y: int, groups: Sequence[Group], scale: _Scale, colours: Mapping[str, str]
) -> tuple[list[tuple[int, str]], list[_Drawn], int]:
    """Return the groups' names, the bars, and where they end, each below the one before."""
    names, drawn = [], []
    for group in groups:
        shown = cut_to(group.label, WIDTH_PX - 2 * MARGIN_PX, FONT_PX, bold=True)
        names.append((y + LINE_PX - 5, shown))
        y += LINE_PX
        for bar in group.bars:
            drawn.append(_drawn(group, bar, y, scale, colours))
            y += BAR_PX
        y += APART_PX
    return names, drawn, y


def _drawn(group: Group, bar: Bar, y: int, scale: _Scale, colours: Mapping[str, str]) -> _Drawn:
    parts, before = [], 0.0
    for segment in bar.segments:
        x, wide = scale.x(before), segment.ms * scale.px_per_ms
        label = f"{segment.ms:,.1f}"
        fits = width_px(label, FONT_PX) + GAP_PX <= wide
        told = f"{group.label}, {bar.label}: {segment.label} {segment.ms:,.3f} ms"
        parts.append(_Part(x, wide, colours[segment.label], label if fits else "", told))
        before += segment.ms
    return _Drawn(y, cut_to(bar.label, LONGEST_PX, FONT_PX), parts, scale.x(before), bar.total)


def _told(groups: Sequence[Group]) -> str:
    """Return what the picture shows, in words."""
    lines = []
    for group in groups:
        for bar in group.bars:
            parts = ", ".join(f"{segment.label} {segment.ms:,.1f}" for segment in bar.segments)
            lines.append(f"{group.label}, {bar.label}: {bar.total}" + (f" ({parts})" if parts else ""))
    return "; ".join(lines)

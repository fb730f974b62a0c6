"""Lanes over time: what each of several clients asked, and what it got, as SVG.

A lane has a row for each kind of answer, so that colours need not be told apart; a stroke is a request, at
the time when it was made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from measurement.chart import COLOURS
from measurement.drawing import templates
from measurement.lettering import cut_to, width_px

WIDTH_PX, MARGIN_PX, FONT_PX = 760, 12, 11
TOP_PX, BOTTOM_PX = 40, 42  # to the first event's label; below the lanes
EVENT_PX, NAME_PX, ROW_PX, APART_PX, STROKE_PX = 16, 16, 15, 8, 10
LONGEST_PX = 200  # of a row's label
GAP_PX = 6
MOST_TICKS = 9
STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class Lane:
    """One client's requests: for each kind of answer the times at which they were made, in seconds."""

    label: str
    strokes: Sequence[tuple[str, Sequence[float]]]


@dataclass(frozen=True)
class Mark:
    """Something that happened at a time, in seconds."""

    at_s: float
    label: str


@dataclass(frozen=True)
class _Row:
    """A kind of answer as it is drawn: pixels."""

    y: int
    label: str
    colour: str
    path: str


@dataclass(frozen=True)
class _Event:
    """Something that happened, as it is drawn: pixels."""

    x: float
    y: int
    text_x: float
    anchor: str
    label: str


@dataclass(frozen=True)
class _Scale:
    """Where time begins and ends: pixels, and the unit of its numbers in seconds."""

    left: float
    right: float
    most_s: float

    def x(self, at_s: float) -> float:
        return self.left + at_s / self.most_s * (self.right - self.left)


def lanes_svg(title: str, lanes: Sequence[Lane], marks: Sequence[Mark], *, hours: bool = False) -> str:
    """Return an SVG of some lanes on one scale that begins at zero: seconds, or hours."""
    times = [at for lane in lanes for _, strokes in lane.strokes for at in strokes]
    kinds = [cut_to(kind, LONGEST_PX, FONT_PX) for lane in lanes for kind, _ in lane.strokes]
    left = MARGIN_PX + max((width_px(kind, FONT_PX) for kind in kinds), default=0.0) + GAP_PX
    scale = _Scale(left, WIDTH_PX - 2 * MARGIN_PX, max(times, default=0.0) or 1.0)
    top = TOP_PX + EVENT_PX * len(marks)
    names, rows, bottom = _drawn(lanes, scale, top)
    return templates.get_template("lanes.svg.j2").render(
        title=title,
        told=_told(lanes, marks),
        width=WIDTH_PX,
        height=bottom + BOTTOM_PX,
        left=scale.left,
        right=scale.right,
        top=top,
        bottom=bottom,
        x_label="hours" if hours else "seconds",
        ticks=_ticks(scale, 3600 if hours else 1),
        events=[_event(mark, scale, TOP_PX + EVENT_PX * n) for n, mark in enumerate(marks)],
        names=names,
        rows=rows,
    )


def _drawn(lanes: Sequence[Lane], scale: _Scale, y: int) -> tuple[list[tuple[int, str]], list[_Row], int]:
    kinds = list(dict.fromkeys(kind for lane in lanes for kind, _ in lane.strokes))
    names, rows = [], []
    for lane in lanes:
        names.append((y + NAME_PX - 4, lane.label))
        y += NAME_PX
        for kind, times in lane.strokes:
            y += ROW_PX
            colour = COLOURS[kinds.index(kind) % len(COLOURS)]
            path = "".join(f"M{scale.x(at):.1f} {y - STROKE_PX / 2:.0f}v{STROKE_PX}" for at in times)
            rows.append(_Row(y, cut_to(kind, LONGEST_PX, FONT_PX), colour, path))
        y += APART_PX
    return names, rows, y + APART_PX


def _event(mark: Mark, scale: _Scale, y: int) -> _Event:
    x = scale.x(mark.at_s)
    fits = x + GAP_PX + width_px(mark.label, FONT_PX) <= WIDTH_PX - MARGIN_PX
    return _Event(x, y, x + GAP_PX if fits else x - GAP_PX, "start" if fits else "end", mark.label)


def _ticks(scale: _Scale, unit_s: int) -> list[tuple[float, str]]:
    most = scale.most_s / unit_s
    step = next((step for step in STEPS if step * MOST_TICKS >= most), STEPS[-1])
    return [
        (scale.x(number * step * unit_s), f"{number * step}") for number in range(math.floor(most / step) + 1)
    ]


def _told(lanes: Sequence[Lane], marks: Sequence[Mark]) -> str:
    """Return what the picture shows, in words."""
    words = [f"{mark.at_s:g} s: {mark.label}" for mark in marks]
    for lane in lanes:
        parts = (
            f"{kind} {len(times)} from {min(times):.1f} to {max(times):.1f} s" for kind, times in lane.strokes
        )
        words.append(f"{lane.label}: {', '.join(parts)}")
    return "; ".join(words)

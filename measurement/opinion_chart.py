"""Mean opinion scores side by side: a bar for each, over what people would say of such a call, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from measurement.chart import COLOURS
from measurement.drawing import templates
from measurement.emodel import BEST_MOS, WORST_MOS
from measurement.lettering import cut_to, width_px

WIDTH_PX, MARGIN_PX, RIGHT_PX = 760, 12, 40
FONT_PX, TITLE_PX, SMALL_PX = 11, 14, 9
TOP_PX, BOTTOM_PX = 70, 28
BAR_PX, THICK_PX, APART_PX, GAP_PX = 17, 13, 7, 6
LONGEST_PX = 250
TICKS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5)
# ITU-T G.107, annex B: from which score on people are how content.
CONTENT = (
    (1.0, ("", "not recommended")),
    (2.58, ("nearly all", "dissatisfied")),
    (3.10, ("many", "dissatisfied")),
    (3.60, ("some", "dissatisfied")),
    (4.03, ("", "satisfied")),
    (4.34, ("very", "satisfied")),
)
GREYS = ("#d5d9dd", "#dfe3e6", "#e8ebee", "#f0f2f4", "#f7f8f9", "#ffffff")


@dataclass(frozen=True)
class Score:
    """A mean opinion score, 1 to 4.5; a label has the same colour in every group."""

    label: str
    mos: float


@dataclass(frozen=True)
class Scores:
    """Scores that belong together, below a name."""

    label: str
    scores: Sequence[Score]


class _Band(NamedTuple):
    """What people say between two scores: pixels."""

    x: float
    width: float
    grey: str
    lines: tuple[str, ...]


class _Bar(NamedTuple):
    """A score as it is drawn: pixels."""

    y: int
    width: float
    colour: str
    shown: str
    told: str


def opinions_svg(title: str, groups: Sequence[Scores]) -> str:
    """Return an SVG of scores, on a scale that begins at the worst. Nothing is drawn but what they have."""
    labels = list(dict.fromkeys(score.label for group in groups for score in group.scores))
    colours = {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(labels)}
    shown = [cut_to(group.label, LONGEST_PX, FONT_PX) for group in groups]
    left = MARGIN_PX + max((width_px(label, FONT_PX) for label in shown), default=0.0) + GAP_PX
    per_point = (WIDTH_PX - RIGHT_PX - left) / (BEST_MOS - WORST_MOS)
    names, bars, y = [], [], TOP_PX + APART_PX
    for label, group in zip(shown, groups, strict=True):
        names.append((y + (BAR_PX * len(group.scores) + FONT_PX) / 2 - 3, label))
        for score in group.scores:
            told = f"{group.label}, {score.label}: {score.mos:.2f}"
            wide = (score.mos - WORST_MOS) * per_point
            bars.append(_Bar(y, wide, colours[score.label], f"{score.mos:.2f}", told))
            y += BAR_PX
        y += APART_PX
    return templates.get_template("opinions.svg.j2").render(
        title=title,
        told="; ".join(bar.told for bar in bars),
        size=(WIDTH_PX, y + BOTTOM_PX),
        fonts=(FONT_PX, TITLE_PX, SMALL_PX),
        margin=MARGIN_PX,
        gap=GAP_PX,
        thick=THICK_PX,
        left=left,
        top=TOP_PX,
        bottom=y,
        legend=_legend(colours),
        bands=_bands(left, per_point),
        ticks=[(left + (mos - WORST_MOS) * per_point, f"{mos:.1f}") for mos in TICKS],
        names=names,
        bars=bars,
    )


def _legend(colours: dict[str, str]) -> list[tuple[float, str, str]]:
    found, x = [], float(MARGIN_PX)
    for label, colour in colours.items():
        found.append((x, colour, label))
        x += THICK_PX + width_px(label, FONT_PX) + 3 * GAP_PX
    return found


def _bands(left: float, per_point: float) -> list[_Band]:
    """Return what people say of each part of the scale; a part too narrow for its words has none."""
    ends = [*(mos for mos, _ in CONTENT[1:]), BEST_MOS]
    found = []
    for (mos, lines), end, grey in zip(CONTENT, ends, GREYS, strict=True):
        wide = (end - mos) * per_point
        fits = max(width_px(line, SMALL_PX) for line in lines) <= wide
        found.append(_Band(left + (mos - WORST_MOS) * per_point, wide, grey, lines if fits else ()))
    return found

"""The sequence ladder: who sent what to whom, drawn on one clock from captured times, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from measurement.drawing import NOT_IN_XML, templates
from measurement.messages import Message
from measurement.result import FrameRef

LANE_PX = 150
MARGIN_PX = 90
TOP_PX = 64
PX_PER_MS = 1.5
LABEL_PX = 14  # between two labels
BADGE_PX = 15  # between the middles of two
NS_PER_MS = 1_000_000
LONGEST_LABEL = 44


@dataclass(frozen=True)
class _Arrow:
    """An arrow from one lane to another, where its label stands, and the steps that it shows; in pixels."""

    x1: int
    y1: float
    x2: int
    y2: float
    label_y: float
    text: str
    badges: tuple[tuple[float, float, int], ...] = ()


def ladder_svg(
    title: str, messages: Sequence[Message], steps: Mapping[FrameRef, Sequence[int]] | None = None
) -> str:
    """Return an SVG with a lane for each node and an arrow for each message; times in milliseconds.

    The clock starts with the first message. Nothing is drawn but what ``messages`` has. A message that shows
    one of the numbered ``steps``, by its frames, has their numbers.
    """
    numbers = steps or {}
    start_ns = min((message.sent_ns for message in messages), default=0)
    lanes = list(dict.fromkeys(name for message in messages for name in (message.source, message.to)))
    x = {name: MARGIN_PX + number * LANE_PX for number, name in enumerate(lanes)}
    arrows: list[_Arrow] = []
    bottom = float(TOP_PX)
    for message in messages:
        sent, received = (_y(time_ns - start_ns) for time_ns in (message.sent_ns, message.received_ns))
        label_y = max((sent + received) / 2 - 3, arrows[-1].label_y + LABEL_PX if arrows else 0)
        at_ms = (message.sent_ns - start_ns) / NS_PER_MS
        ends = x[message.source], sent, x[message.to], received
        shows = {number for frame in message.frames for number in numbers.get(frame, ())}
        text = f"{at_ms:.1f} ms  {_short(message.text)}"
        arrows.append(_Arrow(*ends, label_y, text, _badges(ends, sorted(shows))))
        bottom = max(bottom, received, label_y)
    width = 2 * MARGIN_PX + LANE_PX * max(0, len(lanes) - 1)
    template = templates.get_template("ladder.svg.j2")
    return template.render(
        title=title, lanes=x, arrows=arrows, width=width, bottom=round(bottom + 24), top=TOP_PX
    )


def _badges(
    ends: tuple[int, float, int, float], steps: Sequence[int]
) -> tuple[tuple[float, float, int], ...]:
    """Return where the numbers of steps stand: one after another, from where the arrow begins."""
    x1, y1, x2, y2 = ends
    towards = 1 if x2 > x1 else -1
    slope = (y2 - y1) / (x2 - x1) if x2 != x1 else 0.0
    along = [towards * BADGE_PX * (0.5 + number) for number in range(1, len(steps) + 1)]
    return tuple((x1 + far, y1 + far * slope, step) for far, step in zip(along, steps, strict=True))


def _y(after_ns: int) -> float:
    return TOP_PX + after_ns / NS_PER_MS * PX_PER_MS


def _short(text: str) -> str:
    text = NOT_IN_XML.sub("?", text)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"

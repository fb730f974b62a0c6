"""A run in a terminal: its ladder with a lane for each node, and its waterfall, both as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from measurement.journey import PHASES
from measurement.messages import Message
from measurement.result import FrameRef, JourneyResult

NS_PER_MS = 1_000_000
TIME_COLUMNS = 11  # "12,345.678 " in milliseconds
LEAST_LANE, MOST_LANE = 6, 14  # columns
LEAST_TEXT = 24
NO_ROOM = "…"
MARKS: Mapping[str, str] = dict(zip(PHASES[:-1], "░▒▓█", strict=True))  # dark is what the service took
LEAST_BAR = 20


def ladder_lines(
    messages: Sequence[Message], numbers: Mapping[FrameRef, Sequence[int]], width: int
) -> list[str]:
    """Return a line for each message: its time in ms, an arrow between two lanes, and what it said.

    ``numbers`` are those of the steps that frames show; they stand before the words, in brackets. Where
    ``width`` columns are not enough for lanes, a line names both nodes instead.
    """
    lanes = list(dict.fromkeys(name for each in messages for name in (each.source, each.to)))
    start_ns = min((each.sent_ns for each in messages), default=0)
    room = (width - TIME_COLUMNS - LEAST_TEXT) // max(1, len(lanes))
    if room < LEAST_LANE:
        return [_in_words(each, numbers, start_ns, width) for each in messages]
    wide = min(MOST_LANE, room)
    head = " " * TIME_COLUMNS + "".join(_fitted(name, wide - 1).ljust(wide) for name in lanes)
    return [head.rstrip(), *_arrows(messages, numbers, lanes, start_ns, wide, width)]


def _arrows(
    messages: Sequence[Message],
    numbers: Mapping[FrameRef, Sequence[int]],
    lanes: Sequence[str],
    start_ns: int,
    wide: int,
    width: int,
) -> Iterator[str]:
    for each in messages:
        track = list((" " * (wide - 1)).join("│" for _ in lanes))
        a, b = (lanes.index(name) * wide for name in (each.source, each.to))
        low, high = min(a, b), max(a, b)
        track[low : high + 1] = "├" + "─" * (high - low - 1) + "┤"
        track[b - 1 if b > a else b + 1] = "►" if b > a else "◄"
        told = _fitted(_told(each, numbers), max(LEAST_TEXT, width - TIME_COLUMNS - len(track) - 2))
        yield f"{_ms(each.sent_ns - start_ns)} {''.join(track)}  {told}"


def _in_words(message: Message, numbers: Mapping[FrameRef, Sequence[int]], start_ns: int, width: int) -> str:
    line = f"{_ms(message.sent_ns - start_ns)} {message.source} -> {message.to}: {_told(message, numbers)}"
    return _fitted(line, width)


def _told(message: Message, numbers: Mapping[FrameRef, Sequence[int]]) -> str:
    steps = sorted({number for frame in message.frames for number in numbers.get(frame, ())})
    return "".join(f"[{step}] " for step in steps) + message.text


def _ms(after_ns: int) -> str:
    return f"{after_ns / NS_PER_MS:,.3f}".rjust(TIME_COLUMNS - 1)


def waterfall_lines(journeys: Sequence[JourneyResult], width: int) -> list[str]:
    """Return a bar for each request, a mark for each phase, all on one scale; and what the marks mean."""
    if not journeys:
        return []
    names = [f"{each.case}, {each.request}" for each in journeys]
    left = min(max(map(len, names)), max(LEAST_BAR, width // 3))
    room = max(LEAST_BAR, width - left - len(" 12,345.678 ms") - 2)
    most_ms = max(_until_first_byte(each) for each in journeys) or 1.0
    lines = []
    for name, each in zip(names, journeys, strict=True):
        bar = _bar(each, room / most_ms) if each.status else "no answer"
        total = f" {each.phases_ms['total']:,.3f} ms" if each.status else ""
        lines.append(f"{_fitted(name, left).rjust(left)}  {bar}{total}")
    marks = ", ".join(f"{mark} {name.replace('_', ' ')}" for name, mark in MARKS.items())
    return [*lines, "", f"{' ' * left}  {marks}; at the end the whole time"]


def _bar(journey: JourneyResult, columns_per_ms: float) -> str:
    """Return a bar whose phases end where they do, to the nearest column."""
    bar, passed_ms = "", 0.0
    for name, mark in MARKS.items():
        passed_ms += journey.phases_ms[name]
        bar += mark * (round(passed_ms * columns_per_ms) - len(bar))
    return bar


def _until_first_byte(journey: JourneyResult) -> float:
    return sum(journey.phases_ms[name] for name in MARKS)


def _fitted(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + NO_ROOM

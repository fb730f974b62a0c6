"""A tunnel over hours in figures and pictures: what was lost, and when sessions began."""

from __future__ import annotations

from experiments.exercise import Stream
from experiments.hours import (
    KEEPALIVE,
    KEEPALIVE_S,
    REKEY,
    REKEY_TIMEOUT_S,
    RESTART,
    ROAM,
    SILENCE,
    Hours,
    hours,
)
from experiments.reading import Reading
from measurement.chart import Axis, Series, chart_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.observation import DatagramRun
from measurement.result import Figure

NS_PER_MINUTE = 60_000_000_000
PATIENCE_MS = (KEEPALIVE_S + REKEY_TIMEOUT_S) * 1000.0  # a client's, after which it begins anew
CALLED = {
    REKEY: "a datagram a second",
    KEEPALIVE: "kept alive",
    SILENCE: "silence",
    RESTART: "a restart",
    ROAM: "another address",
}


def figures(reading: Reading) -> list[Figure]:
    """Return what was lost, and for how long nothing arrived, beside what WireGuard's timers allow."""
    found: list[Figure] = []
    for exercise in reading.order.exercises:
        case = hours(reading, exercise.name)
        try:
            for source, target in dict.fromkeys((each.source, each.target) for each in exercise.streams):
                found += _figures_of(case, source, target)
        except (Missing, Refuted):
            continue  # The claims say what is wrong.
    return found


def pictures(reading: Reading) -> dict[str, str]:
    """Return how many sessions there were over time, and how long datagrams took around what happened."""
    return {"sessions.svg": _sessions(reading), "events.svg": _events(reading)}


def _sessions(reading: Reading) -> str:
    series = []
    for name in (REKEY, KEEPALIVE, SILENCE):
        case = hours(reading, name)
        try:
            first_ns = case.runs(0, sent=True)[0].time_ns
            times = [(each.time_ns - first_ns) / NS_PER_MINUTE for each in case.handshakes()]
        except (Missing, IndexError):
            continue
        points = [(max(0.0, at), float(number)) for number, at in enumerate(times, start=1)]
        series.append(Series(CALLED[name], points, "steps"))
    return chart_svg("Sessions begun", Axis("minutes"), Axis("handshakes"), series)


def _events(reading: Reading) -> str:
    """Draw how many datagrams of the client have arrived, by when they were sent."""
    series = []
    for name in (ROAM, RESTART):
        case = hours(reading, name)
        try:
            runs = case.runs(0, sent=False)
        except Missing:
            continue
        series.append(Series(CALLED[name], _arrived(case.exercise.streams[0], runs), "line"))
    return chart_svg("While something happens", Axis("seconds, when sent"), Axis("datagrams arrived"), series)


def _arrived(stream: Stream, runs: list[DatagramRun]) -> list[tuple[float, float]]:
    """Return how many had arrived at the beginning and at the end of each run, the later ones added."""
    points, count = [], 0
    for run in runs:
        for number, more in ((run.first, 1), (run.last, run.datagrams - 1)):
            count += more
            points.append(((stream.start_ms + number * stream.interval_us / 1000) / 1000, float(count)))
    return points


def _figures_of(case: Hours, source: str, target: str) -> list[Figure]:
    """Return what was lost from one node to another, in all streams between them."""
    streams = case.exercise.streams
    numbers = [n for n, each in enumerate(streams) if (each.source, each.target) == (source, target)]
    lost = [len(case.lost(number)) for number in numbers]
    way = f"{case.exercise.name}: {source} to {target}"
    shown = frames(*(row for number in numbers for row in case.shown(number)[:2]))
    found = [Figure(name="datagrams lost", case=way, unit="packets", measured=sum(lost), frames=shown)]
    if any(lost):
        gone_ms = sum(each * streams[n].interval_us / 1000 for each, n in zip(lost, numbers, strict=True))
        expected = PATIENCE_MS if case.exercise.name == RESTART else None
        found.append(
            Figure(
                name="worth of sending",
                case=way,
                unit="ms",
                measured=gone_ms,
                expected=expected,
                frames=shown,
            )
        )
    return found

"""What a cut costs, in numbers and as a picture."""

from __future__ import annotations

from collections.abc import Iterable

from experiments.cut_stream import US_PER_MS, CutStream
from experiments.streaming import NS_PER_MS
from measurement.chart import Axis, Series, chart_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.observation import DatagramRun
from measurement.result import Figure


def failover_svg(failovers: Iterable[CutStream]) -> str:
    """Return a picture of how long each datagram took; where none is drawn, none arrived."""
    series = []
    for failover in failovers:
        try:
            pieces = [point for run in failover.watched.arrived() for point in _piece(failover, run)]
        except (Missing, Refuted):
            continue
        series.append(Series(failover.exercise.name, pieces, "pieces"))
    title = "A link is cut, and mended: how long each packet takes"
    return chart_svg(title, Axis("ms since the first packet, when sent"), Axis("ms one way"), series)


def _piece(failover: CutStream, run: DatagramRun) -> list[tuple[float, float]]:
    """Return both ends of a run: when its first and its last datagram were sent, and how long they took."""
    delay_ms = run.least_delay_us / US_PER_MS
    return [(number * failover.interval_ms, delay_ms) for number in (run.first, run.last)]


def figures_of(failover: CutStream) -> list[Figure]:
    """Return how many were lost and for how long nothing arrived; nothing where that cannot be told."""
    watched, name = failover.watched, failover.exercise.name
    try:
        lost = failover.lost_in_the_cut()
        before, after = watched.run_of(lost[0] - 1), watched.run_of(lost[-1] + 1)
    except (Missing, Refuted, IndexError):
        return []
    gap_ns = after.time_ns - before.last_time_ns
    place = failover.place
    around = place.detour if failover.exercise.rules.protection else place.without
    longer_ms = place.one_way_ms(around) - place.one_way_ms(place.way)
    seen = frames(before, after)
    return [
        Figure(name="lost", case=name, unit="packets", measured=len(lost), expected=None, frames=seen),
        Figure(
            name="nothing arrived for",
            case=name,
            unit="ms",
            measured=gap_ns / NS_PER_MS,
            expected=(len(lost) + 1) * failover.interval_ms + longer_ms,
            frames=seen,
        ),
    ]

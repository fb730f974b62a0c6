"""Calls side by side: segments against Microsoft's targets, what is heard, and RTCP beside captures."""

from __future__ import annotations

from itertools import product

from experiments.media_calls import WAYS, Place, SeenCall, Way, calls
from experiments.media_controls import CLEAN
from experiments.media_heard import expected_mos, heard_at, poor, to_the_edge
from experiments.media_reports import reported_receptions, reported_round_trips
from experiments.media_ways import expected_ms, expected_quality
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted, frames
from measurement.media import AUDIO, Medium
from measurement.media_targets import CLIENT_TO_EDGE, CUSTOMER_EDGE_TO_EDGE, Quality, missed
from measurement.result import Cell, Column, Figure, Table, TableRow

SEGMENTS, HEARD, RTCP = "Segments of a call", "What is heard", "RTCP beside captures"
TO: dict[Way, str] = {"up": "to the meeting", "down": "to the client"}


def tables(reading: Reading) -> list[Table]:
    """Return the tables of the calls that captures show; those that they do not are left out."""
    shown = [seen for seen in calls(reading) if is_seen(seen)]
    if not shown:
        return []
    return [_segments(shown), _heard(shown), _rtcp(shown)]


def figures(reading: Reading) -> list[Figure]:
    """Return each call's way to the edge and its worse score; expected is what length alone makes of it."""
    found = []
    for seen in (each for each in calls(reading) if is_seen(each)):
        by_length = expected_quality(seen, seen.client, seen.edge)
        measured = to_the_edge(seen)
        refs = frames(*seen.shown(seen.client, seen.edge, AUDIO))
        clean = seen.call.name in CLEAN
        for name, value, wanted in (
            ("one way to the edge", measured.one_way_ms, by_length.one_way_ms),
            ("RTT to the edge", measured.rtt_ms, by_length.rtt_ms),
        ):
            expected = round(wanted, 3) if clean else None
            figure = Figure(name=name, case=seen.call.name, unit="ms", measured=round(value, 3), frames=refs)
            found.append(figure.model_copy(update={"expected": expected}))
        found.append(_score(seen, clean=clean))
    return found


def _score(seen: SeenCall, *, clean: bool) -> Figure:
    scores = {way: heard_at(seen, way).mos for way in WAYS}
    way = min(WAYS, key=lambda each: scores[each])
    wanted = expected_mos(expected_ms(seen, seen.client, seen.peer, way))
    return Figure(
        name="how it sounds",
        case=seen.call.name,
        unit="MOS",
        measured=round(scores[way], 3),
        expected=round(wanted, 3) if clean else None,
        frames=frames(*seen.shown(seen.client, seen.peer, AUDIO)),
    )


def is_seen(seen: SeenCall) -> bool:
    """Say whether a call's media are in whole captures at both ends and at a relay."""
    try:
        for medium, way in product(seen.call.media, WAYS):
            seen.stream(seen.client, seen.edge, medium, way)
            seen.stream(seen.behind, seen.peer, medium, way)
    except (Missing, Refuted):
        return False
    return True


def _segments(shown: list[SeenCall]) -> Table:
    columns = (
        Column(heading="segment"),
        Column(heading="medium"),
        Column(heading="one way", unit="ms"),
        Column(heading="RTT", unit="ms"),
        Column(heading="jitter", unit="ms"),
        Column(heading="loss in 15 s", unit="%"),
        Column(heading="loss in 200 ms", unit="%"),
        Column(heading="reordered", unit="%"),
        Column(heading="targets missed"),
    )
    rows = []
    for seen in shown:
        for medium in seen.call.media:
            to_edge = ("client to edge", seen.client, seen.edge)
            rows.append(_segment(seen, medium, *to_edge, CLIENT_TO_EDGE))
            if seen.office is not None:
                between = ("customer edge to edge", seen.office, seen.edge)
                rows.append(_segment(seen, medium, *between, CUSTOMER_EDGE_TO_EDGE))
            rows.append(_segment(seen, medium, "edge to meeting", seen.behind, seen.peer, None))
    return Table(title=SEGMENTS, columns=columns, rows=tuple(rows))


def _segment(
    seen: SeenCall, medium: Medium, name: str, near: Place, far: Place, targets: Quality | None
) -> TableRow:
    found = seen.quality(near, far, medium)
    values = (
        found.one_way_ms,
        found.rtt_ms,
        found.jitter_ms,
        found.loss_percent,
        found.burst_loss_percent,
        found.reorder_percent,
    )
    judged = "" if targets is None else ", ".join(missed(found, targets)) or "none"
    cells: tuple[Cell, ...] = (name, medium.name, *(round(value, 3) for value in values), judged or None)
    return TableRow(cells=cells, frames=frames(*seen.shown(near, far, medium)), group=seen.call.text)


def _heard(shown: list[SeenCall]) -> Table:
    columns = (
        Column(heading="audio"),
        Column(heading="sent", unit="packets"),
        Column(heading="lost", unit="packets"),
        Column(heading="too late", unit="packets"),
        Column(heading="mouth to ear", unit="ms"),
        Column(heading="R"),
        Column(heading="score", unit="MOS"),
        Column(heading="by Microsoft's rule"),
    )
    rows = []
    for seen in shown:
        for way in WAYS:
            stream, ear = seen.stream(seen.client, seen.peer, AUDIO, way), heard_at(seen, way)
            cells: tuple[Cell, ...] = (
                TO[way],
                len(stream.passed),
                stream.lost,
                ear.late,
                round(ear.delay_ms, 3),
                f"{ear.r:.1f}",
                round(ear.mos, 3),
                "poor" if poor(seen, way) else "good",
            )
            refs = frames(*seen.shown(seen.client, seen.peer, AUDIO))
            rows.append(TableRow(cells=cells, frames=refs, group=seen.call.text))
    return Table(title=HEARD, columns=columns, rows=tuple(rows))


def _rtcp(shown: list[SeenCall]) -> Table:
    """Return what the last report on each direction says."""
    columns = (
        Column(heading="audio"),
        Column(heading="RTT by RTCP", unit="ms"),
        Column(heading="RTT by captures", unit="ms"),
        Column(heading="jitter by RTCP", unit="ms"),
        Column(heading="jitter by captures", unit="ms"),
        Column(heading="lost by RTCP", unit="packets"),
        Column(heading="lost by captures", unit="packets"),
    )
    rows = []
    for seen in shown:
        for way in WAYS:
            told, trips = reported_receptions(seen, way), reported_round_trips(seen, way)
            if not told:
                continue
            last, trip = told[-1], trips[-1] if trips else None
            cells: tuple[Cell, ...] = (
                TO[way],
                round(trip.said_ms, 3) if trip else None,
                round(trip.seen_ms, 3) if trip else None,
                round(last.said_jitter_ms, 3),
                round(last.seen_jitter_ms, 3),
                last.said_lost,
                last.seen_lost,
            )
            refs = frames(last.report, *([trip.report] if trip else []))
            rows.append(TableRow(cells=cells, frames=refs, group=seen.call.text))
    return Table(title=RTCP, columns=columns, rows=tuple(rows))

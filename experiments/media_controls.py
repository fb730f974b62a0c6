"""What is claimed of the measuring: the ideal path, arithmetic, and what the ends say of it themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from experiments.media_calls import WAYS, Place, SeenCall, Way, calls, seen_call
from experiments.media_heard import expected_mos, heard_at, misses, shown, to_the_edge
from experiments.media_names import FORCED, IDEAL, NEAREST, SPLIT, TENANT
from experiments.media_reports import reported_receptions, reported_round_trips
from experiments.media_ways import expected_ms
from experiments.reading import Reading
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.media import AUDIO
from measurement.media_targets import CLIENT_TO_EDGE, missed
from measurement.rows.rtp import RtpRun
from measurement.rtp_quality import NS_PER_MS

CLEAN = (IDEAL, NEAREST, TENANT, FORCED, SPLIT)  # nothing but their length matters
MOS_OFF = 0.005
RTCP_OFF_US, JITTER_OFF_MS = 50.0, 0.25  # the jitter is in 1/8 ms, and made of rounded times
US_PER_MS = NS_PER_US = 1000
# GStreamer expects packets from the second one on, as RFC 3550 (A.1) does, but the first counts among those
# that came: it has lost one less than were.
NOT_COUNTED = 1


def controls(reading: Reading) -> list[Claim]:
    """Return the controls."""
    return [
        Claim(
            "the ideal path: a meeting next door",
            "no target is missed, and the call sounds as its length alone allows",
            lambda: _ideal(seen_call(reading, IDEAL)),
        ),
        Claim(
            "packets take as long as the world says, where nothing is in their way",
            "each segment's fastest and median packets differ from arithmetic by"
            f" {reading.order.tolerance_us:g} us at most",
            lambda: _exact(reading),
        ),
        *ends_agree(reading),
    ]


def ends_agree(reading: Reading) -> list[Claim]:
    """Return what is claimed of all calls of a run, whatever their ways are."""
    return [
        Claim(
            "relays hand on all that comes, in its order",
            "what leaves a relay is what came, in every call",
            lambda: _handed_on(reading),
        ),
        Claim(
            "round trips by RTCP's reports (LSR and DLSR) beside those by captures",
            f"they differ by {RTCP_OFF_US:g} us at most; over TCP reports wait at their sender, too",
            lambda: _same_round_trips(reading),
        ),
        Claim(
            "jitter and loss by RTCP's reports beside those by captures",
            f"jitter differs by {JITTER_OFF_MS:g} ms at most, loss by the first packet at most",
            lambda: _same_receptions(reading),
        ),
    ]


def _ideal(seen: SeenCall) -> Finding:
    found = to_the_edge(seen)
    ears = [heard_at(seen, way) for way in WAYS]
    by_length = [expected_mos(expected_ms(seen, seen.client, seen.peer, way)) for way in WAYS]
    told = ", ".join(f"{ear.mos:.3f} ({wanted:.3f})" for ear, wanted in zip(ears, by_length, strict=True))
    text = f"{shown(found)}; {misses(found)}; MOS {told}"
    rows = (*seen.shown(seen.client, seen.edge, AUDIO), *seen.shown(seen.behind, seen.peer, AUDIO))
    off = max(abs(ear.mos - wanted) for ear, wanted in zip(ears, by_length, strict=True))
    if missed(found, CLIENT_TO_EDGE) or off > MOS_OFF:
        raise Refuted(text, *rows)
    return Finding(text, rows)


class _Segment(NamedTuple):
    """A segment of a call in one direction: how far its packets were from arithmetic, in microseconds."""

    name: str
    off_us: float
    rows: tuple[RtpRun, ...]


def _exact(reading: Reading) -> Finding:
    found = [
        _off(seen, near, far, way)
        for seen in (seen_call(reading, name) for name in CLEAN)
        for near, far in pairwise(_ends(seen))
        for way in WAYS
    ]
    worst = max(found, key=lambda segment: segment.off_us)
    text = f"{len(found)} ways; farthest off: {worst.name}, by {worst.off_us:.3f} us"
    if worst.off_us > reading.order.tolerance_us:
        raise Refuted(text, *worst.rows)
    return Finding(text, worst.rows)


def _ends(seen: SeenCall) -> list[Place]:
    office = [] if seen.office is None else [seen.office]
    return [seen.client, *office, seen.edge, seen.peer]


def _off(seen: SeenCall, near: Place, far: Place, way: Way) -> _Segment:
    if far == seen.peer:
        near = seen.behind
    delays = sorted(seen.stream(near, far, AUDIO, way).delays_ns)
    wanted_ns = expected_ms(seen, near, far, way) * NS_PER_MS
    off_us = max(abs(each - wanted_ns) / NS_PER_US for each in (delays[0], delays[len(delays) // 2]))
    name = f"{seen.call.name}, {near.point} to {far.point}, {way}"
    return _Segment(name, off_us, seen.shown(near, far, AUDIO))


def _handed_on(reading: Reading) -> Finding:
    rows: list[RtpRun] = []
    packets, slowest_us = 0, 0.0
    for seen in calls(reading):
        for way in WAYS:
            stream = seen.stream(seen.edge, seen.behind, AUDIO, way)
            rows += seen.shown(seen.edge, seen.behind, AUDIO)
            packets += len(stream.passed)
            if seen.transport == "udp":
                slowest_us = max(slowest_us, max(stream.delays_ns) / NS_PER_US)
            order = [each.number for each in stream.sent] == [each.number for each in stream.came]
            if stream.lost or not order:
                text = f"{seen.relay} ({seen.call.name}, {way}): {stream.lost} lost"
                raise Refuted(text if stream.lost else f"{text}, in another order", *rows)
    return Finding(f"{packets:,} packets, all handed on; over UDP within {slowest_us:.1f} us", tuple(rows))


def _same_round_trips(reading: Reading) -> Finding:
    found = [
        (seen, f"{seen.call.name}, {way}", trip)
        for seen in calls(reading)
        for way in WAYS
        for trip in reported_round_trips(seen, way)
    ]
    over_udp = [(name, trip) for seen, name, trip in found if seen.transport == "udp"]
    if not over_udp:
        raise Refuted("no report shows a round trip over UDP")
    name, worst = max(over_udp, key=lambda each: abs(each[1].said_ms - each[1].seen_ms))
    off_us = abs(worst.said_ms - worst.seen_ms) * US_PER_MS
    text = (
        f"{len(over_udp)} round trips; farthest off: {name}, {worst.said_ms:.3f} ms by RTCP,"
        f" {worst.seen_ms:.3f} by captures"
    )
    too_short = [trip for _, _, trip in found if (trip.seen_ms - trip.said_ms) * US_PER_MS > RTCP_OFF_US]
    if off_us > RTCP_OFF_US or too_short:
        raise Refuted(text, worst.report, *(trip.report for trip in too_short))
    return Finding(text, tuple(trip.report for _, _, trip in found))


def _same_receptions(reading: Reading) -> Finding:
    found = [
        (f"{seen.call.name}, {way}", each)
        for seen in calls(reading)
        for way in WAYS
        for each in reported_receptions(seen, way)
    ]
    if not found:
        raise Refuted("no report tells of audio")
    name, worst = max(found, key=lambda each: abs(each[1].said_jitter_ms - each[1].seen_jitter_ms))
    text = (
        f"{len(found)} reports; farthest off: {name}, jitter {worst.said_jitter_ms:.3f} ms by RTCP,"
        f" {worst.seen_jitter_ms:.3f} by captures"
    )
    for where, each in found:
        if not 0 <= each.seen_lost - each.said_lost <= NOT_COUNTED:
            lost = f"{where}: {each.said_lost} lost by RTCP, {each.seen_lost} by captures"
            raise Refuted(lost, each.report)
    if abs(worst.said_jitter_ms - worst.seen_jitter_ms) > JITTER_OFF_MS:
        raise Refuted(text, worst.report)
    return Finding(text, tuple(each.report for _, each in found))

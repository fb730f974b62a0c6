"""What a call's ends report of each other by RTCP, beside what captures show."""

from __future__ import annotations

from experiments.media_calls import Place, SeenCall, Way
from measurement.media import AUDIO, ssrc_of
from measurement.rows.rtp import RtcpReport
from measurement.rtcp_beside import Reception, RoundTrip, receptions, round_trips


def reported_round_trips(seen: SeenCall, way: Way) -> list[RoundTrip]:
    """Return the round trips that reports on a direction's audio show its sender."""
    near, far = _reports(seen, seen.client), _reports(seen, seen.peer)
    return list(round_trips(near, far) if way == "up" else round_trips(far, near))


def reported_receptions(seen: SeenCall, way: Way) -> list[Reception]:
    """Return how a direction's audio is received, by whom it comes to."""
    last = seen.peer if way == "up" else seen.client
    stream = seen.stream(seen.client, seen.peer, AUDIO, way)
    ends = (seen.call.client, seen.meeting)
    sender, receiver = ends if way == "up" else ends[::-1]
    own = ssrc_of(seen.call.name, AUDIO.name, receiver)
    left = [row for row in _reports(seen, last) if row.ssrc == own]
    source = ssrc_of(seen.call.name, AUDIO.name, sender)
    return list(receptions(left, stream.came, source, AUDIO.clock_hz))


def _reports(seen: SeenCall, place: Place) -> list[RtcpReport]:
    """Return the reports on audio that came by at a place, in the order of time."""
    ends = (seen.call.client, seen.meeting)
    sources = {ssrc_of(seen.call.name, AUDIO.name, node) for node in ends}
    found = seen.evidence.at(place.point, RtcpReport)
    return sorted(
        (row for row in found if row.ssrc in sources and (row.channel is not None) is place.in_channel),
        key=lambda row: row.time_ns,
    )

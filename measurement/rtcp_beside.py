"""What RTCP reports say, beside what captures show of the same packets: round trips, jitter, loss.

Who reports has only its own clock, and only what came. Captures at both ends have one, and what was sent.
Source of what is reported, and of how: RFC 3550, section 6.4.1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from measurement.rows.rtp import NUMBERS, ReceptionReport, RtcpReport
from measurement.rtp_quality import NS_PER_MS, STAMPS, jitters_ms, rtcp_rtt_ms
from measurement.rtp_stream import Arrival

NTP_MIDDLE_SHIFT = 16
UNTIL_BELIEVED = 1  # packets
Key = tuple[int, int | None, tuple[ReceptionReport, ...]]


class RoundTrip(NamedTuple):
    """A round trip that a report shows to whom it came: as it says, and by the captures at both ends."""

    report: RtcpReport
    said_ms: float
    seen_ms: float


class Reception(NamedTuple):
    """How a source is received: as a report says, and by what had come when that left."""

    report: RtcpReport
    said_jitter_ms: float
    seen_jitter_ms: float
    said_lost: int
    seen_lost: int


def round_trips(near: Sequence[RtcpReport], far: Sequence[RtcpReport]) -> Iterator[RoundTrip]:
    """Yield the round trips that reports from the far end show to the near one.

    Each is over a sender's report that went the other way; both have to be in both captures.
    """
    at_far = {_key(row): row.time_ns for row in far}
    asked = {(row.ssrc, _middle(row.ntp)): row for row in near if row.ntp is not None}
    for row in near:
        left_ns = at_far.get(_key(row))
        if left_ns is None or left_ns > row.time_ns:
            continue
        for block in row.reports:
            sent = asked.get((block.ssrc, block.last_sr))
            said_ms = rtcp_rtt_ms(row.time_ns, block.last_sr, block.delay_since_sr)
            if sent is not None and said_ms is not None and _key(sent) in at_far:
                waited_ns = left_ns - at_far[_key(sent)]
                yield RoundTrip(row, said_ms, (row.time_ns - sent.time_ns - waited_ns) / NS_PER_MS)


def receptions(
    reports: Sequence[RtcpReport], came: Sequence[Arrival], ssrc: int, clock_hz: int
) -> Iterator[Reception]:
    """Yield what reports say of a source, where they leave; ``came`` is what came there, in order.

    They are compared with what had come by then, up to the highest number that they have, and from the second
    packet on: only then does a receiver believe in a source (RFC 3550, A.1). A report that leaves before that
    is left out.
    """
    came = came[UNTIL_BELIEVED:]
    times_ns, jitters = [each.time_ns for each in came], jitters_ms(came, clock_hz)
    for row in reports:
        before = bisect_right(times_ns, row.time_ns)
        for block in (each for each in row.reports if each.ssrc == ssrc and before):
            until = _counted(came[:before], block.highest)
            expected = max(each.number for each in came[:until]) - came[0].number + 1
            yield Reception(
                row, block.jitter * 1000 / clock_hz, jitters[until - 1], block.lost, expected - until
            )


def _counted(came: Sequence[Arrival], highest: int) -> int:
    """Return how many had come to whoever reports: what is captured may not have got there yet."""
    for count in range(len(came), 0, -1):
        if (came[count - 1].number - highest) % NUMBERS == 0:
            return count
    return len(came)


def _key(row: RtcpReport) -> Key:
    return row.ssrc, row.ntp, row.reports


def _middle(ntp: int) -> int:
    return (ntp >> NTP_MIDDLE_SHIFT) % STAMPS

"""What RTP packets' times say of a way, by arithmetic: jitter, loss within a time, reordering, round trips.

Nothing here is measured: the times come from captures. Sources: RFC 3550 (RTP), sections 6.4.1 and A.8 for
jitter and round trips; RFC 4737, section 3.2, for reordering.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from measurement.rtp_stream import Arrival, Passed

NS_PER_S, NS_PER_MS = 1_000_000_000, 1_000_000
NTP_AFTER_UNIX_S = 2_208_988_800  # 1900 to 1970, RFC 5905 figure 4
SHORT = 1 << 16  # units of a second in NTP's short format, RFC 3550 section 4
GAIN = 16  # of the jitter's estimate, RFC 3550 section 6.4.1
STAMPS = 1 << 32


def jitters_ms(came: Sequence[Arrival], clock_hz: int) -> list[float]:
    """Return the interarrival jitter after each packet that came; 0 after the first.

    A difference of timestamps is taken modulo 2^32. Raises ValueError for a clock that does not go.
    """
    if clock_hz <= 0:
        raise ValueError(f"an RTP clock has {clock_hz} Hz; right would be more than 0")
    jitter_ns, found = 0.0, [0.0] * bool(came)
    for before, packet in pairwise(came):
        stamped = (packet.timestamp - before.timestamp + STAMPS // 2) % STAMPS - STAMPS // 2
        difference_ns = packet.time_ns - before.time_ns - stamped * NS_PER_S / clock_hz
        jitter_ns += (abs(difference_ns) - jitter_ns) / GAIN
        found.append(jitter_ns / NS_PER_MS)
    return found


def worst_loss(passed: Sequence[Passed], window_ns: int) -> float:
    """Return the greatest share (0 to 1) that was lost of what was sent within any time so long.

    ``passed`` is in the order of sending. A window begins with a packet, and only whole ones count; where all
    was sent in less than that, it is the share of all.
    """
    if not passed:
        return 0.0
    return max((lost / sent for _, lost, sent in losses(passed, window_ns)), default=0.0)


def losses(passed: Sequence[Passed], window_ns: int) -> Iterator[tuple[int, int, int]]:
    """Yield for each window when it begins, how many of its packets were lost, and how many were sent.

    Windows are as in `worst_loss`. Raises ValueError for one without length.
    """
    if window_ns <= 0:
        raise ValueError(f"a window has {window_ns} ns; right would be more than 0")
    end = lost = 0
    for begin, first in enumerate(passed):
        while end < len(passed) and passed[end].sent_ns < first.sent_ns + window_ns:
            lost += passed[end].arrived_ns is None
            end += 1
        # Who sends at a steady pace has filled a window that ends where it would send the next one.
        if begin and end == len(passed) and passed[-1].sent_ns + _pace_ns(passed) < first.sent_ns + window_ns:
            return
        yield first.sent_ns, lost, end - begin
        lost -= first.arrived_ns is None


def _pace_ns(passed: Sequence[Passed]) -> float:
    """Return how far apart packets were sent, on average."""
    return (passed[-1].sent_ns - passed[0].sent_ns) / max(1, len(passed) - 1)


def reordered(came: Iterable[Arrival]) -> int:
    """Return how many came after one that was sent later; who comes again is not counted."""
    expected, seen, count = None, set[int](), 0
    for packet in came:
        if packet.number in seen:
            continue
        seen.add(packet.number)
        count += expected is not None and packet.number < expected
        expected = packet.number + 1 if expected is None else max(expected, packet.number + 1)
    return count


def ntp_short(time_ns: int) -> int:
    """Return a time since the epoch as the middle 32 bits of an NTP timestamp."""
    return ((time_ns + NTP_AFTER_UNIX_S * NS_PER_S) * SHORT // NS_PER_S) % STAMPS


def rtcp_rtt_ms(came_ns: int, last_sr: int, delay_since_sr: int) -> float | None:
    """Return the round trip that a report shows to whom it came at a time (RFC 3550, section 6.4.1).

    None where the reporter had no sender's report yet. It is exact to 1/65,536 s, and below 0 by as much.
    """
    if last_sr == 0:
        return None
    units = (ntp_short(came_ns) - last_sr - delay_since_sr + STAMPS // 2) % STAMPS - STAMPS // 2
    return units * 1000 / SHORT

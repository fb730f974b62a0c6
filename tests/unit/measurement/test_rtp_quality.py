"""Jitter, loss, reordering and round trips: examples by hand, and what must hold for any times."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from measurement.rtp_quality import (
    NTP_AFTER_UNIX_S,
    jitters_ms,
    losses,
    ntp_short,
    reordered,
    rtcp_rtt_ms,
    worst_loss,
)
from measurement.rtp_stream import Arrival, Passed

PACE_NS, CLOCK_HZ, STEP = 20_000_000, 8000, 160
NOW_NS = 1_795_737_600_000_000_000
SHORT_MS = 1000 / 65536

DELAYS = st.lists(st.integers(0, 400_000_000), min_size=1, max_size=60)
FATES = st.lists(st.booleans(), min_size=1, max_size=120)


def arrivals(delays_ns: list[int], first_stamp: int = 0) -> list[Arrival]:
    return [
        Arrival(number, (first_stamp + number * STEP) % 2**32, number * PACE_NS + delay)
        for number, delay in enumerate(delays_ns)
    ]


def passed(lost: list[bool]) -> list[Passed]:
    return [Passed(at, at * PACE_NS, None if gone else at * PACE_NS + 5) for at, gone in enumerate(lost)]


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 100), st.integers(0, 2**32 - 1))
def test_a_way_that_takes_always_the_same_has_no_jitter(delay: int, count: int, stamp: int) -> None:
    assert jitters_ms(arrivals([delay] * count, stamp), CLOCK_HZ) == [0.0] * count


@settings(deadline=None)
@given(DELAYS, st.integers(0, 2**32 - 1), st.integers(0, 10**9))
@example([0, 5, 9], 2**32 - STEP - 1, 0)
def test_jitter_does_not_depend_on_where_the_clocks_begin(delays: list[int], stamp: int, later: int) -> None:
    moved = arrivals([delay + later for delay in delays], stamp)
    assert jitters_ms(moved, CLOCK_HZ) == pytest.approx(jitters_ms(arrivals(delays), CLOCK_HZ), abs=1e-6)


@settings(deadline=None)
@given(DELAYS)
def test_jitter_is_what_the_integers_of_the_rfc_give(delays: list[int]) -> None:
    """RFC 3550, A.8: scaled by 16, in units of the clock; each rounding is off by a unit at most."""
    scaled = transit = 0
    for number, packet in enumerate(arrivals(delays)):
        now = round(packet.time_ns * CLOCK_HZ / 1e9) - packet.timestamp
        if number:
            scaled += abs(now - transit) - ((scaled + 8) >> 4)
        transit = now
    units_ms = 1000 / CLOCK_HZ
    assert jitters_ms(arrivals(delays), CLOCK_HZ)[-1] == pytest.approx(
        (scaled >> 4) * units_ms, abs=3 * units_ms
    )


def test_one_late_packet_is_in_the_jitter_by_a_sixteenth_and_fades() -> None:
    found = jitters_ms(arrivals([0, 16_000_000, 0, 0]), CLOCK_HZ)
    assert found == pytest.approx([0, 1, 1 + 15 / 16, (1 + 15 / 16) * 15 / 16])


def test_without_packets_there_is_no_jitter_and_a_clock_has_to_go() -> None:
    assert jitters_ms([], CLOCK_HZ) == []
    with pytest.raises(ValueError, match="right would be more than 0"):
        jitters_ms([], 0)


@settings(deadline=None)
@given(FATES, st.integers(1, 40))
def test_the_worst_window_is_the_worst_that_there_is(fates: list[bool], packets: int) -> None:
    wide = min(packets, len(fates))
    shares = [sum(fates[at : at + wide]) / wide for at in range(len(fates) - wide + 1)]
    assert worst_loss(passed(fates), packets * PACE_NS) == pytest.approx(max(shares))


@settings(deadline=None)
@given(FATES, st.integers(1, 400))
def test_windows_are_those_that_one_would_count_by_hand(fates: list[bool], window_ms: int) -> None:
    sent = passed(fates)
    for begin_ns, lost, count in losses(sent, window_ms * 1_000_000):
        inside = [each for each in sent if begin_ns <= each.sent_ns < begin_ns + window_ms * 1_000_000]
        assert (lost, count) == (sum(each.arrived_ns is None for each in inside), len(inside))


def test_what_is_shorter_than_a_window_is_one() -> None:
    assert worst_loss(passed([True, False]), 15 * 10**9) == 0.5
    assert worst_loss([], 15 * 10**9) == 0.0
    with pytest.raises(ValueError, match="right would be more than 0"):
        worst_loss(passed([True]), 0)


def test_one_lost_packet_is_a_tenth_of_any_200_ms() -> None:
    assert worst_loss(passed([False] * 50 + [True] + [False] * 50), 200_000_000) == 0.1


@pytest.mark.parametrize(
    ("numbers", "count"),
    [([], 0), ([1, 2, 3], 0), ([1, 3, 5], 0), ([2, 1], 1), ([1, 4, 2, 3, 5], 2), ([1, 2, 1, 3], 0)],
)
def test_reordered_is_who_comes_after_one_sent_later(numbers: list[int], count: int) -> None:
    """RFC 4737, section 3.2: a number less than the one that is expected next."""
    assert reordered(Arrival(number, 0, at) for at, number in enumerate(numbers)) == count


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), unique=True), st.randoms(use_true_random=False))
def test_who_is_in_order_is_not_reordered(numbers: list[int], shuffled: random.Random) -> None:
    assert reordered(Arrival(number, 0, 0) for number in sorted(numbers)) == 0
    shuffled.shuffle(numbers)
    assert reordered(Arrival(number, 0, 0) for number in numbers) <= max(0, len(numbers) - 1)


@settings(deadline=None)
@given(st.integers(0, 2_000_000_000), st.integers(0, 2_000_000_000))
def test_a_round_trip_from_a_report_is_the_one_that_was(there_ns: int, waited_ns: int) -> None:
    delay_units = waited_ns * 65536 // 10**9
    came_ns = NOW_NS + there_ns + waited_ns
    found = rtcp_rtt_ms(came_ns, ntp_short(NOW_NS), delay_units)
    assert found == pytest.approx(there_ns / 1e6, abs=2 * SHORT_MS)


def test_the_rfcs_own_example_of_a_round_trip() -> None:
    """RFC 3550, figure 2: A = b710:8000, LSR = b705:2000, DLSR = 5.250 s; the round trip is 6.125 s."""
    came_ns = (0xB710 * 65536 + 0x8000) * 10**9 // 65536 - NTP_AFTER_UNIX_S * 10**9
    assert rtcp_rtt_ms(came_ns, 0xB7052000, 0x00054000) == 6125.0


def test_without_a_senders_report_there_is_no_round_trip() -> None:
    assert rtcp_rtt_ms(NOW_NS, 0, 0) is None

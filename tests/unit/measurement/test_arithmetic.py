"""What windows and round trips allow: examples by hand, and what must hold for any answer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.arithmetic import (
    MSS,
    SlowStart,
    direct_ms,
    relayed_ms,
    slow_start_rounds,
    throughput_limit_mbit,
)

SIZES = st.integers(1, 2_000_000)
WINDOWS = st.integers(1, 300)
# In microseconds: distances are whole ones, and half of one is a whole nanosecond.
RTTS_MS = st.integers(0, 300_000).map(lambda us: us / 1000)


@pytest.mark.parametrize(
    ("segments", "rounds"), [(1, 1), (10, 1), (11, 2), (30, 2), (31, 3), (70, 3), (71, 4), (150, 4)]
)
def test_windows_of_10_20_40_and_80_segments_carry_an_answer(segments: int, rounds: int) -> None:
    assert slow_start_rounds(segments * MSS) == rounds
    assert slow_start_rounds((segments - 1) * MSS + 1) == rounds


def test_rounds_depend_on_the_first_window_and_on_the_segments_size() -> None:
    assert slow_start_rounds(14_480, window_segments=3) == 3
    assert slow_start_rounds(14_480, mss=1000) == 2


@given(SIZES, SIZES, WINDOWS)
def test_a_larger_answer_never_needs_fewer_rounds(one: int, other: int, window: int) -> None:
    small, large = sorted((one, other))
    rounds = [slow_start_rounds(size, window_segments=window) for size in (small, large)]
    assert rounds[0] <= rounds[1]


@given(SIZES, WINDOWS, WINDOWS)
def test_a_larger_window_never_needs_more_rounds(size: int, one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert slow_start_rounds(size, window_segments=large) <= slow_start_rounds(size, window_segments=small)


@given(SIZES, WINDOWS, st.integers(500, 9000))
def test_a_sender_needs_the_rounds_that_arithmetic_says(size: int, window: int, mss: int) -> None:
    assert SlowStart(window, mss).send(size) == slow_start_rounds(size, window_segments=window, mss=mss)


# Linux's own example in tcp_is_cwnd_limited: ten segments allowed, nine sent, so eighteen allowed next.
@pytest.mark.parametrize(
    ("segments", "window"),
    [(1, 10), (5, 10), (6, 12), (9, 18), (10, 20), (11, 21), (15, 25), (30, 40), (70, 80)],
)
def test_the_window_grows_as_far_as_it_was_needed(segments: int, window: int) -> None:
    sender = SlowStart()
    sender.send(segments * MSS)
    assert sender.window_segments == window


@pytest.mark.parametrize(
    ("steps", "window"),
    [
        ((4, 4, -8), 16),  # Eight on the way together are as good as eight at once.
        ((10, -3, 5, -12), 25),  # Twelve of thirteen do not make a window forget that it was full,
        ((10, -1, 2, -9, 1, -3), 23),  # and neither does one, as long as a full one is not acknowledged.
    ],
)
def test_a_window_that_is_used_piece_by_piece_grows_as_linux_has_it(
    steps: tuple[int, ...], window: int
) -> None:
    """Steps are segments sent, and below zero segments acknowledged."""
    sender = SlowStart()
    for step in steps:
        assert step < 0 or sender.transmit(step) == step
        for _ in range(-step):
            sender.acknowledge()
    assert sender.window_segments == window


def test_answers_that_follow_find_the_window_that_others_left() -> None:
    sender = SlowStart()
    assert [(sender.send(40 * MSS), sender.window_segments) for _ in range(3)] == [(3, 50), (1, 80), (1, 80)]
    assert [(sender.send(5 * MSS), sender.window_segments) for _ in range(2)] == [(1, 80), (1, 80)]
    assert (sender.send(300 * MSS), sender.window_segments) == (3, 380)


@given(st.lists(SIZES, min_size=1, max_size=4), WINDOWS)
def test_a_window_only_grows_and_by_a_segment_for_each_at_most(sizes: list[int], window: int) -> None:
    sender = SlowStart(window)
    for size in sizes:
        before = sender.window_segments
        sender.send(size)
        assert before <= sender.window_segments <= before + math.ceil(size / MSS)


@given(SIZES)
def test_the_same_answer_again_takes_one_round(size: int) -> None:
    sender = SlowStart()
    sender.send(size)
    assert sender.send(size) == 1


@pytest.mark.parametrize(
    ("idle_ms", "window"), [(0, 160), (250, 160), (251, 80), (500, 80), (501, 40), (1001, 10), (1e6, 10)]
)
def test_an_idle_connection_loses_half_its_window_for_each_timeout(idle_ms: float, window: int) -> None:
    sender = SlowStart(160)
    sender.idle(idle_ms, rtt_ms=50)
    assert sender.window_segments == window


def test_an_idle_connection_does_not_gain_a_window() -> None:
    sender = SlowStart(4)
    sender.idle(1000, rtt_ms=50)
    assert sender.window_segments == 4


def test_an_answer_takes_a_round_trip_for_each_round() -> None:
    assert direct_ms(500_000, 110, SlowStart()) == 6 * 110
    assert direct_ms(500_000, 110, SlowStart(400)) == 110


def test_a_relay_with_a_warm_far_side_leaves_the_rounds_to_the_near_one() -> None:
    assert relayed_ms(500_000, 20, 90, SlowStart(), SlowStart(400)) == 110 + 5 * 20


def test_a_relay_with_a_cold_far_side_waits_for_its_rounds() -> None:
    assert relayed_ms(500_000, 20, 90, SlowStart(), SlowStart()) == 110 + 5 * 90
    assert relayed_ms(500_000, 20, 90, SlowStart(400), SlowStart()) == 110 + 5 * 90


def test_a_relay_sends_what_its_own_window_allows() -> None:
    """By hand, for 30 segments: in brackets what is sent.

    70 ms [far 20], 120 [near 10], 160 [near 10], 170 [far 10], 220 [near 10], 240 the last is there.
    """
    near, far = SlowStart(10), SlowStart(20)
    assert relayed_ms(30 * MSS, 40, 100, near, far) == 240
    # The near window was full at 120 and at 160; ten segments of thirty at 220 are no need.
    assert (near.window_segments, far.window_segments) == (30, 50)


def test_a_relay_with_smaller_segments_sends_more_of_them() -> None:
    assert relayed_ms(10 * MSS, 40, 100, SlowStart(20, mss=MSS // 2), SlowStart()) == 140
    assert relayed_ms(10 * MSS, 40, 100, SlowStart(10, mss=MSS // 2), SlowStart()) == 140 + 40
    assert relayed_ms(1, 40, 100, SlowStart(1, mss=MSS // 2), SlowStart()) == 140


@given(SIZES, RTTS_MS, WINDOWS)
def test_a_relay_beside_the_client_changes_nothing(size: int, rtt_ms: float, window: int) -> None:
    far, sender = SlowStart(window), SlowStart(window)
    assert relayed_ms(size, 0, rtt_ms, SlowStart(), far) == pytest.approx(direct_ms(size, rtt_ms, sender))
    assert far == sender


@given(SIZES, RTTS_MS, WINDOWS)
def test_a_relay_beside_the_server_changes_nothing(size: int, rtt_ms: float, window: int) -> None:
    near, sender = SlowStart(window), SlowStart(window)
    assert relayed_ms(size, rtt_ms, 0, near, SlowStart()) == pytest.approx(direct_ms(size, rtt_ms, sender))


@given(SIZES, RTTS_MS, RTTS_MS, WINDOWS)
def test_between_equal_windows_the_longer_leg_sets_the_pace(
    size: int, near_ms: float, far_ms: float, window: int
) -> None:
    rounds = slow_start_rounds(size, window_segments=window)
    expected = near_ms + far_ms + (rounds - 1) * max(near_ms, far_ms)
    assert relayed_ms(size, near_ms, far_ms, SlowStart(window), SlowStart(window)) == pytest.approx(expected)


@given(SIZES, RTTS_MS, RTTS_MS, WINDOWS, WINDOWS)
def test_a_relay_is_never_faster_than_either_leg_nor_slower_than_both(
    size: int, near_ms: float, far_ms: float, near: int, far: int
) -> None:
    time_ms = relayed_ms(size, near_ms, far_ms, SlowStart(near), SlowStart(far))
    near_alone_ms = direct_ms(size, near_ms, SlowStart(near))
    far_alone_ms = direct_ms(size, far_ms, SlowStart(far))
    least = max(near_alone_ms + far_ms, far_alone_ms + near_ms)
    assert least - 1e-6 <= time_ms <= near_alone_ms + far_alone_ms + 1e-6


def test_a_window_limits_the_rate() -> None:
    assert throughput_limit_mbit(65_535, 100) == pytest.approx(5.2428)
    assert throughput_limit_mbit(65_535, 0) == math.inf


@given(st.integers(1, 1 << 30), st.integers(1, 1000))
def test_twice_the_distance_allows_half_the_rate(window: int, rtt_ms: int) -> None:
    near, far = throughput_limit_mbit(window, rtt_ms), throughput_limit_mbit(window, 2 * rtt_ms)
    assert near == pytest.approx(2 * far)


def test_what_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="size_bytes is 0"):
        slow_start_rounds(0)
    with pytest.raises(ValueError, match="size_bytes is 0"):
        relayed_ms(0, 1, 1, SlowStart(), SlowStart())
    with pytest.raises(ValueError, match="window_segments is 0"):
        slow_start_rounds(1, window_segments=0)
    with pytest.raises(ValueError, match="window_segments is 0"):
        SlowStart(0)
    with pytest.raises(ValueError, match="mss is -1"):
        SlowStart(mss=-1)

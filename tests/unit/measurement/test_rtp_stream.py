"""A source's packets at two places, put together by their numbers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.rows.rtp import NUMBERS
from measurement.rtp_stream import Arrival, Passed, RtpStream, stream_of, unwrapped

from .test_rtp_rows import run


@settings(deadline=None)
@given(st.integers(0, NUMBERS - 1), st.lists(st.integers(-1000, 1000), max_size=200))
def test_numbers_that_go_around_go_on(first: int, jumps: list[int]) -> None:
    true = [first]
    for jump in jumps:
        true.append(max(true) + jump)
    assert list(unwrapped([number % NUMBERS for number in true])) == true


def test_a_number_is_near_the_greatest_and_not_near_the_last() -> None:
    assert list(unwrapped([0, 30_000, 5000, 38_000])) == [0, 30_000, 5000, 38_000]


def test_the_other_place_says_in_which_cycle_to_begin() -> None:
    assert list(unwrapped([0, 1], near=65535)) == [65536, 65537]
    assert list(unwrapped([65535, 0], near=65536)) == [65535, 65536]


def test_a_packet_is_found_again_by_its_number() -> None:
    sent = run(first=65534, steps=(160,) * 3, gaps_ns=(20,) * 3, time_ns=100)
    came = [run(first=0, steps=(160,), gaps_ns=(25,), time_ns=190), run(first=65534, time_ns=150)]
    stream = stream_of([sent], came)
    assert stream.passed == (
        Passed(65534, 100, 150),
        Passed(65535, 120, None),
        Passed(65536, 140, 190),
        Passed(65537, 160, 215),
    )
    assert stream.delays_ns == [50, 50, 55]
    assert stream.lost == 1


def test_what_comes_twice_counts_once_and_by_the_first() -> None:
    came = (Arrival(1, 0, 50), Arrival(1, 0, 70))
    assert RtpStream((Arrival(1, 0, 10),), came).delays_ns == [40]


def test_where_nothing_was_sent_nothing_passed() -> None:
    stream = stream_of([], [run()])
    assert stream.passed == () and stream.delays_ns == [] and stream.lost == 0


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 10**8), st.booleans()), min_size=1, max_size=30),
)
def test_an_age_is_what_a_packet_waited_before_it_left_and_its_way(
    stamp: int, waits: list[tuple[int, bool]]
) -> None:
    """Packets are made each 20 ms; one leaves at once, and the way takes 7 ns."""
    pace_ns = 20_000_000
    kept = [0, *(wait for wait, _ in waits)]
    sent = tuple(
        Arrival(number, (stamp + number * 160) % 2**32, number * pace_ns + wait)
        for number, wait in enumerate(kept)
    )
    came = tuple(
        packet._replace(time_ns=packet.time_ns + 7)
        for packet, gone in zip(sent, [False, *(gone for _, gone in waits)], strict=True)
        if not gone
    )
    ages = RtpStream(sent, came).ages_ns(8000)
    assert ages == [kept[packet.number] + 7 for packet in came]


def test_who_leaves_as_it_is_made_is_as_old_as_its_way_is_long() -> None:
    stream = stream_of(
        [run(steps=(160,) * 3, gaps_ns=(20_000_000,) * 3)],
        [run(steps=(160,) * 3, gaps_ns=(20_000_000, 25_000_000, 15_000_000), time_ns=31_000)],
    )
    assert stream.ages_ns(8000) == stream.delays_ns

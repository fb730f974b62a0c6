"""What is heard: the best that anyone could make of what came."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from measurement.emodel import rating
from measurement.playout import heard

MS = 1_000_000
DELAYS = st.lists(st.integers(0, 1000 * MS), min_size=1, max_size=50)


def test_what_always_takes_the_same_is_played_when_it_comes() -> None:
    found = heard([30 * MS] * 100, 100, 20)
    assert (found.delay_ms, found.missing_percent, found.late) == (50, 0, 0)
    assert found.r == rating(50, 0)


def test_a_few_that_are_very_late_are_not_waited_for() -> None:
    found = heard([30 * MS] * 999 + [900 * MS], 1000, 20)
    assert (found.delay_ms, found.late) == (50, 1)
    assert found.missing_percent == pytest.approx(0.1)


def test_many_that_are_a_little_late_are_waited_for() -> None:
    found = heard([30 * MS, 60 * MS] * 50, 100, 20)
    assert (found.delay_ms, found.late) == (80, 0)


@settings(deadline=None)
@given(DELAYS, st.integers(0, 20), st.integers(0, 1000))
def test_no_other_time_to_wait_would_sound_better(delays: list[int], lost: int, wait_ms: int) -> None:
    sent = len(delays) + lost
    found = heard(delays, sent, 20)
    in_time = sum(delay <= wait_ms * MS for delay in delays)
    assume(in_time)  # who plays nothing at once has no delay, but is no call
    assert found.r >= rating(wait_ms + 20, 100 * (sent - in_time) / sent) - 1e-9
    assert found.missing_percent == pytest.approx(100 * (lost + found.late) / sent)


@settings(deadline=None)
@given(DELAYS, st.integers(0, 20))
def test_what_is_played_has_come_by_then(delays: list[int], lost: int) -> None:
    found = heard(delays, len(delays) + lost, 20)
    assert sum(delay / MS + 20 > found.delay_ms + 1e-9 for delay in delays) == found.late


@pytest.mark.parametrize(("came", "sent"), [(0, 5), (3, 2)])
def test_of_nothing_nothing_is_heard(came: int, sent: int) -> None:
    with pytest.raises(ValueError, match="right would be 1 to"):
        heard([MS] * came, sent, 20)

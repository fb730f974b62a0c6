"""The E-model: vectors that were worked out by hand, and what must hold for any call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.emodel import Codec, opinion, rating

DELAYS_MS = st.floats(0, 2000)
PERCENT = st.floats(0, 100)
RATINGS = st.floats(-100, 200)


@pytest.mark.parametrize(
    ("delay_ms", "loss_percent", "r", "mos"),
    [
        (50, 0, 92.00, 4.385),
        (50, 1, 88.36, 4.297),
        (150, 0, 89.60, 4.329),
        (150, 1, 85.96, 4.228),
        (200, 1, 82.26, 4.107),
        (250, 2, 72.19, 3.698),
        (300, 5, 56.72, 2.929),
        (400, 10, 32.04, 1.695),
    ],
)
def test_g711_with_loss_concealment(delay_ms: float, loss_percent: float, r: float, mos: float) -> None:
    assert rating(delay_ms, loss_percent) == pytest.approx(r, abs=0.005)
    assert opinion(rating(delay_ms, loss_percent)) == pytest.approx(mos, abs=0.0005)


@settings(deadline=None)
@given(DELAYS_MS, DELAYS_MS, PERCENT, PERCENT)
def test_more_delay_or_more_loss_never_sounds_better(a: float, b: float, c: float, d: float) -> None:
    best, worst = rating(min(a, b), min(c, d)), rating(max(a, b), max(c, d))
    assert worst <= best <= 93.2
    assert opinion(worst) <= opinion(best)


@settings(deadline=None)
@given(RATINGS)
def test_an_opinion_is_between_the_worst_and_the_best(r: float) -> None:
    assert 1 <= opinion(r) <= 4.5


@pytest.mark.parametrize(("r", "mos"), [(-5, 1), (0, 1), (3, 1), (60, 3.1), (100, 4.5), (101, 4.5)])
def test_opinions_at_the_ends_and_where_the_curve_bends(r: float, mos: float) -> None:
    assert opinion(r) == pytest.approx(mos)


def test_a_delay_hurts_more_where_people_talk_over_each_other() -> None:
    before, at, after = (rating(delay, 0) for delay in (167.3, 177.3, 187.3))
    assert before - at == pytest.approx(0.24)
    assert at - after == pytest.approx(0.24 + 1.1)


def test_a_codec_that_sounds_worse_is_worse_without_loss() -> None:
    assert rating(0, 0, Codec("G.729A", 11, 19)) == pytest.approx(82.2)


@pytest.mark.parametrize(("delay_ms", "loss_percent"), [(-1, 0), (0, -0.1), (0, 100.1)])
def test_what_cannot_be_is_no_rating(delay_ms: float, loss_percent: float) -> None:
    with pytest.raises(ValueError, match="right would be"):
        rating(delay_ms, loss_percent)

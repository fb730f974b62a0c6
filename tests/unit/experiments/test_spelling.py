"""A long spell says that it goes on; a short one has nothing to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.spelling import BEFORE_S, ROUND_S, _signs_of_life, _start_s
from topologies.health import Health


def test_a_spell_of_some_minutes_says_nothing() -> None:
    assert _signs_of_life(300_000) == []


def test_a_long_one_says_each_ten_minutes_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    moments = _signs_of_life(7_200_000)
    assert [each.at_ns for each in moments] == [minutes * 60 * 10**9 for minutes in range(10, 120, 10)]
    moments[0].do()
    assert capsys.readouterr().out == "after 10 minutes\n"


@given(now_s=st.integers(0, 2**32), interval_s=st.sampled_from([10, 30, None]))
def test_the_clock_starts_with_the_next_round_of_probes_but_not_at_once(
    now_s: int, interval_s: int | None
) -> None:
    health = None if interval_s is None else Health.model_validate({"interval_s": interval_s, "timeout_s": 5})
    start_s, round_s = _start_s(now_s, health), interval_s or ROUND_S
    assert start_s % round_s == 0
    assert BEFORE_S <= start_s - now_s < BEFORE_S + round_s

"""A long spell says that it goes on; a short one has nothing to say."""

from __future__ import annotations

import pytest

from experiments.spelling import _signs_of_life


def test_a_spell_of_some_minutes_says_nothing() -> None:
    assert _signs_of_life(300_000) == []


def test_a_long_one_says_each_ten_minutes_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    moments = _signs_of_life(7_200_000)
    assert [each.at_ns for each in moments] == [minutes * 60 * 10**9 for minutes in range(10, 120, 10)]
    moments[0].do()
    assert capsys.readouterr().out == "after 10 minutes\n"

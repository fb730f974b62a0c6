"""A claim's verdict is what its check finds; a claim is never held without a frame."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from measurement.evidence import Missing, Refuted, frames
from measurement.judge import Claim, Finding, judge
from measurement.result import StepResult, Verdict

from .rows import capture, query, talk


def judged(check: Callable[[], Finding]) -> StepResult:
    return judge(3, Claim("it happens", "that it happens", check))


def raising(error: Exception) -> Callable[[], Finding]:
    def check() -> Finding:
        raise error

    return check


def test_held_with_the_frames_that_show_it() -> None:
    assert judged(lambda: Finding("it happened", (query(), talk()))) == StepResult(
        number=3,
        text="it happens",
        expected="that it happens",
        observed="it happened",
        verdict=Verdict.HELD,
        frames=frames(query(), talk()),
    )


@pytest.mark.parametrize("rows", [(), (capture(),)])
def test_inconclusive_where_no_frame_shows_it(rows: tuple[()]) -> None:
    result = judged(lambda: Finding("it happened", rows))
    assert (result.verdict, result.observed, result.frames) == (Verdict.INCONCLUSIVE, "it happened", ())


def test_refuted_with_what_was_seen_instead() -> None:
    result = judged(raising(Refuted("another thing", talk())))
    assert (result.verdict, result.observed) == (Verdict.REFUTED, "another thing")
    assert result.frames == frames(talk())


def test_refuted_by_an_absence_without_a_frame() -> None:
    result = judged(raising(Refuted("nothing at all")))
    assert (result.verdict, result.frames) == (Verdict.REFUTED, ())


def test_inconclusive_with_what_is_missing() -> None:
    result = judged(raising(Missing("there is no capture")))
    assert (result.verdict, result.observed) == (Verdict.INCONCLUSIVE, "there is no capture")
    assert result.frames == ()


def test_a_fault_in_a_check_is_no_verdict() -> None:
    with pytest.raises(ZeroDivisionError):
        judged(raising(ZeroDivisionError()))

"""Judging: a claim is a text, an expectation and a check; its verdict is what the check finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from measurement.evidence import Missing, Refuted, frames
from measurement.observation import Row
from measurement.result import StepResult, Verdict


@dataclass(frozen=True)
class Finding:
    """What a check found, in words, and the rows that show it."""

    observed: str
    rows: tuple[Row, ...]


def together(*findings: Finding) -> Finding:
    """Return several findings as one: their words one after another, and all rows."""
    words = "; ".join(finding.observed for finding in findings)
    return Finding(words, tuple(row for finding in findings for row in finding.rows))


@dataclass(frozen=True)
class Claim:
    """One numbered step or control; ``check`` returns a Finding, or raises Refuted or Missing."""

    text: str
    expected: str
    check: Callable[[], Finding]


def judge(number: int, claim: Claim) -> StepResult:
    """Return the verdict on a claim. A claim that holds without a frame to show is inconclusive."""
    try:
        finding = claim.check()
        verdict = Verdict.HELD if frames(*finding.rows) else Verdict.INCONCLUSIVE
        observed, rows = finding.observed, finding.rows
    except Refuted as refuted:
        verdict, observed, rows = Verdict.REFUTED, refuted.observed, refuted.rows
    except Missing as missing:
        verdict, observed, rows = Verdict.INCONCLUSIVE, str(missing), ()
    return StepResult(
        number=number,
        text=claim.text,
        expected=claim.expected,
        observed=observed,
        verdict=verdict,
        frames=frames(*rows),
    )

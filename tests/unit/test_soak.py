"""What a soak concludes from what senders were told and what is there, and each way that can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.soak import FAILURES, KINDS, Soaked, _summary, judged, kinds_of


def _attempt(key: str, status: int, told: Any = None) -> dict[str, Any]:
    return {"key": key, "status": status, "told": told}


ATTEMPTS = [
    _attempt("a-0", 202, {"Id": "m1"}),
    _attempt("a-1", 503, {"error": "later"}),
    _attempt("a-1", 0, "timed out"),
    _attempt("a-1", 202, {"Id": "m2"}),
]
FAILED = [
    {"kind": "power", "place": "dub"},
    {"kind": "link", "place": "ams"},
    {"kind": "power", "place": "ams"},
]
KEPT = [["a-0", "m1"], ["a-1", "m2"]]


def _judged(kept: list[list[str]], attempts: list[dict[str, Any]] = ATTEMPTS) -> Soaked:
    return judged({"attempts": attempts, "failures": FAILED, "active": "par", "kept": kept})


def test_everything_there_once_is_good() -> None:
    found = _judged(KEPT)
    assert found.is_good
    assert (found.sent, found.retried, found.moved) == (2, 1, 2)
    assert found.failures == {"power": 2, "link": 1}


def test_what_nobody_was_told_of_may_be_there_or_not() -> None:
    attempts = [*ATTEMPTS, _attempt("a-2", 0, "timed out")]
    assert _judged(KEPT, attempts).is_good
    assert _judged([*KEPT, ["a-2", "m3"]], attempts).is_good


@pytest.mark.parametrize(
    "kept, field, keys",
    [
        (KEPT[:1], "lost", ("a-1",)),
        ([], "lost", ("a-0", "a-1")),
        ([*KEPT, ["a-1", "m3"]], "doubled", ("a-1",)),
        ([["a-0", "m1"], ["a-1", "m3"]], "changed", ("a-1",)),
    ],
)
def test_what_is_wrong_is_named(kept: list[list[str]], field: str, keys: tuple[str, ...]) -> None:
    found = _judged(kept)
    assert not found.is_good
    assert getattr(found, field) == keys


def test_a_second_acknowledgement_under_another_id_is_a_change() -> None:
    found = _judged(KEPT, [*ATTEMPTS, _attempt("a-0", 202, {"Id": "m7"})])
    assert found.changed == ("a-0",)


def test_a_seed_chooses_its_failures_and_all_kinds_happen() -> None:
    assert kinds_of(3) == kinds_of(3)
    assert len(kinds_of(3)) == FAILURES
    assert {kind for seed in range(1, 21) for kind in kinds_of(seed)} == set(KINDS)


def test_the_summary_counts_all_guests() -> None:
    words = _summary([_judged(KEPT), _judged(KEPT[:1])])
    assert words == (
        "6 failures, after 4 of which another copy was the active one; 4 messages acknowledged, 2 of them"
        " after more than one attempt: 1 lost, 0 doubled, 0 under another Id,"
    )

"""When an endpoint counts as down and up again: by arithmetic, and by a prober that goes step by step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from topologies.health import Health

USUAL = Health()
FAST = Health(interval_s=10, tolerated_failures=1, timeout_s=5)
healths = st.builds(
    Health,
    interval_s=st.sampled_from([10, 30]),
    tolerated_failures=st.integers(0, 9),
    timeout_s=st.integers(5, 9),
)
milliseconds = st.integers(0, 300_000)
rtts_ms = st.integers(1, 400)


def _verdicts(health: Health, answers: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """Return when the verdict changes, and to what: all that is known are probes' results, in their order."""
    failures, up, found = 0, True, []
    for known_ms, answered in answers:
        failures = 0 if answered else failures + 1
        if (failures <= health.tolerated_failures) != up:
            up = not up
            found.append((known_ms, up))
    return found


def _probed(
    health: Health, failed_ms: int, back_ms: int, fails_ms: int, rtt_ms: int
) -> list[tuple[int, bool]]:
    """Return when each probe's result is known, and what it is; none is under way when that changes."""
    every_ms = health.interval_s * 1000
    sent = range(0, back_ms + 2 * every_ms, every_ms)
    good = {each: each < failed_ms or each >= back_ms for each in sent}
    return [(each + (rtt_ms if good[each] else fails_ms), good[each]) for each in sent]


# Settings


def test_the_usual_settings_are_traffic_managers() -> None:
    assert (USUAL.interval_s, USUAL.tolerated_failures, USUAL.timeout_s) == (30, 3, 10)
    assert (USUAL.ttl_s, USUAL.profile) == (None, "nested")


@pytest.mark.parametrize(
    "wrong",
    [
        {"interval_s": 20},
        {"tolerated_failures": -1},
        {"tolerated_failures": 10},
        {"timeout_s": 4},
        {"ttl_s": -1},
        {"ttl_s": 2_147_483_648},
        {"profile": "performance"},
        {"path": "/"},
    ],
)
def test_what_traffic_manager_does_not_take_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Health(**wrong)


@pytest.mark.parametrize("interval_s, timeout_s, longest_s", [(30, 11, 10), (10, 10, 9)])
def test_a_probe_ends_before_the_next_one(interval_s: Any, timeout_s: int, longest_s: int) -> None:
    words = f"timeout_s: {timeout_s} s are too long for a probe every {interval_s} s; right would be 5 to"
    with pytest.raises(ValidationError, match=re.escape(f"{words} {longest_s}")):
        Health(interval_s=interval_s, timeout_s=timeout_s)
    assert Health(interval_s=interval_s, timeout_s=longest_s).timeout_s == longest_s


@pytest.mark.parametrize("ttl_s", [0, 2_147_483_647])
def test_any_time_to_live_of_dns_can_be_set(ttl_s: int) -> None:
    assert Health(ttl_s=ttl_s).ttl_s == ttl_s


def test_every_setting_has_a_label_of_its_own() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"interval_s": 10, "timeout_s": 9},
        {"tolerated_failures": 2},
        {"timeout_s": 9},
        {"ttl_s": 0},
        {"ttl_s": 30},
        {"profile": "geographic"},
    ]
    labels = [Health(**change).label for change in changes]
    assert labels[0] == "nested-30x4-10"
    assert labels[4] == "nested-30x4-10-ttl0"
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[a-z0-9-]+", label) for label in labels)


# Times


def test_the_timeline_of_microsofts_figure() -> None:
    # "Traffic Manager endpoint failover and recovery": 30 s, 3 tolerated failures, 10 s.
    assert USUAL.down_s(1.0) == 30 + 3 * 30 + 10
    assert USUAL.down_s(29.9) == 130
    assert USUAL.down_s(30.0) == 130
    assert USUAL.slowest_s == 130


def test_who_is_refused_knows_it_after_a_round_trip() -> None:
    assert FAST.down_s(3.0, refused_after_s=0.25) == 20.25
    assert FAST.down_s(3.0) == 25.0


def test_one_answer_is_enough() -> None:
    assert FAST.up_s(126.25, rtt_s=0.5) == 130.5
    assert FAST.up_s(130.0, rtt_s=0.5) == 130.5


def test_a_probe_waits_from_when_it_is_sent_until_its_timeout() -> None:
    assert [FAST.is_waiting(each) for each in (20.0, 24.9, 25.0, 29.9, 30.0)] == [
        True,
        True,
        False,
        False,
        True,
    ]


@given(healths, milliseconds, rtts_ms, st.booleans())
def test_the_arithmetic_is_what_a_prober_finds(
    health: Health, failed_ms: int, rtt_ms: int, refused: bool
) -> None:
    fails_ms = rtt_ms if refused else health.timeout_s * 1000
    last_ms = failed_ms + 1000 * health.interval_s * (health.tolerated_failures + 2)
    back_ms = last_ms // (1000 * health.interval_s) * 1000 * health.interval_s + 9_999
    found = _verdicts(health, _probed(health, failed_ms, back_ms, fails_ms, rtt_ms))
    down_s = health.down_s(failed_ms / 1000, refused_after_s=rtt_ms / 1000 if refused else None)
    up_s = health.up_s(back_ms / 1000, rtt_ms / 1000)
    assert [up for _, up in found] == [False, True]
    assert [ms / 1000 for ms, _ in found] == pytest.approx([down_s, up_s])


@given(healths, st.floats(0, 1e6))
def test_it_is_noticed_within_one_interval_and_never_later_than_promised(
    health: Health, failed_s: float
) -> None:
    took_s = health.down_s(failed_s) - failed_s
    assert health.slowest_s - health.interval_s - 1e-6 <= took_s <= health.slowest_s + 1e-6


@given(healths, st.integers(0, 10**9))
def test_a_probe_is_sent_at_whole_multiples_of_the_interval(health: Health, time_s: int) -> None:
    probe_s = health.next_probe_s(time_s)
    assert probe_s % health.interval_s == 0
    assert 0 <= probe_s - time_s < health.interval_s

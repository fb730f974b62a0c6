"""A case's window in the captures: how long it is, and which secrets it has."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from experiments.window import QUIET_S, window
from measurement.capture import Recorder

SECOND_NS = 1_000_000_000


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let sleeping move the clock, and cost no time."""
    now = [1000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "time_ns", lambda: round(now[0] * SECOND_NS))
    return now


def test_it_has_a_quiet_second_on_either_side() -> None:
    recorder = Recorder()
    with window(recorder, "nearest"):
        began_ns = time.time_ns()
    (found,) = recorder.windows
    assert began_ns - found.from_ns >= QUIET_S * SECOND_NS
    assert found.until_ns - began_ns >= QUIET_S * SECOND_NS
    assert (found.tls_secrets, found.wireguard_keys) == ("", "")


def test_it_has_the_secrets_that_were_made_in_it(tmp_path: Path) -> None:
    recorder, keys = Recorder(), tmp_path / "nearest.keys"
    with window(recorder, "nearest", keys) as secrets:
        keys.write_text("CLIENT_RANDOM 00 11\n")
        secrets.wireguard_keys = "LOCAL_STATIC_PRIVATE_KEY = AA==\n"
    with window(recorder, "at-home", tmp_path / "none.keys"):
        pass
    assert [each.tls_secrets for each in recorder.windows] == ["CLIENT_RANDOM 00 11\n", ""]
    assert [each.wireguard_keys for each in recorder.windows] == ["LOCAL_STATIC_PRIVATE_KEY = AA==\n", ""]


def test_what_fails_has_no_window() -> None:
    recorder = Recorder()
    with pytest.raises(RuntimeError), window(recorder, "nearest"):
        raise RuntimeError
    assert not recorder.windows

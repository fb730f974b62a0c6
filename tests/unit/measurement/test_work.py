"""What clients say of their work, kept as lines: what was written is read back, and what is none is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from measurement.work import Asked, Attempt, Told, Work, load_told, save_told
from topologies.errors import MeasurementError


def attempt(**changes: object) -> Attempt:
    values: dict[str, object] = {
        "name": "page",
        "number": 0,
        "attempt": 1,
        "started_ns": 10,
        "ended_ns": 20,
        "error": "",
        "status": 200,
        "server_ip": "13.107.6.18",
        "local_port": 50_000,
        "opened": 1,
        "phases_us": {"total": 10},
        "headers": {"x-datacenter": "dub"},
        "body_bytes": 2,
        "body_sha256": "",
        "body": "\u2028 ok",  # what ends a line elsewhere is no end of a line here
    }
    return Attempt.model_validate({**values, **changes})


def told(*attempts: Attempt) -> Told:
    return Told(
        spell="region", work="portal", client="cardiff", resolver="isp", started_ns=5, attempts=attempts
    )


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    written = [told(attempt(), attempt(number=1, status=503)), told()]
    save_told(written, tmp_path / "spells.jsonl")
    assert load_told(tmp_path / "spells.jsonl") == written


@pytest.mark.parametrize("line", ["", "{}", "[]", "not json"])
def test_a_line_that_is_none_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "spells.jsonl"
    save_told([told()], path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(MeasurementError, match=r"spells\.jsonl, line 2: not a client's work"):
        load_told(path)


@pytest.mark.parametrize(
    ("changes", "good"),
    [({}, True), ({"status": 202}, True), ({"status": 503}, False), ({"error": "timed out"}, False)],
)
def test_an_attempt_is_good_if_it_was_answered_with_success(changes: dict[str, object], good: bool) -> None:
    assert attempt(**changes).is_good is good


@pytest.mark.parametrize("changes", [{"interval_ms": 0}, {"length_ms": -1}, {"requests": ()}])
def test_a_work_that_never_begins_or_ends_is_refused(changes: dict[str, object]) -> None:
    values = {"name": "portal", "client": "cardiff", "requests": (Asked(name="page", url="https://x/"),)}
    with pytest.raises(ValidationError):
        Work.model_validate({**values, "interval_ms": 1000, "length_ms": 5000, **changes})

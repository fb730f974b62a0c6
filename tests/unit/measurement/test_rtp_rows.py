"""Rows of RTP: compact as text, and the same when they are read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from measurement.rows.rtp import NUMBERS, TIMESTAMPS, RtpRun

PLACE = {"case": "nearest", "node": "traveller", "file": "pcap/nearest/traveller.pcapng", "frame": 1}
ENDS = {"src": "192.0.2.1", "src_port": 50000, "dst": "192.0.2.2", "dst_port": 3478}
KIND = {"transport": "udp", "channel": 0x4000, "dscp": 46, "ssrc": 7, "payload_type": 8}


def run(**changes: Any) -> RtpRun:
    values = {"first": 0, "timestamp": 0, "steps": (), "gaps_ns": (), "bytes": 160, "last_frame": 1}
    return RtpRun.model_validate({**PLACE, **ENDS, **KIND, "time_ns": 1000, **values, **changes})


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, TIMESTAMPS - 1), st.integers(0, 10**10)), max_size=50))
def test_a_run_is_the_same_when_it_is_read_again(steps: list[tuple[int, int]]) -> None:
    row = run(steps=tuple(step for step, _ in steps), gaps_ns=tuple(gap for _, gap in steps))
    assert RtpRun.model_validate_json(row.model_dump_json()) == row
    assert row.packets == len(row.numbers) == len(row.timestamps) == len(row.times_ns) == len(steps) + 1


def test_what_repeats_is_written_once() -> None:
    row = run(steps=(160, 160, 160), gaps_ns=(20, 20, 30))
    assert '"steps":"160x3","gaps_ns":"20x2 30"' in row.model_dump_json()


def test_numbers_and_timestamps_go_around_and_times_do_not() -> None:
    row = run(first=NUMBERS - 1, timestamp=TIMESTAMPS - 160, steps=(160, 160), gaps_ns=(20, 20))
    assert row.numbers == [65535, 0, 1]
    assert row.timestamps == [TIMESTAMPS - 160, 0, 160]
    assert row.times_ns == [1000, 1020, 1040]


@pytest.mark.parametrize(
    "changes",
    [{"steps": "160x2"}, {"steps": "many"}, {"steps": "1xx"}, {"first": NUMBERS}, {"timestamp": -1}],
)
def test_a_row_that_contradicts_itself_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run(**changes)

"""What participants say of a call, written and read; and the sources of their media."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurement.media import AUDIO, VIDEO, Attempt, Leg, Told, load, save, ssrc_of
from topologies.errors import MeasurementError

TRIED = Attempt(transport="udp", port=3478, began_ns=5, took_us=64_235, error="")
LEG = Leg(
    medium="audio",
    server="192.0.2.1",
    attempts=(TRIED,),
    transport="udp",
    mapped="192.0.2.7:50000",
    relayed="192.0.2.2:49152",
    check_us=198_000,
)
TOLD = Told(call="nearest", client="traveller", peer="mwh-mcu", legs=(LEG,), began_ns=1, ended_ns=2)
FAILED = TOLD.model_copy(update={"call": "blocked", "began_ns": None, "ended_ns": None})


def test_what_was_told_is_read_as_it_was_written(tmp_path: Path) -> None:
    save([TOLD, FAILED], tmp_path / "calls.jsonl")
    assert load(tmp_path / "calls.jsonl") == [TOLD, FAILED]


@pytest.mark.parametrize("line", ["", "{}", "no JSON"])
def test_a_line_that_is_not_of_a_call_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "calls.jsonl").write_text(f"{TOLD.model_dump_json()}\n{line}\n")
    with pytest.raises(MeasurementError, match=r"^calls.jsonl, line 2: not of a call: "):
        load(tmp_path / "calls.jsonl")


def test_a_leg_is_found_by_its_medium() -> None:
    assert TOLD.leg("audio") == LEG
    with pytest.raises(KeyError):
        TOLD.leg("video")


def test_every_stream_of_every_call_has_a_source_of_its_own_the_same_each_time() -> None:
    calls, nodes = ("nearest", "tenant"), ("traveller", "mwh-mcu")
    found = [ssrc_of(c, m, n) for c in calls for m in ("audio", "video") for n in nodes]
    assert len(set(found)) == len(found)
    assert ssrc_of("nearest", "audio", "traveller") == 0x8AB01006
    assert all(0 <= each < 2**32 for each in found)


def test_media_are_marked_as_microsofts_clients_mark_them() -> None:
    # "Implement Quality of Service in Microsoft Teams": ports 50,000-50,019 and 50,020-50,039, EF and AF41.
    assert (AUDIO.port, AUDIO.dscp, VIDEO.port, VIDEO.dscp) == (50_000, 46, 50_020, 34)
    # RFC 3551, section 6: PCMA.
    assert (AUDIO.payload_type, AUDIO.clock_hz, AUDIO.packet_ms) == (8, 8000, 20)

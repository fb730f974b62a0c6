"""Media as captures show it: which packets are of one run, and what else is RTCP."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.observation import MalformedPacket, RtcpReport, RtpRun
from measurement.observe import observe
from measurement.observers.rtp import rtcp_reports, rtp_runs

from .captures import CLIENT, SERVER, START_NS, Conversation, Timed, capture_run, source_of
from .media import CHANNEL, block, came, in_channel, in_tcp, rtp, sender_report, sent, stun


def runs(timed: list[Timed]) -> list[RtpRun]:
    return list(rtp_runs(source_of(timed)))


def stream(*numbers: int, **changes: Any) -> list[Timed]:
    """Return packets of those numbers, 20 ms apart."""
    return [sent(20_000 * place, rtp(each, **changes)) for place, each in enumerate(numbers)]


def test_packets_whose_numbers_follow_are_a_run(tmp_path: Path) -> None:
    (row,) = (row for row in observe(capture_run(tmp_path, stream(4, 5, 6))) if isinstance(row, RtpRun))
    assert (row.src, row.src_port, row.dst, row.dst_port) == (CLIENT, 50_000, SERVER, 3478)
    assert (row.transport, row.channel, row.dscp, row.ssrc, row.payload_type) == ("udp", None, 46, 7, 8)
    assert (row.numbers, row.timestamps, row.bytes) == ([4, 5, 6], [640, 800, 960], 480)
    assert row.times_ns == [START_NS, START_NS + 20_000_000, START_NS + 40_000_000]
    assert (row.frame, row.last_frame) == (1, 3)


def test_numbers_and_timestamps_go_around() -> None:
    timed = [sent(each, rtp(65_534 + each, timestamp=2**32 - 200 + 160 * each)) for each in range(3)]
    (row,) = runs(timed)
    assert (row.numbers, row.steps) == ([65_534, 65_535, 0], (160, 160))


def test_a_packet_that_is_lost_late_or_twice_ends_a_run() -> None:
    assert [row.numbers for row in runs(stream(1, 2, 4, 3, 5, 5, 6))] == [[1, 2], [4], [3], [5], [5, 6]]


def test_another_source_channel_or_direction_is_another_run() -> None:
    timed = [
        sent(0, rtp(1)),
        sent(1, rtp(1, ssrc=8)),
        sent(2, in_channel(rtp(1))),
        came(3, rtp(1)),
        sent(4, rtp(2)),
        sent(5, rtp(2, ssrc=8)),
        sent(6, in_channel(rtp(2))),
        came(7, rtp(2)),
    ]
    found = runs(timed)
    assert [row.packets for row in found] == [2, 2, 2, 2]
    assert [(row.src, row.channel, row.ssrc) for row in found] == [
        (CLIENT, None, 7),
        (CLIENT, None, 8),
        (CLIENT, CHANNEL, 7),
        (SERVER, None, 7),
    ]


def test_another_dscp_or_payload_type_ends_a_run() -> None:
    timed = [sent(0, rtp(1)), sent(1, rtp(2)), sent(2, rtp(3), dscp=0), sent(3, rtp(4, kind=96), dscp=0)]
    assert [(row.packets, row.dscp, row.payload_type) for row in runs(timed)] == [
        (2, 46, 8),
        (1, 0, 8),
        (1, 0, 96),
    ]


def test_a_source_whose_numbers_never_follow_is_none() -> None:
    assert runs(stream(1, 3, 5, 3)) == []
    questions = [sent(n, bytes([0x80 + n, 0x17]) + b"\x01\x20" + bytes(40), (40_000, 53)) for n in range(20)]
    assert runs(questions) == []


def test_reports_are_read_where_media_flows(tmp_path: Path) -> None:
    timed = [*stream(1, 2), came(50_000, sender_report(block(7)))]
    (row,) = (row for row in observe(capture_run(tmp_path, timed)) if isinstance(row, RtcpReport))
    assert (row.src, row.dst_port, row.transport, row.channel, row.frame) == (SERVER, 50_000, "udp", None, 3)
    assert (row.ssrc, row.packets, row.reports[0].ssrc) == (7, 10, 7)


def test_reports_are_none_where_no_media_flows() -> None:
    assert list(rtcp_reports(source_of([sent(0, sender_report())]))) == []
    elsewhere = [*stream(1, 2), sent(50_000, in_channel(sender_report()))]
    assert list(rtcp_reports(source_of(elsewhere))) == []


def test_a_report_that_cannot_be_read_is_malformed(tmp_path: Path) -> None:
    timed = [*stream(1, 2), sent(50_000, sender_report()[:-4])]
    rows = observe(capture_run(tmp_path, timed))
    assert not any(isinstance(row, RtcpReport) for row in rows)
    assert [row.frame for row in rows if isinstance(row, MalformedPacket)] == [3]


def test_media_in_a_tcp_stream_is_seen_when_it_is_given_to_its_receiver() -> None:
    conversation = Conversation()
    conversation.open()
    conversation.send(50_000, client=True, payload=stun(3, 1))
    for number in range(3):
        packet = in_tcp(in_channel(rtp(number, size=161)))
        conversation.send(60_000 + 20_000 * number, client=True, payload=packet)
    *before, first, second, third = conversation.timed
    (row,) = runs([*before, second, (95_000, first[1]), third])
    assert (row.transport, row.channel, row.numbers) == ("tcp", CHANNEL, [0, 1, 2])
    assert row.gaps_ns == (0, 5_000_000)
    assert (row.frame, row.last_frame) == (6, 7)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=40))
def test_every_packet_of_a_source_is_in_one_run(numbers: list[int]) -> None:
    found = runs(stream(*numbers))
    is_one = any(b == a + 1 for a, b in pairwise(numbers))
    assert [number for row in found for number in row.numbers] == (numbers if is_one else [])

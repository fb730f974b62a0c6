"""RTP and RTCP read from bytes, and what is none."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.packets import UnreadableError
from measurement.rows.rtp import ReceptionReport
from measurement.rtp_messages import Report, RtpMessage, is_control, read_rtcp, read_rtp

from .media import block, control, receiver_report, rtp, sender_report

READ = RtpMessage(payload_type=8, number=5, timestamp=800, ssrc=7, payload_bytes=160)
BYE, SDES = control(203, 1, bytes(4)), control(202, 1, bytes(8))


def test_a_packet_is_what_its_header_says() -> None:
    assert read_rtp(rtp(5)) == READ


def test_the_marker_is_not_part_of_the_payload_type() -> None:
    marked = bytearray(rtp(5))
    marked[1] |= 0x80
    assert read_rtp(bytes(marked)) == READ


def test_contributors_an_extension_and_padding_are_not_payload() -> None:
    plain = rtp(5)
    header, payload = plain[:12], plain[12:]
    extension = bytes.fromhex("beef0002") + bytes(8)
    padding = bytes(3) + b"\x04"
    full = bytes([0x80 | 0x20 | 0x10 | 2]) + header[1:] + bytes(8) + extension + payload + padding
    assert read_rtp(full) == READ


@pytest.mark.parametrize(
    "content",
    [
        b"",
        rtp(5)[:11],
        b"\x40" + rtp(5)[1:],  # version 1
        b"\xa0" + rtp(5)[1:12] + b"\x05",  # more padding than there is
        b"\x8f" + rtp(5)[1:20],  # more contributors
        b"\x90" + rtp(5)[1:12] + bytes.fromhex("beef00ff"),  # a longer extension
        receiver_report(),
    ],
)
def test_what_cannot_be_rtp_is_none(content: bytes) -> None:
    assert read_rtp(content) is None


def test_the_second_byte_tells_rtcp_from_rtp() -> None:
    assert is_control(sender_report()) and is_control(receiver_report())
    assert not is_control(rtp(5)) and not is_control(b"\x80")


def test_a_senders_report_says_what_it_sent_and_what_came() -> None:
    lost = block(9, lost=-2)
    (report,) = read_rtcp(sender_report(block(), lost) + SDES + BYE)
    assert (report.ssrc, report.ntp, report.rtp_timestamp) == (7, 0x0123456789ABCDEF, 1600)
    assert (report.packets, report.bytes) == (10, 1600)
    assert report.reports[0] == ReceptionReport(
        ssrc=9, fraction_lost=5, lost=3, highest=0x10002, jitter=12, last_sr=77, delay_since_sr=65536
    )
    assert report.reports[1].lost == -2


def test_a_receivers_report_has_not_sent_anything() -> None:
    assert read_rtcp(receiver_report()) == [Report(7, None, None, None, None, ())]


def test_several_reports_may_be_in_one_packet() -> None:
    assert [each.ssrc for each in read_rtcp(sender_report() + receiver_report(ssrc=8))] == [7, 8]


@pytest.mark.parametrize(
    "content, reason",
    [
        (sender_report()[:3], "3 bytes are left for a header"),
        (sender_report()[:-4], "version 2, 28 bytes in 24"),
        (b"\x40" + sender_report()[1:], "version 1"),
        (control(201, 2, bytes(4) + block()), "2 blocks in 28 bytes"),
        (control(200, 0, bytes(4)), "0 blocks in 4 bytes"),
    ],
)
def test_a_packet_that_contradicts_itself_is_an_error_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_rtcp(content)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_nothing_else_is_raised(content: bytes) -> None:
    found = read_rtp(content)
    assert found is None or 0 <= found.payload_bytes <= len(content)
    with contextlib.suppress(UnreadableError):
        read_rtcp(content)


@settings(deadline=None)
@given(
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 1500),
)
def test_every_packet_is_read_as_it_was_written(number: int, when: int, ssrc: int, size: int) -> None:
    found = read_rtp(rtp(number, timestamp=when, ssrc=ssrc, size=size))
    assert found == RtpMessage(8, number, when, ssrc, size)

"""Reports beside captures: a way of 30 ms there and 40 back, and who reports waits between."""

from __future__ import annotations

from typing import Any

import pytest

from measurement.rows.rtp import ReceptionReport, RtcpReport
from measurement.rtcp_beside import receptions, round_trips
from measurement.rtp_quality import NTP_AFTER_UNIX_S
from measurement.rtp_stream import Arrival

MS, S = 1_000_000, 1_000_000_000
NOW_NS = 1_795_737_600 * S
CLIENT, SERVER = 7, 8
THERE_NS, BACK_NS, WAITED_NS = 30 * MS, 40 * MS, 500 * MS


def report(time_ns: int, ssrc: int, *reports: ReceptionReport, **changes: Any) -> RtcpReport:
    values = {"case": "nearest", "node": "traveller", "file": "pcap/nearest/traveller.pcapng", "frame": 1}
    ends = {"src": "192.0.2.1", "src_port": 5, "dst": "192.0.2.2", "dst_port": 5, "transport": "udp"}
    sender = {"ntp": None, "rtp_timestamp": None, "packets": None, "bytes": None, "channel": None}
    given = {"time_ns": time_ns, "ssrc": ssrc, "reports": reports}
    return RtcpReport.model_validate({**values, **ends, **sender, **given, **changes})


def ntp(time_ns: int) -> int:
    return ((time_ns + NTP_AFTER_UNIX_S * S) << 32) // S


def block(ssrc: int, **changes: int) -> ReceptionReport:
    values = {"fraction_lost": 0, "lost": 0, "highest": 0, "jitter": 0, "last_sr": 0, "delay_since_sr": 0}
    return ReceptionReport.model_validate({"ssrc": ssrc, **values, **changes})


def exchanged(**changes: int) -> tuple[list[RtcpReport], list[RtcpReport]]:
    """What is seen at the client and at the server: a sender's report, and one about it."""
    sent = {"ntp": ntp(NOW_NS), "rtp_timestamp": 0, "packets": 5, "bytes": 800}
    values = {"last_sr": (ntp(NOW_NS) >> 16) % 2**32, "delay_since_sr": WAITED_NS * 65536 // S, **changes}
    about = block(CLIENT, **values)
    came_ns, left_ns = NOW_NS + THERE_NS, NOW_NS + THERE_NS + WAITED_NS
    near = [report(NOW_NS, CLIENT, **sent), report(left_ns + BACK_NS, SERVER, about)]
    far = [report(came_ns, CLIENT, **sent), report(left_ns, SERVER, about)]
    return near, far


def test_a_round_trip_is_the_same_as_it_is_said_and_as_it_is_seen() -> None:
    near, far = exchanged()
    (found,) = round_trips(near, far)
    assert found.report == near[1]
    assert found.seen_ms == 70.0
    assert found.said_ms == pytest.approx(70.0, abs=0.05)


def test_who_says_something_else_is_seen() -> None:
    (found,) = round_trips(*exchanged(delay_since_sr=0))
    assert found.said_ms == pytest.approx(570, abs=0.1) and found.seen_ms == 70.0


def test_only_what_came_is_looked_at_and_only_where_both_ends_saw_both() -> None:
    near, far = exchanged()
    assert list(round_trips(far, near)) == []
    assert list(round_trips(near, far[:1])) == list(round_trips(near, far[1:])) == []
    assert list(round_trips(near[1:], far)) == []
    assert list(round_trips(*exchanged(last_sr=0))) == []


def test_jitter_and_loss_are_those_of_what_had_come() -> None:
    came = [Arrival(number, number * 160, NOW_NS + number * 20 * MS) for number in (1, 2, 4, 5)]
    late = Arrival(6, 6 * 160, NOW_NS + 6 * 20 * MS + 16 * MS)
    about = block(CLIENT, jitter=8, lost=1, highest=65536 + 6)
    rows = [report(NOW_NS, SERVER, about), report(NOW_NS + S, SERVER, about, block(9))]
    (found,) = receptions(rows, [*came, late], CLIENT, 8000)
    assert (found.said_jitter_ms, found.seen_jitter_ms) == (1.0, 1.0)
    assert (found.said_lost, found.seen_lost) == (1, 1)
    (before,) = receptions([report(came[2].time_ns - 1, SERVER, about)], came, CLIENT, 8000)
    assert (before.seen_jitter_ms, before.seen_lost) == (0.0, 0)


def test_what_was_captured_and_is_not_in_the_report_does_not_count() -> None:
    came = [Arrival(number, number * 160, NOW_NS + number * 20 * MS) for number in (65535, 65537)]
    late = Arrival(65539, 65539 * 160, NOW_NS + 65539 * 20 * MS + 16 * MS)
    rows = [report(late.time_ns + 1, SERVER, block(CLIENT, highest=highest)) for highest in (65537, 65539)]
    without, with_it = receptions(rows, [*came, late], CLIENT, 8000)
    assert (without.seen_jitter_ms, without.seen_lost) == (0.0, 0)
    assert (with_it.seen_jitter_ms, with_it.seen_lost) == (1.0, 1)


def test_a_source_is_believed_from_its_second_packet_on() -> None:
    early, late = Arrival(1, 160, NOW_NS - 900 * MS), Arrival(2, 320, NOW_NS + 40 * MS)
    rows = [report(late.time_ns - 1, SERVER, block(CLIENT)), report(late.time_ns, SERVER, block(CLIENT))]
    (found,) = receptions(rows, [early, late], CLIENT, 8000)
    assert found.report == rows[1] and found.seen_jitter_ms == 0.0


def test_where_nothing_came_there_is_nothing_to_compare() -> None:
    assert list(receptions([report(NOW_NS, SERVER, block(CLIENT))], [], CLIENT, 8000)) == []

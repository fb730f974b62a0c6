"""What a router says of a packet is told with the packet that it is about, and when that was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Raw

from measurement.observation import IcmpTimeExceeded, IcmpUnreachable
from measurement.observers.capture import malformed_packets
from measurement.observers.icmp import icmp_echoes
from measurement.observers.icmp_errors import REASONS, icmp_time_exceeded, icmp_unreachable

from .captures import CLIENT, SERVER, Timed, ether, source_of

UNTIMED = settings(deadline=None)

ROUTER = "192.0.2.1"
# A router's answer to a datagram of traceroute (Debian's 2.1.2), as Linux has sent it, with its Ethernet.
CAPTURED = bytes.fromhex(
    "0adbbb28af4c9aeb17cadc7b080045c0005829d400003f013a0f0a0002020a000101"
    "0b00c69e000000004500003c57670000011" + "14a480a0001010a0003029e5a829d0028183c"
    "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
)


def probe(inner: Any, ttl: int = 1, **fields: Any) -> Any:
    return IP(**{"src": CLIENT, "dst": SERVER, "ttl": ttl, "id": 99, **fields}) / inner


def error(
    about: Any, kind: int = 11, code: int = 0, src: str = ROUTER, kept: int = 28, mtu: int = 0
) -> bytes:
    """A message with what it quotes of a packet, which may have been changed on its way."""
    head = ICMP(type=kind, code=code, nexthopmtu=mtu) if kind == 3 else ICMP(type=kind, code=code)
    return ether(IP(src=src, dst=CLIENT) / head / Raw(bytes(about)[:kept]))


def exceeded(*timed: Timed) -> list[IcmpTimeExceeded]:
    return list(icmp_time_exceeded(source_of(timed)))


def unreachable(*timed: Timed) -> list[IcmpUnreachable]:
    return list(icmp_unreachable(source_of(timed)))


ECHO = ICMP(type=8, id=3, seq=5)
DATAGRAM = UDP(sport=40_000, dport=33_434) / Raw(b"probe")
SEGMENT = TCP(sport=40_000, dport=443, seq=0xFFFFFFF0)

MARKS = [
    (ECHO, ("icmp", 3, 5, None, None)),
    (DATAGRAM, ("udp", None, None, 40_000, 33_434)),
    (SEGMENT, ("tcp", None, 0xFFFFFFF0, 40_000, 443)),
    (Raw(b"something else"), ("ip/47", None, None, None, None)),
    (ICMP(type=10), ("icmp", None, None, None, None)),
]


@pytest.mark.parametrize("inner, expected", MARKS, ids=lambda value: str(value)[:20])
def test_a_ttl_that_ran_out_is_told_with_its_probe(inner: Any, expected: tuple[object, ...]) -> None:
    fields = {"proto": 47} if isinstance(inner, Raw) else {}
    sent = probe(inner, ttl=7, **fields)
    (row,) = exceeded((0, ether(sent)), (30_000, error(sent)))
    assert (row.frame, row.src, row.dst, row.probe_src, row.probe_dst) == (2, ROUTER, CLIENT, CLIENT, SERVER)
    found = row.probe_protocol, row.probe_id, row.probe_seq, row.probe_src_port, row.probe_dst_port
    assert found == expected
    assert (row.probe_ip_id, row.probe_frame, row.probe_ttl, row.rtt_us) == (99, 1, 7, 30_000.0)


def test_a_captured_answer_is_read() -> None:
    (row,) = exceeded((0, CAPTURED))
    assert (row.src, row.probe_src, row.probe_dst) == ("10.0.2.2", "10.0.1.1", "10.0.3.2")
    assert (row.probe_src_port, row.probe_dst_port, row.probe_ip_id) == (40_538, 33_437, 0x5767)
    assert (row.probe_frame, row.probe_ttl, row.rtt_us) == (None, None, None)


@pytest.mark.parametrize(
    "other",
    [
        probe(DATAGRAM, id=98),
        probe(DATAGRAM, dst=ROUTER),
        probe(UDP(sport=40_001, dport=33_434) / Raw(b"probe")),
        probe(UDP(sport=40_000, dport=33_435) / Raw(b"probe")),
        probe(TCP(sport=40_000, dport=33_434)),
    ],
    ids=["id", "dst", "from", "to", "protocol"],
)
def test_another_packet_is_not_the_probe(other: Any) -> None:
    (row,) = exceeded((0, ether(other)), (9, error(probe(DATAGRAM))))
    assert (row.probe_frame, row.rtt_us) == (None, None)


@pytest.mark.parametrize(
    "one, other",
    [
        (ICMP(type=8, id=3, seq=5), ICMP(type=8, id=3, seq=6)),
        (ICMP(type=8, id=3, seq=5), ICMP(type=8, id=4, seq=5)),
        (SEGMENT, TCP(sport=40_000, dport=443, seq=1)),
    ],
    ids=["seq", "id", "tcp"],
)
def test_probes_are_told_apart(one: Any, other: Any) -> None:
    found = exceeded(
        (0, ether(probe(one))), (1, ether(probe(other))), (20, error(probe(other))), (30, error(probe(one)))
    )
    assert [(row.probe_frame, row.rtt_us) for row in found] == [(2, 19.0), (1, 30.0)]


def test_a_probe_that_was_sent_twice_gives_no_time() -> None:
    sent = ether(probe(DATAGRAM))
    (row,) = exceeded((0, sent), (5, sent), (30, error(probe(DATAGRAM))))
    assert (row.probe_frame, row.rtt_us) == (2, None)


def test_a_packet_after_the_message_is_not_its_probe() -> None:
    (row,) = exceeded((0, error(probe(DATAGRAM))), (5, ether(probe(DATAGRAM))))
    assert row.probe_frame is None


def test_a_router_may_change_the_ttl_and_checksums_on_the_way() -> None:
    arrived = probe(DATAGRAM, ttl=1, chksum=0x1234, tos=4)
    (row,) = exceeded((0, ether(probe(DATAGRAM, ttl=9))), (30, error(arrived)))
    assert (row.probe_frame, row.probe_ttl) == (1, 9)


def test_the_header_that_is_quoted_may_have_options() -> None:
    sent = probe(DATAGRAM, options=b"\x01\x01\x01\x00")
    (row,) = exceeded((0, ether(sent)), (30, error(sent, kept=40)))
    assert (row.probe_dst_port, row.probe_frame) == (33_434, 1)


def test_time_that_ran_out_elsewhere_is_none_in_transit() -> None:
    timed = (0, error(probe(DATAGRAM), code=1))
    assert exceeded(timed) == [] and unreachable(timed) == []


@pytest.mark.parametrize("code", range(17))
def test_what_is_unreachable_is_told_with_its_reason(code: int) -> None:
    sent = probe(SEGMENT, ttl=64)
    timed = (0, ether(sent)), (30, error(sent, kind=3, code=code, mtu=1420))
    (row,) = unreachable(*timed)
    assert (row.code, row.reason) == (code, REASONS[code] if code < 16 else "code 16")
    assert row.next_hop_mtu == (1420 if code == 4 else None)
    assert (row.probe_frame, row.probe_ttl, row.rtt_us) == (1, 64, 30.0)
    assert exceeded(*timed) == []


def test_reasons_are_those_of_the_documents() -> None:
    assert (REASONS[1], REASONS[3], REASONS[4], REASONS[13]) == (
        "host unreachable",
        "port unreachable",
        "fragmentation needed",
        "communication prohibited",
    )


@pytest.mark.parametrize("kind", [3, 11])
@pytest.mark.parametrize(
    "quoted", [b"", b"\x45" + bytes(26), b"\x46" + bytes(30), b"\x65" + bytes(40), b"\x44" + bytes(40)]
)
def test_a_message_that_quotes_no_packet_is_malformed(kind: int, quoted: bytes) -> None:
    packet = ether(IP(src=ROUTER, dst=CLIENT) / ICMP(type=kind) / Raw(quoted))
    assert exceeded((0, packet)) == [] and unreachable((0, packet)) == []
    (row,) = malformed_packets(source_of([(0, packet)]))
    assert row.reason.startswith("ICMP error that quotes no packet")


def test_echoes_have_their_ttl() -> None:
    timed = [(0, ether(probe(ECHO, ttl=3))), (1, ether(probe(ICMP(type=8, id=3, seq=6), ttl=4)))]
    assert [row.ttl for row in icmp_echoes(source_of(timed))] == [3, 4]


@UNTIMED
@given(
    kind=st.sampled_from([3, 11]),
    code=st.integers(0, 255),
    changes=st.lists(st.tuples(st.integers(0, 47), st.integers(0, 255)), max_size=4),
    inner=st.sampled_from([inner for inner, _ in MARKS]),
)
def test_any_change_of_a_byte_can_be_observed(
    kind: int, code: int, changes: list[tuple[int, int]], inner: Any
) -> None:
    content = bytearray(bytes(probe(inner))[:48])
    for place, value in changes:
        content[place % len(content)] = value
    timed = [(0, ether(probe(inner))), (1, error(bytes(content), kind=kind, code=code))]
    rows = len(exceeded(*timed)) + len(unreachable(*timed)) + len(list(malformed_packets(source_of(timed))))
    assert rows <= 1 and (rows == 1 or (kind, code) != (11, 0))

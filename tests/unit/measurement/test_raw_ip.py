"""What a tunnel's interface has: packets that begin with IP, read as those behind Ethernet are."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

from measurement.observers.talk import talks
from measurement.packets import Malformed, OtherPacket, decode
from measurement.pcap import RAW_IP
from measurement.pcapng import Frame

from .captures import CLIENT, SERVER, source_of

UNTIMED = settings(deadline=None)

HEAD = bytes.fromhex("020000000002 020000000001 0800")


@pytest.mark.parametrize(
    "inner", [UDP(sport=1, dport=53) / Raw(b"x"), TCP(dport=443), ICMP(), Raw(b"gre")], ids=str
)
def test_a_packet_is_what_it_is_behind_ethernet(inner: object) -> None:
    content = bytes(IP(src=CLIENT, dst=SERVER, tos=46 << 2, ttl=9, id=77) / inner)
    found = decode(Frame(1, 2, content, RAW_IP))
    assert not isinstance(found, Malformed)
    assert found == decode(Frame(1, 2, HEAD + content))
    assert (found.dscp, found.ttl, found.ip_id, found.tag) == (46, 9, 77, None)


@UNTIMED
@given(st.binary(min_size=1, max_size=80).map(lambda some: bytes([0x40 | some[0] & 0x0F]) + some[1:]))
def test_any_bytes_are_what_they_are_behind_ethernet(content: bytes) -> None:
    assert decode(Frame(1, 2, content, RAW_IP)) == decode(Frame(1, 2, HEAD + content))


def test_ipv6_is_told_by_its_addresses() -> None:
    content = bytes(IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP())
    expected = OtherPacket(1, 2, "2001:db8::1", "2001:db8::2", "ipv6")
    assert decode(Frame(1, 2, content, RAW_IP)) == expected
    (talk,) = talks(source_of([(0, content)], RAW_IP))
    assert (talk.src, talk.protocol) == ("2001:db8::1", "ipv6")


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "IP header is cut: 0 of 1 bytes"),
        (b"\x45" + bytes(18), "IPv4 header is cut: 19 of 20 bytes"),
        (b"\x60" + bytes(38), "IPv6 header is cut: 39 of 40 bytes"),
        (b"\x20" + bytes(40), "IP header that cannot be: version 2"),
    ],
)
def test_what_is_no_ip_is_malformed(content: bytes, reason: str) -> None:
    assert decode(Frame(1, 2, content, RAW_IP)) == Malformed(1, 2, reason)


@UNTIMED
@given(st.binary(max_size=80))
def test_nothing_raises(content: bytes) -> None:
    found = decode(Frame(3, 4, content, RAW_IP))
    assert (found.number, found.time_ns) == (3, 4)


def test_a_frame_is_of_ethernet_if_nothing_else_is_said() -> None:
    frame = Frame(1, 2, HEAD + bytes(IP(src=CLIENT, dst=SERVER) / UDP()))
    assert not isinstance(decode(frame), Malformed)
    assert isinstance(decode(dataclasses.replace(frame, link_type=RAW_IP)), Malformed)

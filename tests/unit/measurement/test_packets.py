"""Each kind of IPv4 header is read once; what comes of a frame is what Scapy reads of its own bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q
from scapy.packet import Raw

from measurement import packets
from measurement.packets import Malformed, OtherPacket, Packet, TcpPacket, UdpPacket, decode
from measurement.pcapng import Frame

from .captures import CLIENT, SERVER, Timed, ether, frames

HEAD = bytes.fromhex("020000000002 020000000001 0800")


@pytest.fixture(autouse=True, scope="module")
def _nothing_read_before() -> Iterator[None]:
    packets._ipv4_header.cache_clear()
    yield
    packets._ipv4_header.cache_clear()


def uncached(frame: Frame) -> tuple[object, ...] | None:
    """Return both ends and what is inside, as Scapy reads this very frame; None if that cannot be."""
    content = frame.data[14:]
    size = (content[0] & 0x0F) * 4 if content else 0
    if len(content) < max(size, 20):
        return None
    header = packets.layers().IP(content[: max(size, 20)])
    if header.version != 4 or size < 20 or not size <= header.len <= len(content):
        return None
    if header.frag or header.flags.MF:
        return None
    return header.src, header.dst, header.proto, content[size : header.len]


def is_as_uncached(frame: Frame) -> None:
    """Hold what is decoded against what is read without anything that was kept."""
    try:
        expected = uncached(frame)
    except Exception as error:
        assert decode(frame) == Malformed(
            frame.number, frame.time_ns, f"unreadable header: {type(error).__name__}"
        )
        return
    found = decode(frame)
    if expected is None:
        assert isinstance(found, Malformed)
        return
    src, dst, protocol, inner = expected
    readers = {17: packets._udp, 6: packets._tcp, 1: packets._icmp}
    # The DSCP is the upper six bits of the second byte (RFC 2474).
    marks = {"dscp": frame.data[len(HEAD) + 1] >> 2, "ttl": frame.data[len(HEAD) + 8]}
    marks["ip_id"] = int.from_bytes(frame.data[len(HEAD) + 4 : len(HEAD) + 6], "big")
    packet = Packet(frame.number, frame.time_ns, str(src), str(dst), **marks)
    if protocol not in readers:
        assert found == OtherPacket(**vars(packet), protocol=f"ip/{protocol}")
        return
    assert isinstance(protocol, int) and isinstance(inner, bytes)
    try:
        read = readers[protocol](packet, inner)
    except packets.UnreadableError as error:
        assert found == Malformed(frame.number, frame.time_ns, str(error))
    except Exception as error:  # Scapy raises whatever its fields come across.
        reason = f"unreadable header: {type(error).__name__}"
        assert found == Malformed(frame.number, frame.time_ns, reason)
    else:
        assert found == read


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Return an IPv4 header, mostly one that can be; with options of any kind, also those that are none."""
    options = draw(st.just(b"") | st.binary(max_size=40).map(lambda some: some[: len(some) // 4 * 4]))
    version = draw(st.sampled_from([4, 4, 4, 0, 6]))
    size = draw(st.sampled_from([5 + len(options) // 4] * 3 + [0, 4, 15]))
    protocol = draw(st.sampled_from([1, 6, 17, 47, 255]))
    flags = draw(st.sampled_from([b"\0\0", b"\x40\0", b"\x20\0", b"\0\x07", b"\xff\xff"]))
    ends = draw(st.binary(min_size=8, max_size=8))
    start = bytes([version << 4 | size, draw(st.integers(0, 255)), 0, 0, 0, 0])
    return start + flags + bytes([draw(st.integers(0, 255)), protocol, 0, 0]) + ends + options


def filled(header: bytes, length: int, identification: int, checksum: int) -> bytes:
    """Return a header with the fields that change from packet to packet."""
    numbers = (number.to_bytes(2, "big") for number in (length, identification, checksum))
    total, number, check = numbers
    return header[:2] + total + number + header[6:10] + check + header[12:]


def header_with(**fields: Any) -> bytes:
    """Return the header of a packet between the client and the server."""
    return bytes(IP(src=CLIENT, dst=SERVER, **fields))


numbers = st.integers(0, 0xFFFF)


@given(
    header=headers(),
    changing=st.lists(st.tuples(st.integers(20, 60) | numbers, numbers, numbers), min_size=1, max_size=4),
    payload=st.binary(min_size=20, max_size=60),
)
@example(header_with(proto=6), [(60, 1, 2), (21, 1, 2)], bytes(40))
@example(header_with(proto=47, version=6), [(60, 1, 2)], bytes(40))
@example(header_with(proto=47, flags="MF"), [(60, 1, 2)], bytes(40))
@example(header_with(proto=47, frag=7), [(60, 1, 2)], bytes(40))
@example(header_with(proto=47, flags="DF"), [(60, 1, 2), (20, 3, 4), (19, 3, 4)], bytes(40))
def test_a_header_that_was_read_before_gives_what_it_gives_by_itself(
    header: bytes, changing: list[tuple[int, int, int]], payload: bytes
) -> None:
    for number, fields in enumerate(changing, 1):
        is_as_uncached(Frame(number, number, HEAD + filled(header, *fields) + payload))


@given(st.binary(max_size=80))
def test_any_bytes_give_what_they_give_by_themselves(content: bytes) -> None:
    for _ in range(2):
        is_as_uncached(Frame(1, 1, HEAD + content))


@given(
    ports=st.tuples(numbers, numbers),
    places=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    flags=st.integers(0, 255),
    options=st.sampled_from([[], [("MSS", 1460)], [("NOP", None), ("MSS", 536)], [("WScale", 7)]]),
    payload=st.binary(max_size=20),
)
def test_a_tcp_header_is_what_scapy_reads(
    ports: tuple[int, int], places: tuple[int, int], flags: int, options: list[Any], payload: bytes
) -> None:
    (sport, dport), (seq, ack) = ports, places
    segment = TCP(sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, options=options, urgptr=7)
    (frame,) = frames([(1, ether(IP(src=CLIENT, dst=SERVER) / segment / Raw(payload)))])
    found, read = decode(frame), TCP(bytes(segment))
    assert isinstance(found, TcpPacket)
    assert (found.src_port, found.dst_port, found.seq, found.ack) == (read.sport, read.dport, seq, ack)
    assert (found.flags, found.payload) == (int(read.flags), payload)
    told = dict(each for each in read.options if each[0] == "MSS")
    assert found.mss == (told.get("MSS") if flags & 2 else None)


def sent(number: int, size: int) -> Timed:
    header = IP(src=CLIENT, dst=SERVER, id=number) / TCP(sport=40000, dport=443, seq=number, flags="A")
    return number, ether(header / Raw(bytes(size)) if size else header)


def test_packets_of_one_conversation_share_a_header_and_nothing_else() -> None:
    packets._ipv4_header.cache_clear()
    found = [decode(frame) for frame in frames(sent(number, number) for number in range(5))]
    assert packets._ipv4_header.cache_info()[:2] == (4, 1)
    for number, packet in enumerate(found):
        assert isinstance(packet, TcpPacket)
        assert (packet.number, packet.seq, len(packet.payload)) == (number + 1, number, number)


@pytest.mark.parametrize(
    "changed", [{"tos": 8}, {"ttl": 9}, {"src": "192.0.2.9"}, {"dst": "192.0.2.9"}], ids=str
)
def test_another_header_is_read_by_itself(changed: dict[str, Any]) -> None:
    packets._ipv4_header.cache_clear()
    for changes in ({}, changed):
        fields: dict[str, Any] = {"src": CLIENT, "dst": SERVER, **changes}
        (frame,) = frames([(0, ether(IP(**fields) / UDP()))])
        packet = decode(frame)
        assert isinstance(packet, UdpPacket)
        assert (packet.src, packet.dst) == (changes.get("src", CLIENT), changes.get("dst", SERVER))
    assert packets._ipv4_header.cache_info()[:2] == (0, 2)


def test_a_header_that_is_known_does_not_hide_that_a_frame_is_cut() -> None:
    _, whole = sent(1, 30)
    for number in range(2):
        assert isinstance(decode(Frame(1, 1, whole)), TcpPacket)
        cut = decode(Frame(2, 2, whole[: 60 + number]))
        assert isinstance(cut, Malformed)
        assert cut.reason == f"IPv4 header that cannot be: length 70 in {46 + number} bytes"


def test_what_is_kept_has_a_limit() -> None:
    assert packets._ipv4_header.cache_info().maxsize == packets.KEPT_HEADERS < 1 << 16


def test_scapy_reads_ethernet_only_where_the_addresses_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("Ethernet was read")

    monkeypatch.setattr(packets.layers(), "Ether", refuse)
    (frame,) = frames([sent(1, 1)])
    assert isinstance(decode(frame), TcpPacket)
    other = decode(Frame(1, 1, HEAD[:12] + b"\x88\xcc"))
    assert isinstance(other, Malformed) and other.reason == "unreadable header: AssertionError"


# VLAN tags and DSCP


def tagged(*layers: Any) -> Packet | Malformed:
    """Return what is decoded of an IP packet behind some layers."""
    packet = IP(src=CLIENT, dst=SERVER, tos=46 << 2) / UDP(sport=1, dport=2) / Raw(b"inside")
    for layer in reversed(layers):
        packet = layer / packet
    (frame,) = frames([(0, ether(packet))])
    return decode(frame)


@given(tag=st.integers(0, 4095), priority=st.integers(0, 7), drop=st.integers(0, 1))
def test_a_tag_is_its_identifier_alone_and_the_packet_is_behind_it(
    tag: int, priority: int, drop: int
) -> None:
    found = tagged(Dot1Q(vlan=tag, prio=priority, dei=drop))
    assert isinstance(found, UdpPacket)
    assert (found.tag, found.src, found.dst, found.payload) == (tag, CLIENT, SERVER, b"inside")


def test_without_a_tag_there_is_none() -> None:
    found = tagged()
    assert isinstance(found, UdpPacket) and found.tag is None


@given(st.integers(0, 255))
def test_the_dscp_is_without_the_two_bits_for_congestion(tos: int) -> None:
    for layers in ((), (Dot1Q(vlan=1),)):
        packet = IP(src=CLIENT, dst=SERVER, tos=tos) / UDP()
        for layer in layers:
            packet = layer / packet
        (frame,) = frames([(0, ether(packet))])
        found = decode(frame)
        assert isinstance(found, UdpPacket) and found.dscp == tos >> 2


def test_every_kind_of_packet_has_its_tag() -> None:
    arp = Dot1Q(vlan=1999) / ARP(psrc=CLIENT, pdst=SERVER)
    ipv4 = (IP(src=CLIENT, dst=SERVER) / inner for inner in (TCP(), ICMP(), Raw(b"x" * 20)))
    packets_ = [
        arp,
        *(Dot1Q(vlan=1999) / each for each in ipv4),
        Dot1Q(vlan=1999, type=0x88CC) / Raw(b"x" * 40),
    ]
    for frame in frames((0, ether(each)) for each in packets_):
        found = decode(frame)
        assert isinstance(found, Packet) and found.tag == 1999, found


def test_what_has_no_ip_has_no_dscp() -> None:
    (frame,) = frames([(0, ether(ARP(psrc=CLIENT, pdst=SERVER)))])
    found = decode(frame)
    assert isinstance(found, OtherPacket) and (found.dscp, found.protocol) == (0, "arp")


@pytest.mark.parametrize("size", range(4))
def test_a_tag_that_is_cut_is_malformed(size: int) -> None:
    found = decode(Frame(3, 9, HEAD[:12] + b"\x81\x00" + b"\x03\xe8\x08\x00"[:size]))
    assert found == Malformed(3, 9, f"VLAN header is cut: {size} of 4 bytes")


@pytest.mark.parametrize("size", [0, 1, 19])
def test_an_ip_header_that_is_cut_behind_a_tag_is_malformed(size: int) -> None:
    found = decode(Frame(3, 9, HEAD[:12] + b"\x81\x00\x03\xe8\x08\x00" + header_with()[:size]))
    assert found == Malformed(3, 9, f"IPv4 header is cut: {size} of 20 bytes")


def test_behind_two_tags_nothing_is_read_and_the_outer_one_is_its_tag() -> None:
    found = tagged(Dot1Q(vlan=1000), Dot1Q(vlan=7))
    assert isinstance(found, OtherPacket) and (found.protocol, found.tag) == ("ethernet/0x8100", 1000)


def test_a_providers_tag_is_none_of_ours() -> None:
    found = tagged(Dot1AD(vlan=1000))
    assert isinstance(found, OtherPacket) and (found.protocol, found.tag) == ("ethernet/0x88a8", None)


@given(st.binary(max_size=80), st.binary(min_size=2, max_size=2))
def test_any_bytes_behind_a_tag_are_what_they_are_without_it(content: bytes, control: bytes) -> None:
    plain = decode(Frame(1, 1, HEAD + content))
    found = decode(Frame(1, 1, HEAD[:12] + b"\x81\x00" + control + b"\x08\x00" + content))
    if isinstance(plain, Malformed):
        assert found == plain
    else:
        tag = int.from_bytes(control, "big") % 4096
        assert found == dataclasses.replace(plain, tag=tag)

"""BGP messages are read as they are meant, wherever a capture begins and segments end; nothing raises."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether

from measurement.bgp_errors import ERRORS, names
from measurement.observation import BgpMessage
from measurement.observers.bgp import bgp_messages
from measurement.observers.capture import malformed_packets

from . import bgp
from .bgp import attribute, message, open_message, session, update
from .captures import CLIENT, SERVER, Timed, source_of

UNTIMED = settings(deadline=None)

EXAMPLE = b"\x18\xcb\x00\x71"  # 203.0.113.0/24


def rows(timed: list[Timed]) -> list[BgpMessage]:
    return list(bgp_messages(source_of(timed)))


def reasons(timed: list[Timed]) -> list[str]:
    return [row.reason for row in malformed_packets(source_of(timed))]


def read(content: bytes, *before: tuple[bool, bytes]) -> BgpMessage:
    """Return the last message of a session."""
    talk = session(*before, (True, content))
    assert reasons(talk.timed) == []
    return rows(talk.timed)[-1]


def unreadable(content: bytes) -> str:
    """Return why a message cannot be read; the one after it can be."""
    talk = session((True, content + message(bgp.KEEPALIVE)))
    (reason,) = reasons(talk.timed)
    assert [row.type for row in rows(talk.timed)] == ["keepalive"]
    return reason


def fields(row: BgpMessage) -> dict[str, Any]:
    """Return what a message says, without its place and what it has not."""
    ignored = {"kind", "case", "node", "file", "frame", "time_ns", "src", "src_port", "dst", "dst_port"}
    return {
        name: value
        for name, value in row.model_dump().items()
        if name not in ignored and value not in (None, ())
    }


# What BIRD has sent


def birds() -> list[Timed]:
    return session(
        (True, bgp.CUSTOMER_OPEN),
        (False, bgp.MICROSOFT_OPEN),
        (False, message(bgp.KEEPALIVE)),
        (False, bgp.ONE_PREFIX + bgp.IPV6_PREFIXES + bgp.END_OF_IPV6),
        (True, bgp.WITHDRAWAL),
        (False, bgp.TOO_MANY),
    ).timed


def test_a_session_of_birds_is_read() -> None:
    found = rows(birds())
    assert [row.type for row in found] == [
        "open",
        "open",
        "keepalive",
        *["update"] * 4,
        "notification",
    ]
    assert [row.frame for row in found] == [4, 5, 6, 7, 7, 7, 8, 9]
    assert (found[0].src, found[0].src_port, found[0].dst, found[0].dst_port) == (CLIENT, 40_000, SERVER, 179)
    assert [fields(row) for row in found[:2]] == [
        {"type": "open", "as_number": 4_200_000_001, "hold_time_s": 9, "router_id": "192.0.2.1"},
        {"type": "open", "as_number": 12_076, "hold_time_s": 9, "router_id": "192.0.2.2"},
    ]
    assert reasons(birds()) == []


def test_what_bird_announces_is_read() -> None:
    found = rows(birds())
    assert fields(found[3]) == {
        "type": "update",
        "announced": ("13.107.7.0/24",),
        "as_path": (12_076,),
        "origin": "igp",
        "next_hop": "192.0.2.2",
        "med": 50,
        "communities": ("12076:5010", "12076:5100"),
    }
    assert len(found[4].announced) == 20 and found[4].announced[0] == "2603:1012::/32"
    assert (found[4].next_hop, found[4].communities) == ("2001:db8::2", ("12076:5010",))
    assert fields(found[6]) == {"type": "update", "withdrawn": ("203.0.113.0/28",)}
    assert [row.is_end_of_rib for row in found] == [False, False, False, False, False, True, False, False]


def test_why_bird_ends_a_session_is_read() -> None:
    assert fields(rows(birds())[-1]) == {
        "type": "notification",
        "error_code": 6,
        "error_subcode": 1,
        "error_name": "Cease",
        "error_detail": "Maximum Number of Prefixes Reached",
    }


# Where messages are


@UNTIMED
@given(st.lists(st.integers(1, 400), max_size=12))
def test_segments_may_end_anywhere(cuts: list[int]) -> None:
    content = bgp.MICROSOFT_OPEN + bgp.ONE_PREFIX + bgp.IPV6_PREFIXES + message(bgp.KEEPALIVE)
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    parts = [content[start:end] for start, end in pairwise(places)]
    found = rows(session(*((False, part) for part in parts)).timed)
    whole = rows(session((False, content)).timed)
    assert [fields(row) for row in found] == [fields(row) for row in whole]
    ends = [59, 124, 315, 334]
    assert [row.frame for row in found] == [
        4 + next(n for n, place in enumerate(places[1:]) if place >= end) for end in ends
    ]


@pytest.mark.parametrize("cut", [0, 1, 19, 40, 58])
def test_a_session_that_is_older_than_the_capture_is_read_from_the_next_message_on(cut: int) -> None:
    content = (bgp.MICROSOFT_OPEN + bgp.ONE_PREFIX)[cut:]
    found = rows(session((False, content), (True, bgp.WITHDRAWAL), opened=False).timed)
    kinds = ["open"] if cut == 0 else []
    assert [row.type for row in found] == [*kinds, "update", "update"]
    assert found[-2].as_path == (12_076,)
    assert reasons(session((False, content), opened=False).timed) == []


def test_the_same_ports_may_be_used_for_another_session() -> None:
    first = session((True, bgp.CUSTOMER_OPEN + bgp.WITHDRAWAL[:20]))
    second = session((True, open_message(64_500)))
    again = [(at_us + 900_000, _shifted(data, 77_777)) for at_us, data in second.timed]
    assert [row.as_number for row in rows([*first.timed, *again])] == [4_200_000_001, 64_500]


@pytest.mark.parametrize("client", [True, False])
def test_a_session_may_follow_one_that_is_older_than_the_capture(client: bool) -> None:
    """Its sequence numbers are others, and of the older one only one end was seen."""
    older = session((client, bgp.WITHDRAWAL), opened=False)
    again = session((True, bgp.CUSTOMER_OPEN), (False, bgp.MICROSOFT_OPEN))
    timed = [*older.timed, *((at_us + 900_000, _shifted(data, 77_777)) for at_us, data in again.timed)]
    assert [row.type for row in rows(timed)] == ["update", "open", "open"]
    assert reasons(timed) == []


def _shifted(data: bytes, by: int) -> bytes:
    packet = Ether(data)
    packet[TCP].seq = (packet[TCP].seq + by) % (1 << 32)
    return bytes(packet)


def test_a_syn_that_is_sent_twice_opens_one_session() -> None:
    timed = birds()
    assert [fields(row) for row in rows([timed[0], *timed])] == [fields(row) for row in rows(timed)]


def test_both_ends_may_open_a_session_at_once() -> None:
    talk, other = session((True, bgp.CUSTOMER_OPEN)), session((True, bgp.MICROSOFT_OPEN))
    turned = []
    for at_us, data in other.timed:
        packet = Ether(data)
        for name, value in (("sport", packet[TCP].sport), ("dport", packet[TCP].dport)):
            setattr(packet[TCP], name, 40_001 if value == 40_000 else value)
        turned.append((at_us, bytes(packet)))
    assert [row.src_port for row in rows([*talk.timed, *turned])] == [40_000, 40_001]


def test_other_ports_carry_no_bgp() -> None:
    talk = session((True, bgp.CUSTOMER_OPEN))
    other = [(at_us, _to_port(data, 1790)) for at_us, data in talk.timed]
    assert rows(other) == [] and reasons(other) == []


def _to_port(data: bytes, port: int) -> bytes:
    packet = Ether(data)
    name = "dport" if packet[TCP].dport == 179 else "sport"
    setattr(packet[TCP], name, port)
    return bytes(packet)


def test_a_message_that_is_not_whole_is_not_there() -> None:
    talk = session((False, bgp.ONE_PREFIX[:-1]))
    assert rows(talk.timed) == [] and reasons(talk.timed) == []


@pytest.mark.parametrize(
    "content, reason",
    [
        (bytes(40), "BGP header that cannot be: length 0, type 0"),
        (bgp.MARKER + b"\0\x12\x04" + bytes(9), "BGP header that cannot be: length 18, type 4"),
        (bgp.MARKER[:15] + b"\xfe\0\x13\x04", "BGP header that cannot be: length 19, type 4"),
    ],
)
def test_after_a_header_that_cannot_be_nothing_is_read(content: bytes, reason: str) -> None:
    talk = session((True, message(bgp.KEEPALIVE) + content + message(bgp.KEEPALIVE)))
    assert [row.type for row in rows(talk.timed)] == ["keepalive"]
    assert reasons(talk.timed) == [reason]


# AS numbers of two and four bytes


def path(size: int, *numbers: int, kind: int = 2) -> bytes:
    return bytes([kind, len(numbers)]) + b"".join(number.to_bytes(size, "big") for number in numbers)


FOUR = b"\x41\x04\0\0\xfb\xf4"


@pytest.mark.parametrize(
    "opens, size",
    [
        ([(True, open_message(64_500, FOUR)), (False, open_message(64_500, FOUR))], 4),
        ([(True, open_message(64_500, FOUR)), (False, open_message(64_500))], 2),
        ([(True, open_message(64_500)), (False, open_message(64_500, FOUR))], 2),
        ([(True, open_message(64_500))], 2),
        ([(True, open_message(64_500, FOUR))], 4),
        ([(True, open_message(64_500, FOUR))], 2),
        ([], 4),
        ([], 2),
    ],
    ids=["both", "not the peer", "not itself", "one, without", "one, and four", "one, and two", "4", "2"],
)
def test_a_path_is_read_as_the_session_has_it(opens: list[tuple[bool, bytes]], size: int) -> None:
    content = update(attribute(2, path(size, 64_496, 8075, 12_076)), announced=EXAMPLE)
    talk = session(*opens, (False, content), opened=bool(opens))
    assert rows(talk.timed)[-1].as_path == (64_496, 8075, 12_076)


def test_a_path_that_both_lengths_fit_is_read_as_was_agreed() -> None:
    # Four bytes: one segment of two numbers. Two bytes: a segment of two, and behind it one of one.
    content = update(attribute(2, b"\x02\x02\x00\x01\x02\x01\x02\x01\x00\x02"), announced=EXAMPLE)
    two = [(True, open_message(1)), (False, open_message(2))]
    four = [(True, open_message(1, FOUR)), (False, open_message(2, FOUR))]
    assert rows(session(*two, (False, content)).timed)[-1].as_path == (1, 0x0201, 2)
    assert rows(session(*four, (False, content)).timed)[-1].as_path == (0x0001_0201, 0x0201_0002)


def test_a_path_that_was_agreed_otherwise_is_malformed() -> None:
    opens = [(True, open_message(1, FOUR)), (False, open_message(2, FOUR))]
    talk = session(*opens, (False, update(attribute(2, path(2, 1, 2, 3)), announced=EXAMPLE)))
    assert reasons(talk.timed) == ["BGP path of 8 bytes does not end where it says"]


def test_segments_of_a_path_stand_in_their_order() -> None:
    row = read(update(attribute(2, path(4, 1, 2) + path(4, 9, 8, kind=1)), announced=EXAMPLE))
    assert row.as_path == (1, 2, 9, 8)


# Attributes and prefixes


def test_every_attribute_is_read() -> None:
    row = read(
        update(
            attribute(1, b"\x02"),
            attribute(2, path(4, 64_496)),
            attribute(3, bytes([192, 0, 2, 1])),
            attribute(4, struct.pack(">I", 7)),
            attribute(5, struct.pack(">I", 200)),
            attribute(8, struct.pack(">HHHH", 12_076, 5010, 65_535, 65_281)),
            attribute(32, bytes(12)),
            announced=EXAMPLE + b"\x00" + b"\x0a\xc0\x40" + b"\x20\xc0\x00\x02\x01",
            withdrawn=b"\x08\x0a",
        )
    )
    assert fields(row) == {
        "type": "update",
        "origin": "incomplete",
        "as_path": (64_496,),
        "next_hop": "192.0.2.1",
        "med": 7,
        "local_pref": 200,
        "communities": ("12076:5010", "65535:65281"),
        "announced": ("203.0.113.0/24", "0.0.0.0/0", "192.64.0.0/10", "192.0.2.1/32"),
        "withdrawn": ("10.0.0.0/8",),
    }


def test_what_is_behind_a_prefixs_last_bit_means_nothing() -> None:
    assert read(update(announced=b"\x0a\xc0\x7f")).announced == ("192.64.0.0/10",)


def test_an_attribute_may_have_a_length_of_two_bytes() -> None:
    many = struct.pack(">HH", 12_076, 5010) * 100
    assert read(update(attribute(8, many), announced=EXAMPLE)).communities == ("12076:5010",) * 100


def multiprotocol(family: int, subfamily: int, hop: bytes, prefixes: bytes) -> bytes:
    return struct.pack(">HBB", family, subfamily, len(hop)) + hop + b"\0" + prefixes


def test_ipv6_is_read_before_ipv4_and_the_next_hop_is_ipv4s() -> None:
    six = multiprotocol(2, 1, bytes(15) + b"\x01", b"\x20\x20\x01\x0d\xb8")
    for order in (1, -1):
        parts = [attribute(14, six), attribute(3, bytes([192, 0, 2, 1]))][::order]
        row = read(
            update(*parts, attribute(15, b"\0\x02\x01\x10\x20\x02"), announced=EXAMPLE, withdrawn=b"\x08\x0a")
        )
        assert row.announced == ("2001:db8::/32", "203.0.113.0/24")
        assert row.withdrawn == ("2002::/16", "10.0.0.0/8")
        assert row.next_hop == "192.0.2.1"


@pytest.mark.parametrize("family, subfamily", [(1, 128), (2, 2), (25, 65)])
def test_another_family_is_not_read(family: int, subfamily: int) -> None:
    value = multiprotocol(family, subfamily, bytes(12), bytes(30))
    gone = struct.pack(">HB", family, subfamily) + bytes(9)
    row = read(update(attribute(14, value), attribute(15, gone)))
    assert fields(row) == {"type": "update"}


def test_ipv4_may_come_as_a_family_too() -> None:
    row = read(update(attribute(14, multiprotocol(1, 1, bytes([192, 0, 2, 1]), EXAMPLE))))
    assert (row.announced, row.next_hop) == (("203.0.113.0/24",), "192.0.2.1")


@pytest.mark.parametrize(
    "content, reason",
    [
        (update(announced=b"\x21" + bytes(5)), "BGP prefix that cannot be: 33 bits"),
        (update(announced=b"\x18\x0a"), "BGP prefix that cannot be: 24 bits"),
        (message(2, b"\0\x09\0\0"), "BGP update that contradicts itself: 23 bytes"),
        (message(2, b"\0\0\0\x09"), "BGP attributes of 9 bytes in a message of 4"),
        (update(b"\x40\x01\x02\x00"), "BGP attribute 1 reaches beyond its message"),
        (update(b"\x40\x01"), "BGP update that contradicts itself: 25 bytes"),
        (update(attribute(1, b"\x03")), "BGP update that contradicts itself: 27 bytes"),
        (update(attribute(3, bytes(5))), "BGP address of 5 bytes"),
        (update(attribute(4, bytes(3))), "BGP update that contradicts itself: 29 bytes"),
        (update(attribute(8, bytes(6))), "BGP update that contradicts itself: 32 bytes"),
        (update(attribute(14, b"\0\x02\x01")), "BGP update that contradicts itself: 29 bytes"),
        (message(3, b"\x06"), "BGP notification that contradicts itself: 20 bytes"),
        (message(1, b"\x04\0\x01"), "BGP open that contradicts itself: 22 bytes"),
        (open_message(1, b"\x41\x02\0\x01"), "BGP open that contradicts itself: 35 bytes"),
        (open_message(1, b"\x41\x09\0\x01"), "BGP capability reaches beyond its message"),
        (message(9), "BGP header that cannot be: length 19, type 9"),
    ],
)
def test_a_message_that_contradicts_itself_is_malformed(content: bytes, reason: str) -> None:
    assert unreadable(content) == reason


@pytest.mark.parametrize(
    "code, subcode, told",
    [
        (6, 2, ("Cease", "Administrative Shutdown")),
        (2, 2, ("OPEN Message Error", "Bad Peer AS")),
        (4, 0, ("Hold Timer Expired", "Unspecific")),
        (6, 10, ("Cease", "BFD Down")),
        (3, 99, ("UPDATE Message Error", "subcode 99")),
        (42, 1, ("error 42", "subcode 1")),
    ],
)
def test_a_notification_says_why(code: int, subcode: int, told: tuple[str, str]) -> None:
    row = read(message(bgp.NOTIFICATION, bytes([code, subcode]) + b"data"))
    assert (row.error_code, row.error_subcode) == (code, subcode)
    assert (row.error_name, row.error_detail) == names(code, subcode) == told


def test_no_two_errors_have_one_name() -> None:
    found = [names(code, subcode) for code, (_, known) in ERRORS.items() for subcode in known]
    assert len(set(found)) == len(found)


def test_a_route_refresh_is_seen() -> None:
    assert fields(read(message(bgp.ROUTE_REFRESH, b"\0\x01\0\x01"))) == {"type": "route-refresh"}


# Whatever comes


MESSAGES = (
    bgp.CUSTOMER_OPEN,
    bgp.MICROSOFT_OPEN,
    bgp.ONE_PREFIX,
    bgp.IPV6_PREFIXES,
    bgp.WITHDRAWAL,
    bgp.TOO_MANY,
)


@UNTIMED
@given(
    sent=st.lists(st.tuples(st.booleans(), st.sampled_from(MESSAGES)), min_size=1, max_size=5),
    changes=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=4),
    opened=st.booleans(),
)
def test_any_change_of_a_byte_can_be_observed(
    sent: list[tuple[bool, bytes]], changes: list[tuple[int, int]], opened: bool
) -> None:
    content = bytearray(b"".join(each for _, each in sent))
    for place, value in changes:
        content[place % len(content)] = value
    parts, start = [], 0
    for client, each in sent:
        parts.append((client, bytes(content[start : start + len(each)])))
        start += len(each)
    talk = session(*parts, opened=opened)
    if len(rows(talk.timed)) + len(reasons(talk.timed)) < len(sent):
        # Only a length or a marker that was changed hides messages.
        assert changes


@UNTIMED
@given(kind=st.integers(0, 6), body=st.binary(max_size=90))
def test_any_message_can_be_observed(kind: int, body: bytes) -> None:
    talk = session((True, message(kind, body)))
    assert len(rows(talk.timed)) + len(reasons(talk.timed)) == 1

"""Tunnels are seen from outside: handshakes with their answer, data by its session, and nothing else."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from measurement.observation import MalformedPacket, WireGuardFlow, WireGuardHandshake, WireGuardStray
from measurement.observers.capture import malformed_packets
from measurement.observers.wireguard import wireguard_flows, wireguard_handshakes, wireguard_strays

from .captures import CLIENT, RESOLVER, SERVER, START_NS, Timed, ether, source_of

UNTIMED = settings(deadline=None)

PORT = 51820


def sent(at_us: int, payload: bytes, *, back: bool = False, ports: tuple[int, int] = (PORT, PORT)) -> Timed:
    """A datagram from the client to the concentrator, or back."""
    ends = (SERVER, CLIENT) if back else (CLIENT, SERVER)
    sport, dport = reversed(ports) if back else ports
    return at_us, ether(IP(src=ends[0], dst=ends[1]) / UDP(sport=sport, dport=dport) / Raw(payload))


def initiation(sender: int) -> bytes:
    return struct.pack("<II", 1, sender) + bytes(140)


def response(sender: int, receiver: int) -> bytes:
    return struct.pack("<III", 2, sender, receiver) + bytes(80)


def cookie(receiver: int) -> bytes:
    return struct.pack("<II", 3, receiver) + bytes(56)


def data(receiver: int, counter: int, inside: int = 0) -> bytes:
    return struct.pack("<IIQ", 4, receiver, counter) + bytes(inside + 16)


# A handshake of two Linux kernels, as it was captured, and what the client sent first: an echo request.
INITIATION = bytes.fromhex(
    "010000003df711510e5c5fd6edab9270c004577f8aa93185c0087a270b52d0378d045be69834b33449fea0a136b1e02f"
    "6b2f353b9266ae773eae005846af149f42f169d6083e2a9d43baafdd1df06241e21bb91ddfb94758968060c60c8f6323"
    "d4901bb91d577005517d3818055661ba87639499b0f5ca22c2886f4a99a7d72738843dbe000000000000000000000000"
    "00000000"
)
RESPONSE = bytes.fromhex(
    "02000000c88236e73df7115112c9a4593a3caa76d630b06a552457aaf8fcbcc274cc886a5d63a6b352d4d25a7fb601e3"
    "e8eb048ff609ce262fb0369afefebf4a660a0aab6535d9cdf1e4a3f500000000000000000000000000000000"
)
ECHO = bytes.fromhex(
    "04000000c88236e7000000000000000099081202a85be791e28c6cc6cc506df603deaa38cd660976bd19d9621eb03506"
    "fa207721d56aedbec0fbf33ee083465cdc02909c13fcbb6929f46c7c613e5bdd4c96224a8366e6368285ff1e57ef905c"
    "d7fa64bf54dd0fc45310e4ef9ac6e9f3158a29e4feb9352ceb6a796752bfad4b"
)


def handshakes(*timed: Timed) -> list[WireGuardHandshake]:
    return list(wireguard_handshakes(source_of(timed)))


def flows(*timed: Timed) -> list[WireGuardFlow]:
    return list(wireguard_flows(source_of(timed)))


def strays(*timed: Timed) -> list[WireGuardStray]:
    return list(wireguard_strays(source_of(timed)))


def malformed(*timed: Timed) -> list[MalformedPacket]:
    return list(malformed_packets(source_of(timed)))


OPENED = (sent(0, initiation(0xFFFFFFFE)), sent(46_000, response(7, 0xFFFFFFFE), back=True))


def test_a_handshake_is_seen_with_its_answer() -> None:
    (row,) = handshakes(*OPENED)
    assert (row.initiator, row.initiator_port, row.responder, row.responder_port) == (
        CLIENT,
        PORT,
        SERVER,
        PORT,
    )
    assert (row.frame, row.sender, row.receiver) == (1, 0xFFFFFFFE, 7)
    assert (row.response_frame, row.rtt_us) == (2, 46_000.0)
    assert not strays(*OPENED) and not flows(*OPENED) and not malformed(*OPENED)


def test_what_linux_sends_is_read() -> None:
    timed = (sent(0, INITIATION), sent(47_376, RESPONSE, back=True), sent(47_400, ECHO))
    (row,) = handshakes(*timed)
    assert (row.sender, row.receiver, row.response_frame) == (0x5111F73D, 0xE73682C8, 2)
    (data_row,) = flows(*timed)
    # An echo with 56 bytes of data has 84, and is filled up to 96.
    assert (data_row.receiver, data_row.first_counter, data_row.bytes) == (0xE73682C8, 0, 96)
    assert not strays(*timed) and not malformed(*timed)


def test_the_port_may_be_on_either_side() -> None:
    ports = (1024, PORT)
    (row,) = handshakes(sent(0, initiation(5), ports=ports), sent(9, response(7, 5), back=True, ports=ports))
    assert (row.initiator_port, row.responder_port, row.response_frame) == (1024, PORT, 2)
    assert handshakes(sent(0, initiation(5), ports=(1024, 1025))) == []


@pytest.mark.parametrize(
    "answer",
    [
        sent(9, response(7, 6), back=True),
        sent(9, response(7, 5)),
        sent(9, response(7, 5), back=True, ports=(PORT + 1, PORT)),
        sent(9, cookie(5), back=True),
    ],
    ids=["another index", "from the initiator", "to another port", "a cookie"],
)
def test_what_answers_something_else_is_a_stray(answer: Timed) -> None:
    (row,) = handshakes(sent(0, initiation(5)), answer)
    assert (row.receiver, row.response_frame, row.rtt_us) == (None, None, None)
    (stray,) = strays(sent(0, initiation(5)), answer)
    assert stray.frame == 2


def test_strays_say_what_they_are() -> None:
    rows = strays(sent(0, response(7, 5), back=True), sent(1, cookie(6), back=True))
    assert [(row.type, row.src, row.dst, row.receiver) for row in rows] == [
        ("response", SERVER, CLIENT, 5),
        ("cookie", SERVER, CLIENT, 6),
    ]


def test_only_the_first_response_is_the_answer() -> None:
    again = (*OPENED, sent(50_000, response(8, 0xFFFFFFFE), back=True))
    assert [row.response_frame for row in handshakes(*again)] == [2]
    assert [row.frame for row in strays(*again)] == [3]


def test_an_initiation_that_is_sent_again_is_another() -> None:
    rows = handshakes(sent(0, initiation(5)), sent(9, initiation(6)), sent(20, response(7, 6), back=True))
    assert [(row.sender, row.response_frame) for row in rows] == [(5, None), (6, 3)]


def test_data_is_counted_by_session_and_direction() -> None:
    rows = flows(
        sent(0, data(7, 0)),
        sent(1, data(9, 0, 96), back=True),
        sent(2, data(7, 1, 1424)),
        sent(3, data(8, 0, 16)),
        sent(4, data(7, 2, 64)),
    )
    assert [(row.src, row.dst, row.receiver) for row in rows] == [
        (CLIENT, SERVER, 7),
        (SERVER, CLIENT, 9),
        (CLIENT, SERVER, 8),
    ]
    first = rows[0]
    assert (first.packets, first.keepalives, first.bytes) == (3, 1, 1488)
    assert (first.first_counter, first.last_counter, first.missing) == (0, 2, 0)
    assert (first.frame, first.last_frame, first.last_time_ns) == (1, 5, START_NS + 4000)


def test_an_address_or_a_port_that_changes_is_another_flow() -> None:
    moved = IP(src=RESOLVER, dst=SERVER) / UDP(sport=PORT, dport=PORT) / Raw(data(7, 2))
    rows = flows(sent(0, data(7, 0)), sent(1, data(7, 1), ports=(9999, PORT)), (2, ether(moved)))
    assert [(row.src, row.src_port, row.first_counter) for row in rows] == [
        (CLIENT, PORT, 0),
        (CLIENT, 9999, 1),
        (RESOLVER, PORT, 2),
    ]


@UNTIMED
@given(st.lists(st.integers(0, 40), min_size=1, max_size=20))
def test_counters_that_were_not_seen_are_missing_whatever_their_order(counters: list[int]) -> None:
    (row,) = flows(*(sent(n, data(7, counter)) for n, counter in enumerate(counters)))
    assert (row.first_counter, row.last_counter) == (min(counters), max(counters))
    between = range(min(counters), max(counters) + 1)
    assert row.missing == sum(counter not in counters for counter in between)
    assert row.packets == len(counters)


@pytest.mark.parametrize(
    "payload",
    [initiation(1)[:-1], response(1, 2) + b"x", cookie(1)[:60], data(1, 2)[:-1], b"\x01\0\0\0"],
    ids=["initiation", "response", "cookie", "data", "nothing"],
)
def test_a_message_of_another_length_is_malformed(payload: bytes) -> None:
    (row,) = malformed(sent(0, payload))
    assert row.reason == f"WireGuard message of type {payload[0]} with {len(payload)} bytes"
    assert not handshakes(sent(0, payload)) and not flows(sent(0, payload)) and not strays(sent(0, payload))


@pytest.mark.parametrize(
    "payload", [b"", b"\0\0\0\0" + bytes(30), b"\x05" + bytes(31), b"\x04\0\0\x01" + bytes(40)]
)
def test_what_is_something_else_is_nothing(payload: bytes) -> None:
    assert not malformed(sent(0, payload))
    assert not handshakes(sent(0, payload)) and not flows(sent(0, payload)) and not strays(sent(0, payload))


@UNTIMED
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.binary(max_size=160), st.booleans(), st.sampled_from([0, 32, 64, 92, 148])
        )
    )
)
def test_any_datagrams_can_be_observed_and_each_is_counted_once(
    sizes: list[tuple[int, bytes, bool, int]],
) -> None:
    timed = [
        sent(n, struct.pack("<I", kind) + (some.ljust(size, b"\0")[: size - 4] if size else some), back=back)
        for n, (kind, some, back, size) in enumerate(sizes)
    ]
    rows = handshakes(*timed)
    counted = len(rows) + sum(row.response_frame is not None for row in rows) + len(strays(*timed))
    counted += sum(row.packets for row in flows(*timed)) + len(malformed(*timed))
    assert counted == sum(1 <= kind <= 4 for kind, *_ in sizes)

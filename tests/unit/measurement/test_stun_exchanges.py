"""STUN as captures show it: who asked whom, how long it took, and as whom the asker was seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from measurement.observation import StunExchange
from measurement.observe import observe
from measurement.observers.source import Source
from measurement.observers.stun import stun_exchanges
from measurement.pcapng import Capture

from .captures import CLIENT, SERVER, Timed, capture_run, ether, frames
from .test_stun import success

PORT, SERVICE = 40_001, 3478


def request(number: int, extra: bytes = b"") -> bytes:
    head = b"\x00\x01" + len(extra).to_bytes(2, "big") + bytes.fromhex("2112a442")
    return head + number.to_bytes(12, "big") + extra


def sent(at_us: int, payload: bytes, port: int = PORT) -> Timed:
    packet = IP(src=CLIENT, dst=SERVER) / UDP(sport=port, dport=SERVICE) / Raw(payload)
    return at_us, ether(packet)


def came(at_us: int, payload: bytes, port: int = PORT) -> Timed:
    packet = IP(src=SERVER, dst=CLIENT) / UDP(sport=SERVICE, dport=port) / Raw(payload)
    return at_us, ether(packet)


def exchanges(*timed: Timed) -> list[StunExchange]:
    capture = Capture("traveller", "eth0", frames(timed), len(timed), 0, complete=True, problem="")
    return list(stun_exchanges(Source("main", "pcap/main/traveller.pcapng", capture)))


def test_a_request_and_its_answer_are_one_row(tmp_path: Path) -> None:
    timed = [sent(0, request(7)), came(20_002, success(request(7)))]
    (row,) = (row for row in observe(capture_run(tmp_path, timed)) if isinstance(row, StunExchange))
    assert (row.client, row.client_port, row.server, row.server_port) == (CLIENT, PORT, SERVER, SERVICE)
    assert (row.transaction, row.mapped) == ("000000000000000000000007", "198.51.100.1:40000")
    assert (row.frame, row.answer_frame, row.rtt_us) == (1, 2, 20_002.0)
    assert (row.case, row.node, row.file) == ("main", "traveller", "pcap/main/traveller.pcapng")


def test_answers_belong_to_their_transactions_however_they_come() -> None:
    timed = [
        sent(0, request(1)),
        sent(20, request(2)),
        came(50, success(request(2))),
        came(70, success(request(1))),
    ]
    assert [(row.transaction[-1], row.rtt_us) for row in exchanges(*timed)] == [("1", 70.0), ("2", 30.0)]


def test_a_request_without_an_answer_shows_as_such() -> None:
    (row,) = exchanges(sent(0, request(1)))
    assert (row.answer_frame, row.rtt_us, row.mapped) == (None, None, None)


def test_a_request_sent_again_has_no_round_trip_but_its_first_frame() -> None:
    (row,) = exchanges(sent(0, request(1)), sent(500, request(1)), came(700, success(request(1))))
    assert (row.frame, row.answer_frame, row.rtt_us) == (1, 3, None)


def test_the_first_answer_counts() -> None:
    twice = [came(50, success(request(1), 1)), came(60, success(request(1), 2))]
    (row,) = exchanges(sent(0, request(1)), *twice)
    assert (row.answer_frame, row.mapped) == (2, "198.51.100.1:1")


@pytest.mark.parametrize(
    "answer",
    [
        came(50, success(request(2))),
        came(50, success(request(1)), port=PORT + 1),
        sent(50, success(request(1))),
        came(50, success(request(1)) + b"more"),
        came(50, b"\x01\x11" + success(request(1))[2:]),
    ],
    ids=["of another transaction", "to another port", "the wrong way", "longer than it says", "an error"],
)
def test_what_is_no_answer_is_none(answer: Timed) -> None:
    assert [row.answer_frame for row in exchanges(sent(0, request(1)), answer)] == [None]


@pytest.mark.parametrize(
    "payload",
    [
        request(1)[:-1],
        request(1)[:4] + bytes(4) + request(1)[8:],
        b"\x00\x03" + request(1)[2:],
        request(1, b"attribute")[:-1],
        b"",
    ],
    ids=["too short", "without the cookie", "an allocation", "cut", "empty"],
)
def test_what_is_no_binding_request_is_no_row(payload: bytes) -> None:
    assert exchanges(sent(0, payload)) == []


def test_an_answer_without_an_address_has_none() -> None:
    bare = b"\x01\x01\x00\x00" + request(1)[4:]
    (row,) = exchanges(sent(0, request(1)), came(9, bare))
    assert (row.answer_frame, row.mapped) == (2, None)

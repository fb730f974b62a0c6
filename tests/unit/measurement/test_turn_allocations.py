"""How a client comes to an address at a relay, as captures show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurement.observation import TurnAllocation
from measurement.observe import observe
from measurement.observers.turn import attributes, turn_allocations

from .captures import CLIENT, SERVER, Conversation, Timed, capture_run, source_of
from .media import address, attribute, came, sent, stun

ASK, GIVEN, REFUSED = 0x0003, 0x0103, 0x0113
MAPPED, RELAYED = (
    attribute(0x20, address("198.51.100.1", 50_000)),
    attribute(0x16, address("192.0.2.9", 49_200)),
)
UNAUTHORIZED = attribute(0x09, b"\0\0\4\1Unauthorized")


def rows(*timed: Timed) -> list[TurnAllocation]:
    return list(turn_allocations(source_of(timed)))


def test_a_client_is_first_refused_and_then_given_an_address(tmp_path: Path) -> None:
    timed = [
        sent(0, stun(ASK, 1)),
        came(30_000, stun(REFUSED, 1, UNAUTHORIZED)),
        sent(30_001, stun(ASK, 2, attribute(6, b"traveller"))),
        came(60_001, stun(GIVEN, 2, attribute(0x8022, b"some"), RELAYED, MAPPED)),
    ]
    found = [row for row in observe(capture_run(tmp_path, timed)) if isinstance(row, TurnAllocation)]
    assert [(row.frame, row.answer_frame, row.rtt_us) for row in found] == [(1, 2, 30_000), (3, 4, 30_000)]
    assert [(row.error, row.mapped, row.relayed) for row in found] == [
        (401, None, None),
        (None, "198.51.100.1:50000", "192.0.2.9:49200"),
    ]
    one = found[0]
    assert (one.client, one.client_port, one.server, one.server_port) == (CLIENT, 50_000, SERVER, 3478)
    assert (one.transport, one.requests, one.transaction) == ("udp", 1, "000000000000000000000001")


def test_a_request_without_an_answer_shows_how_often_it_was_sent() -> None:
    (row,) = rows(*(sent(at_us, stun(ASK, 1)) for at_us in (0, 500_000, 1_500_000)))
    assert (row.requests, row.answer_frame, row.rtt_us, row.error, row.relayed) == (3, None, None, None, None)


def test_a_request_sent_again_has_no_round_trip() -> None:
    (row,) = rows(sent(0, stun(ASK, 1)), sent(9, stun(ASK, 1)), came(20, stun(GIVEN, 1, RELAYED)))
    assert (row.requests, row.answer_frame, row.rtt_us, row.relayed) == (2, 3, None, "192.0.2.9:49200")


def test_other_messages_and_other_transactions_are_no_answers() -> None:
    (row,) = rows(sent(0, stun(ASK, 1)), came(5, stun(0x0101, 1, MAPPED)), came(9, stun(GIVEN, 2, RELAYED)))
    assert row.answer_frame is None
    assert rows(came(0, stun(GIVEN, 1, RELAYED))) == []


def test_over_tcp_it_is_the_same() -> None:
    conversation = Conversation()
    conversation.open()
    conversation.send(50_000, client=True, payload=stun(ASK, 1))
    conversation.send(80_000, client=False, payload=stun(GIVEN, 1, RELAYED))
    (row,) = rows(*conversation.timed)
    assert (row.transport, row.server_port, row.rtt_us) == ("tcp", 443, 30_000)


@pytest.mark.parametrize(
    "value", [b"", b"\0\2" + address("192.0.2.9", 1)[2:], address("192.0.2.9", 1)[:-1], bytes(20)]
)
def test_an_address_that_is_none_of_ipv4_is_none(value: bytes) -> None:
    (row,) = rows(sent(0, stun(ASK, 1)), came(5, stun(GIVEN, 1, attribute(0x16, value))))
    assert (row.answer_frame, row.relayed) == (2, None)


def test_attributes_end_where_one_is_cut_and_the_first_of_a_kind_counts() -> None:
    message = stun(GIVEN, 1, attribute(1, b"a"), attribute(1, b"b"), attribute(2, b"cd")[:-3])
    assert attributes(message) == {1: b"a"}
    assert attributes(stun(GIVEN, 1, attribute(2, b"cd"))) == {2: b"cd"}

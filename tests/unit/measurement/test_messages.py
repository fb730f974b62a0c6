"""Messages put together from what was seen at their two ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from measurement.messages import Message, messages
from measurement.observation import DnsRecord, Observation

from .captures import CLIENT, RESOLVER, SERVER, START_NS
from .rows import (
    NAME,
    OTHER,
    REGIONAL,
    answer,
    burst,
    capture,
    connection,
    echo,
    evidence,
    handshake,
    query,
    record,
    talk,
)

NODES = {CLIENT: "traveller", RESOLVER: "isplis", SERVER: "dub-fe"}
MS = 1_000_000


def _at(ms: float) -> int:
    return START_NS + round(ms * MS)


def _told(*rows: Observation) -> list[Message]:
    return messages(evidence(*rows), NODES)


def _texts(*rows: Observation) -> list[str]:
    return [message.text for message in _told(*rows)]


def _question(sent_ms: float, received_ms: float, **changes: object) -> list[Observation]:
    """Return a question of the client as both ends saw it."""
    return [
        query(node="traveller", time_ns=_at(sent_ms), **changes),
        query(node="isplis", time_ns=_at(received_ms), **changes),
    ]


def _answered(**changes: object) -> list[Observation]:
    """Return the resolver's answer as both ends saw it."""
    return [
        answer(node="isplis", time_ns=_at(30), **changes),
        answer(node="traveller", time_ns=_at(34), **changes),
    ]


def _opened(**changes: object) -> list[Observation]:
    """Return a connection as both ends saw it: 20 ms there, 20 ms back, a tenth at the server."""
    return [
        connection(node="traveller", time_ns=_at(0), rtt_us=40_100.0, **changes),
        connection(node="dub-fe", time_ns=_at(20), rtt_us=100.0, **changes),
    ]


def _shaken(**changes: object) -> list[Observation]:
    """Return a handshake as both ends saw it, 20 ms apart, after the connection."""
    at_client = {
        "client_hello_ns": _at(100),
        "server_hello_ns": _at(141),
        "first_request_ns": _at(142),
        "first_response_ns": _at(183),
    }
    at_server = {
        "client_hello_ns": _at(120),
        "server_hello_ns": _at(121),
        "first_request_ns": _at(162),
        "first_response_ns": _at(163),
    }
    return [
        handshake(node="traveller", **{**at_client, **changes}),
        handshake(node="dub-fe", **{**at_server, **changes}),
    ]


# One message


def test_a_question_seen_at_both_ends_is_one_message_whichever_end_is_read_first() -> None:
    for rows in permutations(_question(0, 4)):
        assert _told(*rows) == [Message("traveller", "isplis", "portal.office.com A?", _at(0), _at(4))]


def test_an_answer_goes_the_other_way() -> None:
    assert _told(*_answered()) == [Message("isplis", "traveller", f"A {SERVER}", _at(30), _at(34))]


def test_a_connection_is_opened_by_two_messages() -> None:
    assert _told(*_opened()) == [
        Message("traveller", "dub-fe", "TCP SYN, port 443", _at(0), _at(20)),
        Message("dub-fe", "traveller", "TCP SYN/ACK", _at(20.1), _at(40.1)),
    ]


def test_a_handshake_and_the_first_of_the_data_are_four_messages() -> None:
    assert _told(*_shaken()) == [
        Message("traveller", "dub-fe", "TLS ClientHello", _at(100), _at(120)),
        Message("dub-fe", "traveller", "TLS ServerHello", _at(121), _at(141)),
        Message("traveller", "dub-fe", "TLS Finished, request", _at(142), _at(162)),
        Message("dub-fe", "traveller", "first data", _at(163), _at(183)),
    ]


# What is left out


@pytest.mark.parametrize("seen_at", [0, 1])
@pytest.mark.parametrize("both", [_question(0, 4), _answered(), _opened(), _shaken()])
def test_what_one_end_alone_has_seen_is_left_out(both: list[Observation], seen_at: int) -> None:
    assert _told(both[seen_at]) == []


@pytest.mark.parametrize("both", [_question(0, 4), _answered(), _opened(), _shaken()])
def test_what_somebody_between_the_ends_has_seen_replaces_neither(both: list[Observation]) -> None:
    between = both[0].model_copy(update={"node": "dub-br", "time_ns": _at(1)})
    for end in both:
        assert _told(between, end) == []
    assert _told(between, *both) == _told(*both)


def test_what_nobody_of_the_plan_sent_or_got_is_left_out() -> None:
    assert _told(*_question(0, 4, src=OTHER)) == _told(*_question(0, 4, dst=OTHER)) == []


def test_an_answer_to_a_connection_that_nobody_can_time_is_left_out() -> None:
    at_client, at_server = _opened()
    untimed = at_client.model_copy(update={"rtt_us": None})
    assert _texts(untimed, at_server) == ["TCP SYN, port 443"]


@pytest.mark.parametrize(
    "field, left",
    [
        ("server_hello_ns", ["TLS ClientHello", "TLS Finished, request", "first data"]),
        ("first_request_ns", ["TLS ClientHello", "TLS ServerHello", "first data"]),
        ("first_response_ns", ["TLS ClientHello", "TLS ServerHello", "TLS Finished, request"]),
    ],
)
def test_a_part_of_a_handshake_that_was_not_seen_is_left_out(field: str, left: list[str]) -> None:
    assert _texts(*_shaken(**{field: None})) == left


def test_other_rows_and_other_cases_are_no_messages() -> None:
    others: list[Observation] = [capture(node=node) for node in NODES.values()]
    others += [each(node=node) for each in (talk, echo) for node in NODES.values()]
    others += _question(0, 4, case="at-home")
    assert _told(*others) == []
    assert _told() == []


# Several


def test_messages_are_told_in_the_order_in_which_they_left() -> None:
    rows = [*_shaken(), *_opened(), *_answered(), *_question(25, 29)]
    assert _told(*rows) == _told(*reversed(rows))
    assert _texts(*rows) == [
        "TCP SYN, port 443",
        "TCP SYN/ACK",
        "portal.office.com A?",
        f"A {SERVER}",
        "TLS ClientHello",
        "TLS ServerHello",
        "TLS Finished, request",
        "first data",
    ]


def test_a_repeated_question_is_one_message_from_its_first_departure_to_its_first_arrival() -> None:
    once, again = _question(0, 4), _question(5000, 5004)
    assert _told(*once, *again) == _told(*once)


@pytest.mark.parametrize(
    "change", [{"id": 8}, {"name": REGIONAL}, {"type": "AAAA"}, {"src": RESOLVER, "dst": CLIENT}]
)
def test_another_question_is_another_message(change: dict[str, object]) -> None:
    assert len(_told(*_question(0, 4), *_question(10, 14, **change))) == 2


def test_a_question_and_its_answer_are_two_messages_though_their_ids_are_the_same() -> None:
    told = _told(*_question(0, 4), *_answered())
    assert [(message.source, message.to) for message in told] == [
        ("traveller", "isplis"),
        ("isplis", "traveller"),
    ]


@pytest.mark.parametrize("opened", [_opened, _shaken])
def test_two_connections_of_a_client_are_told_apart_by_their_ports(
    opened: Callable[..., list[Observation]],
) -> None:
    assert len(_told(*opened(), *opened(client_port=40_001))) == 2 * len(_told(*opened()))


# Words


DELEGATION = (record("com", "NS", "a.gtld-servers.net"), record("com", "NS", "b.gtld-servers.net"))
NOTHING = (record("office.com", "SOA", "ns1.office.com hostmaster.office.com 1 3600 600 604800 60"),)


@pytest.mark.parametrize(
    "answers, authority, rcode, text",
    [
        ((record(NAME, "CNAME", REGIONAL), record(REGIONAL, "A", SERVER)), (), "NOERROR", f"A {SERVER}"),
        ((record(NAME, "CNAME", REGIONAL),), DELEGATION, "NOERROR", f"CNAME {REGIONAL}"),
        ((), DELEGATION, "NOERROR", "ask the servers of com"),
        ((), (*NOTHING, *DELEGATION), "NOERROR", "ask the servers of com"),
        ((), NOTHING, "NXDOMAIN", "NXDOMAIN"),
        ((), (), "SERVFAIL", "SERVFAIL"),
    ],
)
def test_an_answer_is_told_by_its_last_record_or_by_whom_to_ask_or_by_its_code(
    answers: tuple[DnsRecord, ...], authority: tuple[DnsRecord, ...], rcode: str, text: str
) -> None:
    assert _texts(*_answered(answers=answers, authority=authority, rcode=rcode)) == [text]


def test_a_question_is_told_with_its_type_and_a_connection_with_its_port() -> None:
    assert _texts(*_question(0, 4, name=".", type="NS")) == [". NS?"]
    assert _texts(*_opened(server_port=53))[0] == "TCP SYN, port 53"


# Captures that are not named for their nodes, and gateways that translate addresses

INSIDE, OFFICE = "10.1.1.2", "100.64.2.1"
OFFICES = {**NODES, INSIDE: "traveller", OFFICE: "hq-gw"}


def _through(*rows: Observation) -> list[tuple[str, str, str]]:
    told = messages(evidence(*rows), OFFICES, {"traveller-wg0": "traveller", "hq-gw-wg0": "hq-gw"}, {"hq-gw"})
    return [(each.source, each.to, each.text) for each in told]


def test_a_capture_in_a_tunnel_is_its_nodes() -> None:
    inside = query(node="traveller-wg0", src=INSIDE, time_ns=_at(0))
    assert _through(inside, query(node="isplis", src=INSIDE, time_ns=_at(4))) == [
        ("traveller", "isplis", f"{NAME} A?")
    ]
    # By itself its name says nothing.
    assert not messages(evidence(inside, query(node="isplis", src=INSIDE, time_ns=_at(4))), OFFICES)


def test_a_gateway_is_the_end_that_is_hidden_and_sends_another_message_on() -> None:
    told = _through(
        connection(node="traveller-wg0", client=INSIDE, time_ns=_at(0), rtt_us=None),
        connection(node="hq-gw-wg0", client=INSIDE, time_ns=_at(50), rtt_us=None),
        connection(node="hq-gw", client=OFFICE, time_ns=_at(51), rtt_us=None),
        connection(node="dub-fe", client=OFFICE, time_ns=_at(60), rtt_us=None),
    )
    assert told == [
        ("traveller", "hq-gw", "TCP SYN, port 443"),
        ("hq-gw", "dub-fe", "TCP SYN, port 443"),
    ]


def test_an_answer_that_a_gateway_passes_on_leaves_it_for_the_client() -> None:
    back = {"src": SERVER, "dst": INSIDE, "src_port": 443, "dst_port": 40_000, "bytes": 300}
    seen = (
        burst(node="hq-gw-wg0", time_ns=_at(1), **back),
        burst(node="traveller-wg0", time_ns=_at(51), **back),
    )
    told = _through(burst(node="dub-fe", time_ns=_at(0), **{**back, "dst": OFFICE}), *seen)
    assert told == [("hq-gw", "traveller", "300 bytes, port 443")]
    # Where the server is not captured nobody knows that it has not sent it to the client itself.
    assert _through(*seen) == []


def test_a_gateway_is_no_end_of_what_was_seen_at_both_ends() -> None:
    told = _through(
        query(node="traveller-wg0", src=INSIDE, time_ns=_at(0)),
        query(node="hq-gw-wg0", src=INSIDE, time_ns=_at(3)),
        query(node="isplis", src=INSIDE, time_ns=_at(4)),
    )
    assert told == [("traveller", "isplis", f"{NAME} A?")]


def test_what_only_a_gateway_has_seen_is_no_message() -> None:
    assert _through(query(node="hq-gw-wg0", src=INSIDE, time_ns=_at(3))) == []


def test_a_node_between_that_is_no_gateway_is_no_end() -> None:
    seen = [query(node="traveller", time_ns=_at(0)), query(node="mwh-fe", time_ns=_at(3))]
    assert messages(evidence(*seen), OFFICES, {}, {"hq-gw"}) == []

"""Requests are found in a client's packets: each with its own answer, and with nothing that is not of it."""

from __future__ import annotations

from typing import Any

import pytest

from measurement.evidence import Missing
from measurement.exchanges import Answer, answers_to
from measurement.journey import Fetch
from measurement.observation import Observation, TcpBurst

from .captures import CLIENT, SERVER, START_NS
from .rows import NODE, OTHER, burst, capture, connection, evidence, fetch, handshake, journey

MS = 1_000_000
PORT = 40_000


def at(ms: float) -> int:
    return START_NS + round(ms * MS)


def asked(ms: float, **changes: Any) -> TcpBurst:
    """Return what the client sent."""
    return burst(**{"time_ns": at(ms), "last_time_ns": at(ms), **changes})


def came(ms: float, size: int, last_ms: float | None = None, **changes: Any) -> TcpBurst:
    """Return what the server sent."""
    ends = {"src": SERVER, "src_port": 443, "dst": CLIENT, "dst_port": PORT}
    last_ns = at(ms if last_ms is None else last_ms)
    return burst(**{**ends, "time_ns": at(ms), "last_time_ns": last_ns, "bytes": size, **changes})


def phases(first_byte_ms: float) -> dict[str, int]:
    before = {"name_lookup": 30_000, "connect": 70_000, "tls": 110_000}
    end_us = round(first_byte_ms * 1000)
    return {**before, "first_byte": end_us, "total": end_us + 1000}


# A connection is opened at 0 ms, 30 ms after the client began. Its first request is answered after 100 ms;
# before that comes what the server says of itself. The second request's answer comes in two rounds.
OPENED = connection(time_ns=at(0), rtt_us=40_000.0)
SECURED = handshake(
    client_hello_ns=at(40), client_finished_ns=at(80), first_request_ns=at(80.005), first_response_ns=at(120)
)
FIRST = fetch(started_ns=at(-30), phases_us=phases(210.01))
SECOND = fetch(name="folders", started_ns=at(181), opened=0, phases_us=phases(100.1))
HELLO = asked(40, bytes=410)
SERVER_HELLO = came(79.99, 939, frame=12)
SENT = asked(80, last_time_ns=at(80.005), frame=14)
ITSELF = came(120, 677, frame=16)
ANSWER = came(180, 334, 180.002, frame=18)
SENT_AGAIN = asked(181.1, frame=20)
ROUNDS = came(281.1, 14_000, 281.2, frame=22), came(321, 3000, 321.1, frame=24)
ALL: tuple[Observation, ...] = (
    *(OPENED, SECURED, HELLO, SERVER_HELLO, SENT, ITSELF, ANSWER),
    *(SENT_AGAIN, *ROUNDS),
)


def found(*rows: Observation, fetches: tuple[Fetch, ...] = (FIRST, SECOND)) -> list[Answer]:
    return answers_to(evidence(*rows), journey(*fetches), CLIENT)


def without(*missing: Observation) -> list[Observation]:
    return [row for row in ALL if row not in missing]


def instead(row: Observation, **changes: Any) -> list[Observation]:
    return [each.model_copy(update=changes) if each == row else each for each in ALL]


def test_each_request_has_its_answer() -> None:
    first, second = found(*ALL)
    assert (first.fetch, second.fetch) == (FIRST, SECOND)
    assert (first.bursts, second.bursts) == ((ANSWER,), ROUNDS)
    assert (first.bytes, second.bytes) == (334, 17_000)
    assert (first.sent, second.sent) == ((SENT,), (SENT_AGAIN,))


def test_the_phases_are_those_of_the_packets() -> None:
    first, _ = found(*ALL)
    assert (first.opened_ns, first.connect_ms, first.tls_ms) == (at(0), 40.0, 40.0)
    assert (first.asked_ns, first.began_ns, first.ended_ns) == (at(80.005), at(180), at(180.002))
    assert first.first_byte_ms == pytest.approx(99.995, abs=1e-9)


def test_a_request_over_a_kept_connection_begins_with_its_own_packet() -> None:
    _, second = found(*ALL)
    assert (second.opened_ns, second.connect_ms, second.tls_ms) == (at(0), 40.0, 40.0)
    assert (second.asked_ns, second.began_ns, second.ended_ns) == (at(181.1), at(281.1), at(321.1))
    assert second.first_byte_ms == pytest.approx(100, abs=1e-9)


def test_a_request_is_asked_with_its_first_packet_however_long_it_is_sent() -> None:
    _, second = found(*instead(SENT_AGAIN, last_time_ns=at(181.3)))
    assert second.asked_ns == SENT_AGAIN.time_ns


def test_the_rows_that_show_a_request_are_its_connection_its_packet_and_its_answers_ends() -> None:
    first, second = found(*ALL)
    assert first.rows == (OPENED, SENT, ANSWER, ANSWER)
    assert second.rows == (OPENED, SENT_AGAIN, *ROUNDS)


def test_what_a_server_says_of_itself_is_no_answer() -> None:
    for rows in (without(ITSELF), instead(ITSELF, time_ns=at(179.9), last_time_ns=at(179.9))):
        assert found(*rows)[0].bursts == (ANSWER,)


def test_an_answer_that_comes_with_what_a_server_says_of_itself_begins_with_it() -> None:
    together = came(180, 1011, frame=16)
    first, _ = found(*without(ITSELF, ANSWER), together)
    assert (first.began_ns, first.bytes) == (at(180), 1011)


@pytest.mark.parametrize(
    "stranger",
    [
        came(281.1, 5000, dst_port=PORT + 1),
        came(281.1, 5000, dst=OTHER),
        came(281.1, 5000, node="dub-fe"),
        asked(181.05, src_port=PORT + 1),
        connection(client_port=PORT + 1, rtt_us=1.0),
        connection(server=OTHER, rtt_us=1.0),
        handshake(client_port=PORT + 1, client_finished_ns=at(41)),
    ],
    ids=["a port", "an address", "a node", "a port that asks", "a connection", "a server", "a handshake"],
)
def test_what_is_of_another_connection_changes_nothing(stranger: Observation) -> None:
    assert found(stranger, *ALL) == found(*ALL)


def test_the_last_request_has_all_that_comes_and_another_one_none_of_the_nexts() -> None:
    late = came(900_000, 10)
    _, second = found(*ALL, late)
    assert second.bursts == (*ROUNDS, late)
    assert found(*ALL, late, fetches=(FIRST,))[0].bursts == (ANSWER, *ROUNDS, late)


def test_a_second_connection_has_phases_of_its_own() -> None:
    again = fetch(name="site", started_ns=at(400), local_port=PORT + 1, phases_us=phases(210.01))
    ends = {"client_port": PORT + 1}
    rows = (
        connection(**ends, time_ns=at(430), rtt_us=20_000.0),
        handshake(**ends, client_hello_ns=at(450), client_finished_ns=at(471), first_request_ns=at(471)),
        asked(471, src_port=PORT + 1),
        came(610, 90, dst_port=PORT + 1),
    )
    site = found(*ALL, *rows, fetches=(FIRST, SECOND, again))[2]
    assert (site.opened_ns, site.connect_ms, site.tls_ms) == (at(430), 20.0, 21.0)
    assert (site.first_byte_ms, site.bytes) == (139.0, 90)


CONNECTION = r"^the packets at traveller do not show the connection of page$"
HANDSHAKE = r"^the packets at traveller do not show the TLS handshake of page$"
FIRST_ANSWER = r"^the packets at traveller do not show the answer to page$"
SECOND_ANSWER = r"^the packets at traveller do not show the answer to folders$"


@pytest.mark.parametrize(
    "rows, told",
    [
        pytest.param(without(OPENED), CONNECTION, id="no connection"),
        pytest.param(instead(OPENED, rtt_us=None), CONNECTION, id="a connection that was not accepted"),
        pytest.param(instead(OPENED, server=OTHER), CONNECTION, id="a connection to somebody else"),
        pytest.param(without(SECURED), HANDSHAKE, id="no handshake"),
        pytest.param(instead(SECURED, client_finished_ns=None), HANDSHAKE, id="a handshake that was cut"),
        pytest.param(instead(SECURED, first_request_ns=None), FIRST_ANSWER, id="no first request"),
        pytest.param(without(ITSELF, ANSWER, *ROUNDS), FIRST_ANSWER, id="no first answer"),
        pytest.param(without(ITSELF, ANSWER), FIRST_ANSWER, id="no first answer, but a second"),
        pytest.param(without(SENT_AGAIN), SECOND_ANSWER, id="no second request"),
        pytest.param(without(*ROUNDS), SECOND_ANSWER, id="no second answer"),
        pytest.param(without(ROUNDS[0]), SECOND_ANSWER, id="a second answer later than the client says"),
        pytest.param(
            [capture(complete=False, problem="was cut"), *ALL],
            "traveller.pcapng is not whole: was cut",
            id="cut",
        ),
    ],
)
def test_what_the_packets_do_not_show_is_missing(rows: list[Observation], told: str) -> None:
    with pytest.raises(Missing, match=told):
        found(*rows)


@pytest.mark.parametrize("late_us, answer_is", [(20, True), (21, False)])
def test_the_client_looks_at_its_clock_a_little_after_the_packet(late_us: int, answer_is: bool) -> None:
    """Its word tells the answer from what came before; it may be that much earlier than the packet."""
    said = fetch(started_ns=at(-30), phases_us=phases(210 - late_us / 1000))
    first, _ = found(*ALL, fetches=(said, SECOND))
    assert (first.began_ns == ANSWER.time_ns) == answer_is


def test_a_journey_in_another_nodes_capture_is_missing() -> None:
    with pytest.raises(Missing, match=r"^there is no capture pcap/nearest/colleague\.pcapng$"):
        answers_to(evidence(*ALL), journey(FIRST, client="colleague"), CLIENT)


def test_the_node_is_the_client() -> None:
    assert journey().client == NODE

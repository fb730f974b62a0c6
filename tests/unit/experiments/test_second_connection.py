"""The second connection is seen at its ends, on the backbone, and on no other way."""

from __future__ import annotations

import pytest

from experiments.reading import Reading
from experiments.second_connection import SecondConnection, internet_points
from measurement.evidence import Missing, Refuted
from measurement.observation import TcpBurst
from topologies.plan import Plan

from .changes import Change, lost, minus, silent, where
from .made_up_run import MAILBOX, ORDER, PLAN, WORLD, ip, made_up_run

DUB, MWH, SIN, TYO = (WORLD.datacenter(name) for name in ("dub", "mwh", "sin", "tyo"))


def second(case: str, *changes: Change, here: str = "dub") -> SecondConnection:
    reading: Reading = made_up_run()
    for change in changes:
        reading = change(reading)
    return SecondConnection(reading, case, WORLD.datacenter(here), MWH)


# Where the Internet is met


@pytest.mark.parametrize("datacenter", [DUB, MWH, SIN, TYO], ids=lambda each: each.name)
def test_every_wire_of_a_border_to_another_place_is_a_point_and_no_other_is(datacenter: object) -> None:
    assert datacenter in (DUB, MWH, SIN, TYO)
    name = getattr(datacenter, "name", "")
    points = internet_points(PLAN, WORLD.datacenter(name))
    interfaces = {
        end.interface for wire in PLAN.wires for end in (wire.a, wire.b) if end.node == f"{name}-br"
    }
    assert {interface for _, interface in points} == {each for each in interfaces if each.startswith("to-")}
    assert len(points) == 4
    assert all(point == f"{name}-{interface}" for point, interface in points)


def test_neither_the_backbone_nor_the_datacenters_own_wires_are_the_internet() -> None:
    interfaces = {interface for _, interface in internet_points(PLAN, DUB)}
    assert "wan" not in interfaces and not any(each.startswith("eth") for each in interfaces)


def test_a_datacenter_without_a_wire_meets_the_internet_nowhere() -> None:
    nothing: Plan = PLAN.model_copy(update={"wires": ()})
    assert internet_points(nothing, DUB) == []


# The proof


@pytest.mark.parametrize(
    "case, here, way", [("nearest", "dub", "66.946"), ("far-front-end", "sin", "79.475")]
)
def test_it_is_told_with_its_ends_and_its_length(case: str, here: str, way: str) -> None:
    told = f"{here}-efz passed 5 requests on to mwh-mbx ({ip(MAILBOX)}:444), {way} ms away over the backbone"
    assert second(case, here=here).is_proven().observed == told


@pytest.mark.parametrize(
    "case, requests", [("nearest", 5), ("cold", 5), ("anycast", 1), ("client-subnet", 1)]
)
def test_requests_are_counted_and_not_the_messages_of_new_connections(case: str, requests: int) -> None:
    word = "request" if requests == 1 else "requests"
    assert f" passed {requests} {word} on " in second(case).is_proven().observed
    messages = [
        row
        for row in made_up_run().observations
        if isinstance(row, TcpBurst) and (row.case, row.node, row.dst) == (case, "dub-efz", ip(MAILBOX))
    ]
    assert len(messages) == (2 * requests if case == "cold" else requests)


def test_what_shows_it_is_a_request_at_each_place_and_an_answer() -> None:
    shown = second("nearest").is_proven().rows
    assert [row.node for row in shown] == ["dub-efz", "mwh-mbx", "dub-br", "mwh-br", "dub-efz"]
    assert all(isinstance(row, TcpBurst) for row in shown)


def test_messages_of_new_connections_do_not_make_up_for_a_request_that_was_not_passed_on() -> None:
    fewer = [
        minus("cold", node, "tcp_burst", src_port=src, dst_port=dst)
        for node in ("dub-efz", "mwh-mbx", "dub-br", "mwh-br")
        for port in (50_001, 50_002, 50_003)
        for src, dst in ((port, 444), (444, port))
    ]
    told = r"^dub-efz exchanged 4 messages to mwh-mbx and 4 back, for 5 requests$"
    with pytest.raises(Refuted, match=told):
        second("cold", *fewer).is_proven()


def test_what_is_sent_to_another_port_is_none_of_it() -> None:
    elsewhere = where("nearest", "dub-efz", "tcp_burst", lambda row: {"dst_port": 25}, dst=ip(MAILBOX))
    with pytest.raises(Refuted, match="exchanged nothing"):
        second("nearest", elsewhere).is_proven()


@pytest.mark.parametrize("node", ["dub-efz", "mwh-mbx", "dub-br", "mwh-br", "mwh-to-r0-ashbur"])
def test_without_one_of_its_captures_nothing_is_known(node: str) -> None:
    with pytest.raises(Missing, match=rf"^there is no capture pcap/nearest/{node}\.pcapng$"):
        second("nearest", lost("nearest", node)).is_proven()


def test_without_what_the_client_says_nothing_is_known_of_its_requests() -> None:
    with pytest.raises(Missing, match="has no journey of nearest"):
        second("nearest", silent("nearest")).is_proven()


# Before, or for it


def test_it_was_open_before_where_nobody_opened_it() -> None:
    finding = second("nearest").was_open_before()
    assert finding.observed == "over a connection that was open before"
    assert [row.node for row in finding.rows] == ["dub-efz"]


def test_it_was_not_open_before_where_it_was_opened() -> None:
    with pytest.raises(Refuted) as refuted:
        second("cold").was_open_before()
    assert refuted.value.observed == "dub-efz opened a connection to mwh-mbx for it"
    assert len(refuted.value.rows) == 1


def test_a_connection_over_which_nothing_was_sent_shows_nothing() -> None:
    with pytest.raises(Refuted, match=r"^dub-efz sent nothing to mwh-mbx$"):
        second("nearest", minus("nearest", "dub-efz", "tcp_burst")).was_open_before()


def test_connections_that_were_opened_are_those_to_the_mailbox_server() -> None:
    ports = [row.client_port for row in second("cold").opened()]
    assert ports == [50_000, 50_001, 50_002, 50_003, 50_004]
    assert second("nearest").opened() == []


@pytest.mark.parametrize("case", ["nearest", "cold"])
def test_without_the_front_ends_capture_nothing_is_known_of_what_it_opened(case: str) -> None:
    with pytest.raises(Missing):
        second(case, lost(case, "dub-efz")).opened()
    with pytest.raises(Missing):
        second(case, lost(case, "dub-efz")).was_open_before()


def test_the_cases_are_those_of_the_order() -> None:
    assert {"nearest", "cold", "far-front-end"} <= {case.name for case in ORDER.cases}

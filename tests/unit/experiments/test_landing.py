"""Where a client lands is told by its first request, and by all that its packets say of it."""

from __future__ import annotations

import pytest

from experiments.landing import Landing
from measurement.evidence import Missing, Refuted
from tests.unit.measurement import rows

from .changes import Change, lost, plus, saying, silent, where
from .made_up_run import HOST, MAILBOX, STEERED, WORLD, ip, made_up_run

CLIENT, ELSEWHERE = ip("traveller"), ip("mwh-efz")


def landing(*changes: Change, case: str = "nearest", expected: str = "dub") -> Landing:
    reading = made_up_run()
    for change in changes:
        reading = change(reading)
    return Landing(reading, case, WORLD.datacenter(expected), "exchange")


def test_a_landing_knows_the_names_on_the_way_and_all_addresses_at_its_end() -> None:
    there = landing()
    assert (there.name, there.steered, there.regional) == (HOST, STEERED, "dub-efz.ms-acdc.office.com")
    assert (there.client, there.resolver, there.server) == ("traveller", "isplis", "dub-efz")
    assert there.server_ips == ("40.101.28.1", "40.101.28.2", "40.101.28.3", "40.101.28.4")


@pytest.mark.parametrize("case, expected", [("far-resolver", "sin"), ("direct", "mwh"), ("anycast", "dub")])
def test_who_landed_as_expected_landed_nowhere_else(case: str, expected: str) -> None:
    assert landing(case=case, expected=expected).landed().observed.startswith(f"landed in {expected}: ")
    for other in {"dub", "mwh", "sin", "tyo"} - {expected}:
        with pytest.raises((Refuted, Missing)):
            landing(case=case, expected=other).landed()


def test_any_of_the_front_ends_addresses_is_it() -> None:
    second = "40.101.28.2"
    moved = [
        where("nearest", node, kind, lambda row: {"server": second})
        for node in ("traveller", "dub-efz")
        for kind in ("tcp_connection", "tls_handshake")
        if not (node == "dub-efz" and kind == "tcp_connection")
    ]
    moved.append(where("nearest", "dub-efz", "tcp_connection", lambda row: {"server": second}, client=CLIENT))
    moved += [
        where("nearest", "traveller", "talk", lambda row: {"dst": second}, src=CLIENT, dst=ip("dub-efz")),
        where("nearest", "traveller", "talk", lambda row: {"src": second}, src=ip("dub-efz")),
    ]
    said = [saying("nearest", number, server_ip=second) for number in range(5)]
    found = landing(*said, *moved).client_connects_there()
    assert f"dub-efz ({second})" in found.observed


MORE = {
    "a second connection": plus(rows.connection(client=CLIENT, client_port=9, server=ELSEWHERE)),
    "packets to another datacenter": plus(rows.talk(src=CLIENT, dst=ELSEWHERE)),
    "packets from another datacenter": plus(rows.talk(src=ELSEWHERE, dst=CLIENT)),
}


@pytest.mark.parametrize("what", MORE)
def test_who_lands_there_only_goes_nowhere_else_and_who_may_go_on_may(what: str) -> None:
    with pytest.raises(Refuted, match=ELSEWHERE.replace(".", r"\.")):
        landing(MORE[what]).client_connects_there()
    assert landing(MORE[what]).client_connects_there(only=False) == landing().client_connects_there()
    with pytest.raises(Refuted):
        landing(MORE[what]).landed()
    assert landing(MORE[what]).landed(only=False) == landing().landed()


@pytest.mark.parametrize(
    "phase, us", [("name_lookup", 12), ("connect", -12), ("tls", 12), ("first_byte", -12)]
)
def test_what_the_client_says_of_a_phase_is_what_its_packets_say(phase: str, us: int) -> None:
    said = landing().first_fetch().phases_us
    lie = saying("nearest", 0, phases_us={**said, phase: said[phase] + us})
    told = "the name lookup" if phase == "name_lookup" else phase.replace("_", " ")
    there = landing(lie)
    with pytest.raises(Refuted, match=f"^{told}: the client says"):
        there.resolver_learns_the_address()
        there.client_connects_there()


def test_the_first_request_is_the_one_that_is_meant() -> None:
    assert landing().first_fetch().name == "sign-in"


@pytest.mark.parametrize("number", [0, 4])
def test_a_journey_with_a_request_that_failed_has_not_landed(number: int) -> None:
    with pytest.raises(Refuted, match="got no answer"):
        landing(saying("nearest", number, status=500)).first_fetch()


def test_nothing_is_known_of_a_case_without_a_journey() -> None:
    with pytest.raises(Missing):
        landing(silent("nearest")).landed()


@pytest.mark.parametrize("node", ["traveller", "isplis", "acdc2", "dub-efz"])
def test_nothing_is_known_without_the_captures_on_the_way(node: str) -> None:
    with pytest.raises(Missing, match=f"pcap/nearest/{node}"):
        landing(lost("nearest", node)).landed()


def test_who_lands_there_does_not_need_what_is_behind_the_front_end() -> None:
    assert landing(lost("nearest", MAILBOX)).landed() == landing().landed()


def test_a_case_that_the_order_does_not_have() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        landing(case="nowhere")

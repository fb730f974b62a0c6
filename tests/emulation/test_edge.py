"""An office's edge, a media relay and split DNS: what passes, as whom, and who is asked, by the packets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from measurement.observation import (
    DnsQuery,
    IcmpEcho,
    IcmpTimeExceeded,
    IcmpUnreachable,
    Observation,
    StunExchange,
    Talk,
    TcpConnection,
)
from measurement.observe import observe

from .edge_network import CLIENT, DNS, ER_POOL, FAR, LINE_POOL, NEAR, PROVIDER
from .guests import changed_source, run_guest

HERE = Path(__file__).parent
TOLERANCE_US = 20
RTT_US = {NEAR: 20_000, FAR: 60_000}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder after everything has been tried in a guest."""
    run_dir = tmp_path_factory.mktemp("edge") / "run"
    run_dir.mkdir()
    source = changed_source(tmp_path_factory.mktemp("source") / "source", {})
    (source / "tests/emulation").mkdir(parents=True)
    (source / "tests/emulation/edge_network.py").write_text((HERE / "edge_network.py").read_text())
    (source / "experiments/inside.py").write_text((HERE / "edge_inside.py").read_text())
    run_guest(run_dir, source=source)
    return run_dir


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Observation]:
    return observe(folder)


def exchanges(rows: list[Observation], case: str, place: str) -> list[StunExchange]:
    return [r for r in rows if isinstance(r, StunExchange) and (r.case, r.node) == (case, place)]


def connections(rows: list[Observation], case: str, place: str) -> list[TcpConnection]:
    return [r for r in rows if isinstance(r, TcpConnection) and (r.case, r.node) == (case, place)]


def talks(rows: list[Observation], case: str, place: str) -> set[tuple[str, str, str]]:
    found = [r for r in rows if isinstance(r, Talk) and (r.case, r.node) == (case, place)]
    return {(talk.src, talk.dst, talk.protocol) for talk in found}


# The relay, and the client that asks it


def test_a_relay_answers_from_the_address_that_it_was_asked_at(rows: list[Observation]) -> None:
    seen = exchanges(rows, "answers", "far-eth0")
    assert [(row.server, row.answer_frame is not None) for row in seen].count((NEAR, True)) == 10
    assert [(row.server, row.answer_frame is not None) for row in seen].count((FAR, True)) == 5


def test_a_client_tells_what_its_packets_show(told: dict[str, Any], rows: list[Observation]) -> None:
    for address, pool in ((NEAR, LINE_POOL), (FAR, ER_POOL)):
        fetch = told[f"client {address}"]
        mapped = f"{pool}:{fetch['local_port']}"
        assert (fetch["status"], fetch["error"], fetch["protocol"]) == (200, "", "STUN")
        assert fetch["headers"] == {"xor-mapped-address": mapped}
        seen = [row for row in exchanges(rows, "answers", "client-eth0") if row.server == address]
        assert {(row.client, row.client_port, row.mapped) for row in seen} == {
            (CLIENT, fetch["local_port"], mapped)
        }
        first_us = fetch["phases_us"]["first_byte"] - fetch["phases_us"]["connect"]
        assert first_us == pytest.approx(RTT_US[address], abs=TOLERANCE_US)


# The edge: who leaves as whom


def test_each_way_out_has_a_pool_of_its_own(rows: list[Observation]) -> None:
    leaving = {row.client for row in exchanges(rows, "answers", "gw-line")}
    assert leaving == {LINE_POOL, DNS}
    assert {row.client for row in exchanges(rows, "answers", "r2-br")} == {ER_POOL}


def test_what_stays_inside_and_the_offices_own_host_are_not_translated(
    told: dict[str, Any], rows: list[Observation]
) -> None:
    assert told[f"dns {NEAR}"]["headers"]["xor-mapped-address"].startswith(f"{DNS}:")
    assert (CLIENT, DNS, "udp/53") in talks(rows, "names", "dns-eth0")


def test_no_inner_address_leaves(told: dict[str, Any], rows: list[Observation]) -> None:
    outside = [r for r in rows if isinstance(r, Talk) and r.node in ("gw-line", "r2-br")]
    assert outside and not [row for row in outside if CLIENT in (row.src, row.dst)]
    assert told["dropped strangers"]["outwards"] == 1


# The edge: what comes in


def test_an_answer_has_to_come_back_by_the_edge_it_was_asked_by(
    told: dict[str, Any], rows: list[Observation]
) -> None:
    assert told[f"open {NEAR}"] == told[f"open {FAR}"] == "open"
    nothing = {"to_self": 0, "inwards": 0, "outwards": 0}
    assert told["dropped at gw"] == told["dropped at r2"] == nothing
    assert told["asymmetric"] == "TimeoutError"
    assert (ER_POOL, NEAR, "tcp/443") in talks(rows, "answers", "gw-line")
    assert (NEAR, ER_POOL, "tcp/443") in talks(rows, "answers", "r2-br")
    assert told["dropped asymmetric"] == {**nothing, "to_self": 1}
    assert not [row for row in rows if isinstance(row, IcmpUnreachable)]  # nobody was told


def test_an_edges_interfaces_share_its_state(told: dict[str, Any], rows: list[Observation]) -> None:
    assert told["by the other line"] == "open"
    (syn,) = connections(rows, "two-lines", "gw-line")
    assert (syn.client, syn.synack_frame) == (LINE_POOL, None)
    assert (NEAR, LINE_POOL, "tcp/443") in talks(rows, "two-lines", "r2-br")


def test_a_stranger_comes_to_what_is_open_and_to_nothing_else(
    told: dict[str, Any], rows: list[Observation]
) -> None:
    assert (told["gw 179"], told["gw 22"]) == ("ConnectionRefusedError", "TimeoutError")
    assert told["r2 22"] == "TimeoutError"  # at an address that is no pool
    assert (told["dns 53"], told["dns 53 opened"]) == ("TimeoutError", "open")
    assert told["dropped strangers"] == {"to_self": 1, "inwards": 1, "outwards": 1}
    (echo,) = (r for r in rows if isinstance(r, IcmpEcho) and (r.case, r.node) == ("strangers", "far-eth0"))
    assert (echo.dst, echo.reply_frame is not None) == (LINE_POOL, True)


def test_a_ruleset_in_force_again_starts_without_state(told: dict[str, Any]) -> None:
    assert told["before the client sends again"] == ""
    assert told["dropped state"]["inwards"] > 0
    assert told["after it has"] == "answer"


def test_a_ruleset_that_cannot_be_is_refused_in_nfts_own_words(told: dict[str, Any]) -> None:
    assert told["refused"].startswith("gw: nft refuses the ruleset /srv/run/nodes/gw/nftables.conf: ")
    assert "a-name-of-twenty-two-c" in told["refused"]


# The edge: what it does to segments and to time


def test_connections_begin_with_segments_that_fit_both_ways(rows: list[Observation]) -> None:
    def sizes(place: str, server: str) -> set[tuple[int | None, int | None]]:
        seen = connections(rows, "answers", place)
        return {(row.client_mss, row.server_mss) for row in seen if row.server == server and row.ack_frame}

    assert sizes("client-eth0", NEAR) == sizes("far-eth0", NEAR) == {(1460, 1460)}
    assert sizes("far-eth0", FAR) == {(1360, 1460)}  # by an interface with an MTU of 1,400 bytes
    assert sizes("client-eth0", FAR) == {(1460, 1360)}


def test_an_edge_takes_no_time(rows: list[Observation]) -> None:
    for case in ("without", "answers"):
        seen = exchanges(rows, case, "dns-eth0")
        assert len(seen) == 5
        for row in seen:
            assert row.rtt_us == pytest.approx(RTT_US[NEAR], abs=TOLERANCE_US)


# Split DNS, and a path


def test_a_name_is_asked_of_the_resolver_that_is_its_domains(
    told: dict[str, Any], rows: list[Observation]
) -> None:
    queries = [r for r in rows if isinstance(r, DnsQuery) and r.node == "client-eth0"]
    assert [(row.name, row.dst) for row in queries] == [
        ("media.example.com", DNS),
        ("media.example.net", PROVIDER),
        ("alias.example.net", PROVIDER),
    ]
    # An alias that leads out of the domain is looked up anew: the provider would have said FAR.
    answers = {"media.example.com": NEAR, "media.example.net": FAR, "alias.example.net": NEAR}
    assert {name: told[f"client {name}"]["server_ip"] for name in answers} == answers


def test_a_trace_shows_every_router_through_the_edge(rows: list[Observation]) -> None:
    seen = [
        r for r in rows if isinstance(r, IcmpTimeExceeded) and (r.case, r.node) == ("path", "client-eth0")
    ]
    assert [(row.src, row.probe_ttl) for row in seen] == [(LINE_POOL, 1), ("192.0.2.1", 2), ("192.0.2.3", 3)]
    echoes = [r for r in rows if isinstance(r, IcmpEcho) and (r.case, r.node) == ("path", "client-eth0")]
    assert [row.reply_frame is not None for row in echoes] == [False, False, False, True]

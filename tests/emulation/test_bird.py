"""Routers that really speak BGP: what they learn and refuse, how soon they notice, and what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from topologies.bgp import BFD_MISSED, BFD_MS, HOLD_S, KEEPALIVE_S

from .bgp_network import AMS, DUB, EXCHANGE, POOL, PUBLIC, PUBLISHED, SHAREPOINT
from .guests import changed_source, run_guest

HERE = Path(__file__).parent
CIRCUIT, INTERNET = "via 192.0.2.1 dev er", "via 100.127.0.1 dev line"  # at the gateway
PRIMARY, SECONDARY = "via 198.51.100.2 dev pri", "via 198.51.100.6 dev sec"  # at the customer edge


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was told after everything has been tried in a guest."""
    run_dir = tmp_path_factory.mktemp("bird") / "run"
    run_dir.mkdir()
    source = changed_source(tmp_path_factory.mktemp("source") / "source", {})
    (source / "tests/emulation").mkdir(parents=True)
    (source / "tests/emulation/bgp_network.py").write_text((HERE / "bgp_network.py").read_text())
    (source / "experiments/inside.py").write_text((HERE / "bird_inside.py").read_text())
    run_guest(run_dir, source=source)
    loaded: dict[str, Any] = json.loads((run_dir / "told.json").read_text())
    return loaded


def way(tried: dict[str, Any], node: str, prefix: str) -> str:
    """Return where a kernel sends what is for a prefix, "" if BIRD has not told it."""
    words = tried["kernel"][node].get(prefix, "").split()
    return " ".join(words[1:5])


def routes(tried: dict[str, Any], node: str) -> dict[str, str]:
    """Return what a router knows of each prefix, all ways to it."""
    blocks: dict[str, str] = {}
    prefix = ""
    for line in tried["routes"][node].splitlines()[1:]:
        if line and not line[0].isspace():
            prefix = line.split()[0]
        blocks[prefix] = blocks.get(prefix, "") + line + "\n"
    return blocks


# What is learned


@pytest.mark.parametrize("prefix", PUBLISHED)
def test_a_customer_learns_each_prefix_on_both_lines_with_its_services_community(
    told: dict[str, Any], prefix: str
) -> None:
    known = routes(told["hold"], "hq-er")[prefix]
    assert known.count(f"BGP.community: ({PUBLISHED[prefix].replace(':', ',')})\n") == 2
    assert known.count("BGP.as_path: 12076\n") == 2
    assert way(told["hold"], "hq-er", prefix) == PRIMARY
    assert way(told["hold"], "hq-gw", prefix) == CIRCUIT


def test_without_a_route_filter_a_customer_learns_nothing(told: dict[str, Any]) -> None:
    known = routes(told["detached"], "hq-er")
    assert not any("12076" in known.get(prefix, "") for prefix in PUBLISHED)
    assert {way(told["detached"], "hq-gw", prefix) for prefix in PUBLISHED} == {INTERNET}


def test_a_route_filter_lets_its_communities_through_and_no_others(told: dict[str, Any]) -> None:
    ways = {prefix: way(told["exchange"], "hq-gw", prefix) for prefix in PUBLISHED}
    assert ways == dict.fromkeys(PUBLISHED, INTERNET) | {EXCHANGE: CIRCUIT}


def test_a_wrong_local_preference_keeps_equal_prefixes_on_the_internet(told: dict[str, Any]) -> None:
    assert "BGP.local_pref: 50\n" in routes(told["internet"], "hq-er")[SHAREPOINT]
    assert {way(told["internet"], "hq-gw", prefix) for prefix in PUBLISHED} == {INTERNET}
    assert way(told["internet"], "hq-er", SHAREPOINT) == "via 203.0.113.1 dev gw"


def test_a_datacenters_own_prefixes_do_not_go_beyond_the_transit(told: dict[str, Any]) -> None:
    assert "(65535,65281)" in routes(told["hold"], "r1-prov")[AMS]
    assert way(told["hold"], "r1-prov", AMS) == "via 13.107.6.1 dev to-ams"
    assert way(told["hold"], "r1-prov", DUB) == "via 13.107.6.17 dev to-dub"
    assert not {AMS, DUB} & routes(told["hold"], "hq-gw").keys()
    assert way(told["hold"], "hq-gw", "default") == INTERNET


def test_of_equal_routes_the_transit_takes_the_nearest(told: dict[str, Any]) -> None:
    assert {way(told["hold"], "r1-prov", prefix) for prefix in PUBLISHED} == {"via 13.107.6.17 dev to-dub"}


def test_microsoft_reaches_the_pool_over_the_circuit_and_the_office_over_the_internet(
    told: dict[str, Any],
) -> None:
    assert way(told["hold"], "ams-br", POOL) == "via 198.51.100.2 dev er1-m1"
    assert way(told["hold"], "dub-br", POOL) == "via 13.107.6.1 dev wan"
    assert way(told["hold"], "ams-br", PUBLIC) == "via 100.127.0.1 dev to-r1"
    assert POOL not in told["hold"]["kernel"]["r1-prov"]


def test_microsoft_prefers_the_circuit_for_a_pool_that_is_announced_to_the_internet_too(
    told: dict[str, Any],
) -> None:
    assert way(told["exchange"], "r1-prov", POOL) == "via 203.0.113.1 dev hq-gw"
    assert "BGP.as_path: 64496 64500\n" in routes(told["exchange"], "dub-br")[POOL]
    assert way(told["exchange"], "ams-br", POOL) == "via 198.51.100.2 dev er1-m1"
    assert way(told["exchange"], "dub-br", POOL) == "via 13.107.6.1 dev wan"


# What is refused


@pytest.mark.parametrize("case, prefix", [("detached", "10.0.0.0/8"), ("exchange", "0.0.0.0/0")])
@pytest.mark.parametrize("edge", ["er1-m1", "er1-m2"])
def test_microsofts_edge_refuses_private_networks_and_a_default_route(
    told: dict[str, Any], case: str, prefix: str, edge: str
) -> None:
    assert f"\n{prefix} " in told[case]["filtered"][edge]
    assert prefix not in routes(told[case], edge)
    assert POOL in routes(told[case], edge)


def test_two_hundred_prefixes_are_accepted(told: dict[str, Any]) -> None:
    assert "error" not in told["200"]
    assert sum("[hq-er " in known for known in routes(told["200"], "er1-m1").values()) == 200


def test_with_one_more_the_session_is_dropped_and_bird_says_why(told: dict[str, Any]) -> None:
    assert told["201"]["error"].splitlines()[2:] == [
        f"er1-m{number}: BGP with hq-er, after 20 s: is not established: BIRD says"
        ' "Automatic shutdown: Route limit exceeded"'
        for number in (1, 2)
    ]
    assert {way(told["201"], "hq-gw", prefix) for prefix in PUBLISHED} == {INTERNET}


@pytest.mark.parametrize("case, counter", [("differ", "TCPMD5Failure"), ("only one", "TCPMD5Unexpected")])
def test_differing_passwords_are_told_by_birds_state_and_the_kernels_counters(
    told: dict[str, Any], case: str, counter: str
) -> None:
    customer, _, microsoft, _ = told[case]["error"].splitlines()
    assert customer == 'hq-er: BGP with er1-m1, after 20 s: is not established: BIRD says "Connect"'
    assert microsoft.startswith(
        'er1-m1: BGP with hq-er, after 20 s: is not established: BIRD says "Passive"; its kernel has refused'
        f" TCP segments for their MD5 ({counter} "
    )
    assert microsoft.endswith("): right would be the same password at both ends")


def test_nothing_else_was_wrong(told: dict[str, Any]) -> None:
    assert {name for name, tried in told.items() if "error" in tried} == {"201", "differ", "only one"}


def test_what_was_dropped_or_refused_is_established_when_it_is_set_right(told: dict[str, Any]) -> None:
    for case in ("200", "again"):
        assert {way(told[case], "hq-gw", prefix) for prefix in PUBLISHED} == {CIRCUIT}
        assert way(told[case], "ams-br", POOL) == "via 198.51.100.2 dev er1-m1"


# What happens when a line is silent


def test_without_bfd_a_silent_line_is_noticed_when_the_hold_time_is_over(told: dict[str, Any]) -> None:
    assert HOLD_S - KEEPALIVE_S - 1 <= told["hold"]["noticed_s"] <= HOLD_S + 1


def test_with_bfd_it_is_noticed_when_three_packets_are_missing(told: dict[str, Any]) -> None:
    most_s = BFD_MS * BFD_MISSED / 1000
    assert most_s - BFD_MS / 1000 <= told["bfd"]["noticed_s"] <= most_s + 0.02


@pytest.mark.parametrize("case", ["hold", "bfd"])
def test_then_both_sides_take_the_secondary_line_and_come_back(told: dict[str, Any], case: str) -> None:
    cut, mended = told[case]["cut"], told[case]["mended"]
    assert {way(cut, "hq-er", prefix) for prefix in PUBLISHED} == {SECONDARY}
    assert way(cut, "ams-br", POOL) == "via 198.51.100.6 dev er1-m2"
    assert {way(mended, "hq-er", prefix) for prefix in PUBLISHED} == {PRIMARY}
    assert way(mended, "ams-br", POOL) == "via 198.51.100.2 dev er1-m1"


def test_when_bird_ends_its_routes_are_gone(told: dict[str, Any]) -> None:
    assert set(told["gone"]) == set(told["hold"]["kernel"])
    assert not any(told["gone"].values())

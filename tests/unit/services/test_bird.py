"""BIRD's configuration, as BIRD will read it, and how it is asked."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Any, get_args

import pytest

from services.bird import Bird, Birds, enable
from topologies.bgp import BFD_MISSED, BFD_MS, HOLD_S, KEEPALIVE_S, MOST_PREFIXES, Origin, Policy
from topologies.errors import ServiceError

from .birds import Scripted, neighbor, origin, speaker

FOLDER, WORK = Path("/run/of/today"), Path("/work")


def text(*neighbors: Any, **more: Any) -> str:
    return Bird(speaker("hq-er", *neighbors, **more), FOLDER, WORK).files()["bird.conf"]


def session(configuration: str, name: str) -> str:
    """Return what is configured for a session, without what is not code."""
    found = re.search(rf"^protocol bgp '{name}' {{\n(.*?)^}}", configuration, re.DOTALL | re.MULTILINE)
    assert found is not None
    return re.sub(r" *#.*", "", found[1])


def part(configuration: str, what: str) -> list[str]:
    """Return the lines of a block of that name."""
    found = re.search(rf"^( *){what} {{\n(.*?)^\1}}", configuration, re.DOTALL | re.MULTILINE)
    assert found is not None
    return [line.strip() for line in found[2].splitlines()]


def filters(policy: str, **more: Any) -> tuple[list[str], list[str]]:
    """Return what a policy lets in, and what it lets out."""
    code = session(text(neighbor("far", policy=policy, **more)), "far")
    return part(code, "import filter"), part(code, "export filter")


# Policies

PRIVATE = "if net.len = 0 || is_private() then reject;"
OWN = ["if is_own() then accept;", "reject;"]
LEARNED = ["if is_learned() then accept;", "reject;"]
OWN_AND_LEARNED = ["if is_own() || is_learned() then accept;", "reject;"]
NOT_EXPRESSROUTE = "if bgp_path ~ [= * 12076 * =] then reject;"
EXPECTED: dict[str, tuple[list[str], list[str]]] = {
    "msee-ce": ([PRIVATE, "bgp_community.delete([(*, *)]);", "accept;"], ["reject;"]),
    "msee-border": (["reject;"], LEARNED),
    "border-msee": (["bgp_local_pref = 100;", "accept;"], ["reject;"]),
    "border-border": (["accept;"], LEARNED),
    "border-transit": ([NOT_EXPRESSROUTE, "accept;"], OWN),
    "transit-border": (
        [NOT_EXPRESSROUTE, "accept;"],
        ["if is_from_customer() || (is_own() && net.len > 0) then accept;", "reject;"],
    ),
    "transit-gateway": ([PRIVATE, "accept;"], ["if is_from_customer() then reject;", *OWN_AND_LEARNED]),
    "gateway-transit": (["accept;"], OWN),
    "gateway-ce": (["accept;"], OWN_AND_LEARNED),
    "ce-gateway": (["accept;"], LEARNED),
    "ce-msee": (["bgp_local_pref = 100;", "accept;"], OWN),
    "site-pop": (["accept;"], OWN),
    "pop-site": (
        [
            "bgp_local_pref = 100;",
            "if (64500, 50) ~ bgp_community then bgp_local_pref = 50;",
            "accept;",
        ],
        ["if is_own() || (is_learned() && bgp_path.len = 0) then accept;", "reject;"],
    ),
    "pop-pop": (["accept;"], OWN_AND_LEARNED),
}


def test_every_policy_is_known() -> None:
    assert set(EXPECTED) == set(get_args(Policy))


@pytest.mark.parametrize("policy", EXPECTED)
def test_a_policy_lets_in_and_out_what_it_is_for(policy: str) -> None:
    assert filters(policy) == EXPECTED[policy]


def test_a_route_filter_lets_its_communities_out() -> None:
    told = filters("msee-ce", filtered=("12076:5010", "12076:5100"))[1]
    allowed = "bgp_community ~ [(12076, 5010), (12076, 5100)]"
    assert told == [f"if is_own() && {allowed} then accept;", "reject;"]


def test_a_local_preference_and_a_longer_path_are_as_they_are_set() -> None:
    let_in, out = filters("ce-msee", preference=149, prepended=2)
    assert let_in[0] == "bgp_local_pref = 149;"
    assert out == ["bgp_path.prepend(64500);", "bgp_path.prepend(64500);", *OWN]


def test_a_site_says_with_its_routes_what_it_asks_of_a_provider() -> None:
    let_in, out = filters("site-pop", added=("64512:50",), prepended=1)
    assert let_in == ["accept;"]
    assert out == ["bgp_community.add((64512, 50));", "bgp_path.prepend(64500);", *OWN]


def test_only_microsofts_edge_limits_prefixes_and_it_drops_the_session() -> None:
    limit = f"receive limit {MOST_PREFIXES} action disable;"
    limited = {name for name in EXPECTED if limit in session(text(neighbor("far", policy=name)), "far")}
    assert limited == {"msee-ce"}
    kept = {name for name in EXPECTED if "import keep filtered" in text(neighbor("far", policy=name))}
    assert kept == set(EXPECTED)  # else they are not counted


def test_only_the_border_hands_on_what_is_not_to_be_exported() -> None:
    line = "interpret communities off;"
    told = {name for name in EXPECTED if line in session(text(neighbor("far", policy=name)), "far")}
    assert told == {"border-transit"}


def test_private_networks_are_those_of_rfc_1918_and_all_of_their_parts() -> None:
    line = next(line for line in text().splitlines() if line.startswith("function is_private"))
    networks = "[10.0.0.0/8+, 172.16.0.0/12+, 192.168.0.0/16+]"
    assert line == f"function is_private() {{ return net.type = NET_IP4 && net ~ {networks}; }}"


def test_a_transit_knows_its_customers_by_their_sessions() -> None:
    gateways = (neighbor("hq-gw", policy="transit-gateway"), neighbor("two-gw", policy="transit-gateway"))
    conf = text(*gateways, neighbor("ams-br", policy="transit-border"))
    assert 'is_from_customer() { return proto = "hq-gw" || proto = "two-gw" || false; }' in conf
    assert "is_from_customer() { return false; }" in text(neighbor("far"))


# Sessions


def test_a_session_is_between_two_addresses_one_hop_apart() -> None:
    code = session(text(neighbor("er1-m1")), "er1-m1").splitlines()
    assert code[:3] == [
        "  local 198.51.100.1 as 64500;",
        "  neighbor 198.51.100.2 as 12076;",
        "  multihop 1;",
    ]
    assert f"  hold time {HOLD_S};" in code
    assert f"  keepalive time {KEEPALIVE_S};" in code
    assert "  graceful restart off;" in code
    assert "    next hop self;" in code


@pytest.mark.parametrize(
    "key, value, line",
    [
        ("passive", True, "passive;"),
        ("password", "once", 'password "once";'),
        ("bfd", True, "bfd;"),
        ("reflected", True, "rr client;"),
    ],
)
def test_what_a_session_has_beside_is_there_only_if_it_is_asked_for(
    key: str, value: object, line: str
) -> None:
    assert f"  {line}\n" in session(text(neighbor("far", **{key: value})), "far")
    assert f"  {line}\n" not in session(text(neighbor("far")), "far")


def test_bfd_runs_only_where_a_session_has_it() -> None:
    lines = part(text(neighbor("far", bfd=True)), "protocol bfd")
    assert "accept ipv4 multihop;" in lines
    assert {f"interval {BFD_MS} ms;", f"multiplier {BFD_MISSED};"} <= set(lines)
    assert "protocol bfd" not in text(neighbor("far"))


def test_ipv6_goes_in_the_same_session_if_there_are_next_hops_for_it() -> None:
    six = {"own6": IPv6Address("2001:db8::1"), "address6": IPv6Address("2001:db8::2")}
    wide = Origin(prefix=IPv6Network("2603:1006::/40"))
    conf = text(neighbor("er1-m1", **six), originates=(wide,), behind="er1-m1")
    assert "next hop address 2001:db8::1;" in part(session(conf, "er1-m1"), "ipv6")
    assert 'route 2001:db8::2/128 via "pri" { igp_metric = 0; };' in part(conf, "protocol static adjacent6")
    assert "route 2603:1006::/40 recursive 2001:db8::2;" in part(conf, "protocol static announced6")
    assert "ipv6" not in text(neighbor("er1-m1"))


# Routes


def test_a_neighbor_is_reached_by_its_interface_and_is_so_far_away() -> None:
    conf = text(neighbor("er1-m1", distance=12_274))
    lines = part(conf, "protocol static adjacent4")
    assert lines == ["ipv4;", 'route 198.51.100.2/32 via "pri" { igp_metric = 12274; };']


def test_what_is_announced_is_behind_a_neighbor_or_unreachable_and_has_all_of_its_communities() -> None:
    origins = origin("192.0.2.0/28"), origin("40.96.0.0/13", "12076:5010", "12076:5100")
    added = "bgp_community.add((12076, 5010)); bgp_community.add((12076, 5100));"
    for behind, gateway in ((None, "unreachable"), ("er1-m1", "recursive 198.51.100.2")):
        lines = part(
            text(neighbor("er1-m1"), originates=origins, behind=behind), "protocol static announced4"
        )
        assert lines[0] == "ipv4;"
        assert lines[1] == f"route 192.0.2.0/28 {gateway};"
        assert " ".join(lines[2].split()) == f"route 40.96.0.0/13 {gateway} {{ {added} }};"
    assert "announced4 {" not in text(neighbor("er1-m1"))


def test_the_kernel_is_told_everything_but_where_neighbors_are_and_nothing_is_taken_from_it() -> None:
    lines = part(text(neighbor("er1-m1")), "protocol kernel")
    assert lines[:3] == ["scan time 3600;", "ipv4 {", "import none;"]
    assert lines[4:9] == [
        'if proto = "adjacent4" then reject;',
        "if dest = RTD_UNICAST then {",
        "krt_prefsrc = 192.0.2.1;",
        "onlink = true;",
        "}",
    ]
    assert "learn" not in lines
    assert "persist" not in lines


# The daemon


def test_it_is_checked_and_run_with_the_same_file_in_the_foreground() -> None:
    bird = Bird(speaker("hq-er", neighbor("far")), FOLDER, WORK)
    assert bird.check() == ["bird", "-p", "-c", "/run/of/today/bird.conf"]
    assert bird.argv() == ["bird", "-f", "-c", "/run/of/today/bird.conf", "-s", "/work/hq-er.bird"]
    assert "log stderr all;" in bird.files()["bird.conf"]


@contextmanager
def listening(bird: Bird, answer: bytes) -> Iterator[list[bytes]]:
    """Answer one question at a BIRD's socket; yields what was asked."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(bird.control))
        listener.listen()

        def serve() -> None:
            talk, _ = listener.accept()
            with talk:
                talk.sendall(b"0001 BIRD 2.0.12 ready.\n")
                asked.append(talk.recv(1000))
                talk.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join()


STATUS = b"1000-BIRD 2.0.12\n1011-Router ID is 192.0.2.1\n Hostname is vm\n0013 Daemon is up and running\n"


def _bird(folder: Path) -> Bird:
    return Bird(speaker("hq-er", neighbor("far")), folder, folder)


def test_an_answer_is_read_line_by_line_each_with_its_code(tmp_path: Path) -> None:
    bird = _bird(tmp_path)
    with listening(bird, STATUS) as asked:
        assert bird.ask("show status") == [
            ("1000", "BIRD 2.0.12"),
            ("1011", "Router ID is 192.0.2.1"),
            ("1011", "Hostname is vm"),
            ("0013", "Daemon is up and running"),
        ]
    assert asked == [b"show status\n"]


ENDING = STATUS.replace(b"Daemon is up and running", b"Shutdown in progress")


@pytest.mark.parametrize("answer, ready", [(STATUS, True), (ENDING, False), (b"9001 syntax error\n", False)])
def test_it_is_ready_when_it_says_so(tmp_path: Path, answer: bytes, ready: bool) -> None:
    bird = _bird(tmp_path)
    with listening(bird, answer) as asked:
        assert bird.answers() is ready
    assert asked == [b"show status\n"]


def test_half_an_answer_is_none(tmp_path: Path) -> None:
    bird = _bird(tmp_path)
    with listening(bird, STATUS[:60]), pytest.raises(ConnectionError, match="in the middle of an answer"):
        bird.ask("show status")


def test_where_nobody_listens_the_end_of_its_log_is_told(tmp_path: Path) -> None:
    bird = _bird(tmp_path)
    with pytest.raises(FileNotFoundError):
        bird.answers()
    bird.log.write_text("<FATAL> Shutdown completed\n")
    with pytest.raises(ServiceError) as error:
        bird.tell("show status")
    assert str(error.value).startswith("hq-er: bird does not answer: [Errno 2]")
    assert str(error.value).endswith("its last lines:\n<FATAL> Shutdown completed")


# From case to case


def test_a_router_that_is_configured_as_before_is_the_same_service() -> None:
    birds = Birds(Path("/nodes"), WORK)
    plain, other = speaker("hq-er", neighbor("far")), speaker("er1-m1", neighbor("far"))
    with_bfd = speaker("hq-er", neighbor("far", bfd=True))
    first, second = birds.of([plain, other]), birds.of([with_bfd, other])
    assert [str(bird.folder) for bird in first] == ["/nodes/hq-er/bgp-1", "/nodes/er1-m1/bgp-1"]
    assert str(second[0].folder) == "/nodes/hq-er/bgp-2"
    assert second[1] is first[1]
    assert birds.of([speaker("hq-er", neighbor("far"))]) == [first[0]]


def test_everything_is_taken_into_service_again() -> None:
    birds = [Scripted(speaker(node), [("0000", "")]) for node in ("hq-er", "er1-m1")]
    enable(birds)
    assert [bird.asked for bird in birds] == [["enable all"]] * 2

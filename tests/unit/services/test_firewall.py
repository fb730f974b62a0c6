"""An edge as a value, its ruleset as text, and what nft is told; what passes is for the guest to show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from services import firewall
from services.firewall import Dropped, Edge, ruleset
from topologies.errors import CommandError, ServiceError
from topologies.network import Network

POOLS = {"line": "198.51.100.1", "er": "203.0.113.1"}


def edge(**changes: Any) -> Edge:
    values = {
        "node": "hq-gw",
        "outside": ("line", "er"),
        "inside": ("10.0.0.0/16", "10.9.0.0/24"),
        "snat": POOLS,
    }
    values["open_to_self"] = ("udp/51820", "tcp/179", "icmp")
    return Edge.model_validate({**values, **changes})


def chain(name: str, **changes: Any) -> list[str]:
    """Return the rules of a chain, without its first line and its comments."""
    text = ruleset(edge(**changes)).split(f"chain {name} {{\n")[1].split("  }\n")[0]
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if not line.startswith(("type ", "#"))]


class FakeNetwork:
    """Keeps what is run, and answers with one text or one error."""

    def __init__(self, answer: str | CommandError = "") -> None:
        self.answer = answer
        self.runs: list[tuple[str, list[str]]] = []

    def run(self, node: str, argv: list[str]) -> str:
        self.runs.append((node, argv))
        if isinstance(self.answer, CommandError):
            raise self.answer
        return self.answer


def test_a_ruleset_replaces_the_one_before_as_a_whole() -> None:
    lines = [line for line in ruleset(edge()).splitlines() if not line.startswith("#")]
    assert lines[:3] == ["table ip edge", "delete table ip edge", "table ip edge {"]


def test_the_routers_own_addresses_are_open_to_its_own_state_and_to_what_is_said() -> None:
    assert chain("to_own_addresses") == [
        "ct state established,related ct id @gone_out accept",
        "udp dport 51820 accept",
        "tcp dport 179 accept",
        "icmp type echo-request accept",
        "counter name to_self drop",
    ]
    assert chain("input") == ['iifname { "line", "er" } jump to_own_addresses']


def test_an_address_that_only_translation_uses_is_one_of_its_own() -> None:
    rule = 'iifname { "line", "er" } ip daddr { %s } jump to_own_addresses'
    assert chain("arrive") == [rule % "198.51.100.1, 203.0.113.1"]
    assert chain("arrive", snat=dict.fromkeys(POOLS, "203.0.113.1")) == [rule % "203.0.113.1"]
    assert "chain arrive" not in ruleset(edge(snat={}))


def test_what_comes_in_from_outside_without_state_is_dropped() -> None:
    assert chain("forward") == [
        "tcp flags syn tcp option maxseg size set rt mtu",
        'oifname { "line", "er" } ct state invalid counter name outwards drop',
        'iifname != { "line", "er" } accept',
        "ct state established,related ct id @gone_out accept",
        "counter name inwards drop",
    ]


def test_hosts_that_are_open_are_reached_and_sizes_stay_if_they_are_to() -> None:
    opened = chain("forward", open_to=("198.51.100.2/32", "198.51.100.8/29"), clamp_mss=False)
    assert opened[-2:] == [
        "ip daddr { 198.51.100.2/32, 198.51.100.8/29 } accept",
        "counter name inwards drop",
    ]
    assert not [rule for rule in opened if "maxseg" in rule]


def test_state_begins_with_what_leaves() -> None:
    assert chain("remember") == ['oifname { "line", "er" } add @gone_out { ct id }']
    assert chain("remember", outside=("line",), snat={}) == ['oifname { "line" } add @gone_out { ct id }']


def test_what_is_inside_is_translated_to_the_pool_of_its_way_out() -> None:
    assert chain("translate") == [
        'oifname "line" ip saddr { 10.0.0.0/16, 10.9.0.0/24 } snat to 198.51.100.1',
        'oifname "er" ip saddr { 10.0.0.0/16, 10.9.0.0/24 } snat to 203.0.113.1',
    ]
    assert chain("translate", snat={}) == []


@pytest.mark.parametrize("wrong", ["51820", "udp/0", "udp/", "UDP/53", "tcp/179; accept", "sctp/9", ""])
def test_what_cannot_be_opened_is_named(wrong: str) -> None:
    told = f'"{wrong}" cannot be opened; right would be "udp/51820", "tcp/179" or "icmp"'
    with pytest.raises(ValidationError) as error:
        edge(open_to_self=(wrong,))
    assert told in str(error.value)


def test_translation_is_for_outside_and_for_somebody() -> None:
    with pytest.raises(
        ValidationError, match=r"hq-gw: translates at wg0, which is not outside; right would be line"
    ):
        edge(outside=("line",), snat={"line": "198.51.100.1", "wg0": "198.51.100.1"})
    with pytest.raises(
        ValidationError, match=r"hq-gw: nothing is inside to be translated; right would be 10\.0"
    ):
        edge(inside=())
    with pytest.raises(ValidationError, match="outside"):
        edge(outside=())


def test_a_ruleset_is_kept_checked_and_put_in_force(tmp_path: Path) -> None:
    network, folder = FakeNetwork(), tmp_path / "nodes" / "hq-gw"
    firewall.apply(cast(Network, network), edge(), folder)
    file = folder / "nftables.conf"
    assert file.read_text() == ruleset(edge())
    assert network.runs == [("hq-gw", ["nft", "-c", "-f", str(file)]), ("hq-gw", ["nft", "-f", str(file)])]


def test_what_nft_refuses_is_told_in_its_own_words(tmp_path: Path) -> None:
    network = FakeNetwork(
        CommandError("hq-gw: 'nft -c -f x' ended with code 1: syntax error, unexpected drop")
    )
    with pytest.raises(ServiceError) as error:
        firewall.apply(cast(Network, network), edge(), tmp_path)
    text = f"hq-gw: nft refuses the ruleset {tmp_path / 'nftables.conf'}: 'nft -c -f x' ended with code 1: "
    assert str(error.value) == text + "syntax error, unexpected drop"
    assert len(network.runs) == 1


def test_what_was_dropped_is_read_from_the_counters() -> None:
    counted = {"to_self": 1, "inwards": 22, "outwards": 0}
    told: list[dict[str, Any]] = [{"metainfo": {"version": "1.0.6"}}]
    told += [{"counter": {"name": name, "packets": count, "bytes": 9}} for name, count in counted.items()]
    network = FakeNetwork(json.dumps({"nftables": told}))
    assert firewall.dropped(cast(Network, network), "hq-gw") == Dropped(to_self=1, inwards=22, outwards=0)
    assert network.runs == [("hq-gw", ["nft", "-j", "list", "counters", "table", "ip", "edge"])]


def test_an_edge_is_a_value() -> None:
    assert edge() == Edge.model_validate_json(edge().model_dump_json())


def test_what_has_not_been_translated_does_not_leave() -> None:
    """A conversation that has begun by an interface without translation is none that is translated later."""
    inside = "{ 10.0.0.0/16, 10.9.0.0/24 }"
    assert chain("keep_in") == [
        f'oifname "{each}" ip saddr {inside} counter name outwards drop' for each in ("line", "er")
    ]
    assert "chain keep_in" not in ruleset(edge(snat={}))

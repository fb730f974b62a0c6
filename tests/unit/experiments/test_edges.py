"""Offices' edges: what is open, and with which address packets leave by which line."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from experiments.edges import edges_of
from services.firewall import Edge
from topologies.bgp import Routing
from topologies.load import load_world
from topologies.selection import Selection, select

WORLD = load_world("article")
PUBLIC, POOL = IPv4Address("100.64.2.1"), IPv4Address("203.0.113.2")


def selected(*, circuit: bool = False, vpn: bool = False) -> Selection:
    return select(
        WORLD,
        clients=("clerk", "traveller"),
        clouds=("worldwide",),
        services=("exchange",),
        vpn=(("traveller", "hq"),) if vpn else (),
        circuits=("circuit",) if circuit else (),
    )


def edges(routing: Routing | None = None, **how: bool) -> dict[str, Edge]:
    return {edge.node: edge for edge in edges_of(WORLD, selected(**how), routing)}


def test_an_office_with_a_tunnel_lets_wireguard_in_and_translates_those_who_dial_in() -> None:
    (edge,) = edges(vpn=True).values()
    assert (edge.node, edge.outside, edge.snat) == ("hq-gw", ("line",), {"line": PUBLIC})
    assert IPv4Network("10.1.1.0/24") in edge.inside and IPv4Network("10.1.0.0/24") in edge.inside
    assert "udp/51820" in edge.open_to_self and "tcp/179" not in edge.open_to_self


def test_a_circuit_has_an_edge_and_an_address_of_its_own() -> None:
    found = edges(Routing(), circuit=True)
    assert list(found) == ["hq-gw", "hq-er"]
    assert "tcp/179" in found["hq-gw"].open_to_self
    assert found["hq-er"].snat == {"pri": POOL, "sec": POOL}
    assert {"tcp/179", "udp/4784"} <= set(found["hq-er"].open_to_self)


@pytest.mark.parametrize("pools, address", [("separate", PUBLIC), ("shared", POOL)])
def test_a_shared_pool_is_used_on_the_internet_too(pools: str, address: IPv4Address) -> None:
    found = edges(Routing.model_validate({"pools": pools}), circuit=True)
    assert found["hq-gw"].snat == {"line": address}


def test_where_no_office_is_built_there_is_no_edge() -> None:
    selection = select(WORLD, clients=("traveller",), clouds=("worldwide",), services=("portal",))
    assert edges_of(WORLD, selection, None) == []

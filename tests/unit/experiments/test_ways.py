"""A client's way in the machine: which routes are there in the block, and that none is left."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from experiments.way import Way
from experiments.ways import led, tunnel_of

from .fake_ways import PLAN, FakeNetwork, as_network

EVERYTHING = IPv4Network("0.0.0.0/0")
OWN, INSIDE, ROUTER = "100.64.0.10", "10.1.1.2", "100.64.0.9"
LINE, TUNNEL = ("traveller", "eth0"), ("traveller", "wg0")


def routes(way: Way) -> dict[tuple[str, str], dict[str, tuple[str, str | None]]]:
    """Return the routes that are there in the block."""
    network = FakeNetwork()
    with led(as_network(network), "traveller", way):
        found = {place: dict(there) for place, there in network.routes.items()}
    assert not any(network.routes.values())
    return found


def test_without_an_office_nothing_changes() -> None:
    network = FakeNetwork()
    with led(as_network(network), "traveller", Way()):
        pass
    assert network.said == []


def test_everything_is_two_halves_beside_the_default_route() -> None:
    found = routes(Way(office="hq", tunnelled=(EVERYTHING,)))
    assert found[TUNNEL] == {"0.0.0.0/1": (INSIDE, None), "128.0.0.0/1": (INSIDE, None)}
    # The concentrator itself is outside of its tunnel.
    assert found[LINE] == {"100.64.2.1/32": (OWN, ROUTER)}


def test_exceptions_go_to_the_clients_own_router() -> None:
    direct = (IPv4Network("40.96.0.0/13"), IPv4Network("52.96.0.0/14"))
    found = routes(Way(office="hq", tunnelled=(EVERYTHING,), direct=direct))
    assert found[LINE] == dict.fromkeys(("40.96.0.0/13", "52.96.0.0/14", "100.64.2.1/32"), (OWN, ROUTER))


def test_a_prefix_that_is_not_everything_stays_whole() -> None:
    found = routes(Way(office="hq", tunnelled=(IPv4Network("100.64.2.0/29"),)))
    assert found[TUNNEL] == {"100.64.2.0/29": (INSIDE, None)}


def test_each_office_has_its_own_interface() -> None:
    found = routes(Way(office="branch", tunnelled=(EVERYTHING,)))
    assert set(found) == {("traveller", "wg1"), LINE}
    assert found[LINE] == {"100.64.5.1/32": (OWN, ROUTER)}
    assert set(found["traveller", "wg1"].values()) == {("10.2.1.2", None)}


def test_exceptions_are_there_before_the_tunnel_and_longer_than_it() -> None:
    network = FakeNetwork()
    with led(as_network(network), "traveller", Way(office="hq", tunnelled=(EVERYTHING,))):
        network.said.append("in the block")
    assert network.said == [
        "lead traveller eth0",
        "lead traveller wg0",
        "in the block",
        "lead no more traveller wg0",
        "lead no more traveller eth0",
    ]


def test_no_route_is_left_after_an_error() -> None:
    network = FakeNetwork()
    with (
        pytest.raises(RuntimeError),
        led(as_network(network), "traveller", Way(office="hq", tunnelled=(EVERYTHING,))),
    ):
        raise RuntimeError
    assert not any(network.routes.values())


def test_a_tunnel_is_found_from_either_end() -> None:
    assert str(tunnel_of(PLAN, "traveller", "hq-gw").address) == INSIDE
    assert str(tunnel_of(PLAN, "hq-gw", "traveller").address) == "10.1.1.1"
    assert tunnel_of(PLAN, "traveller", "branch-gw").interface == "wg1"
    with pytest.raises(KeyError, match="hq-gw has no tunnel to branch-gw"):
        tunnel_of(PLAN, "hq-gw", "branch-gw")

"""Routes that are led for a while: which messages that takes, and what the network knows of them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from tests.unit.experiments.fake_ways import PLAN
from topologies import network as networks
from topologies.errors import BuildError
from topologies.netlink_requests import no_route, route
from topologies.network import Network

ONE, TWO = IPv4Network("40.96.0.0/13"), IPv4Network("13.107.64.0/18")
OWN, ROUTER = IPv4Address("100.64.0.10"), IPv4Address("100.64.0.9")
Sent = list[list[bytes]]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(PLAN, tmp_path)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What is sent; all of it from inside of a node."""
    found: Sent = []
    within: list[int] = []

    @contextlib.contextmanager
    def entered(pid: int) -> Iterator[None]:
        within.append(pid)
        yield
        within.pop()

    def send(requests: Sequence[bytes]) -> None:
        assert within
        found.append(list(requests))

    monkeypatch.setattr(networks, "entered", entered)
    monkeypatch.setattr(networks, "send", send)
    monkeypatch.setattr(socket, "if_nametoindex", {"eth0": 2, "wg0": 5}.__getitem__)
    return found


def test_routes_are_led_to_a_router_or_into_a_tunnel(network: Network, sent: Sent) -> None:
    network.lead("traveller", "eth0", [ONE, TWO], str(OWN), str(ROUTER))
    network.lead("traveller", "wg0", [ONE], "10.1.1.2")
    assert sent == [
        [route(2, ONE, OWN, ROUTER), route(2, TWO, OWN, ROUTER)],
        [route(5, ONE, IPv4Address("10.1.1.2"), None)],
    ]
    assert network.led("traveller", "eth0") == {ONE: ROUTER, TWO: ROUTER}
    assert network.led("traveller", "wg0") == {ONE: None}
    assert network.led("clerk", "eth0") == {}


def test_a_prefix_that_stands_twice_is_led_once(network: Network, sent: Sent) -> None:
    network.lead("traveller", "eth0", iter([ONE, ONE]), str(OWN), str(ROUTER))
    assert sent == [[route(2, ONE, OWN, ROUTER)]]


def test_what_is_led_no_more_is_known_no_more(network: Network, sent: Sent) -> None:
    network.lead("traveller", "eth0", [ONE, TWO], str(OWN), str(ROUTER))
    network.lead_no_more("traveller", "eth0", iter([TWO]))
    assert sent[1:] == [[no_route(2, TWO)]]
    assert network.led("traveller", "eth0") == {ONE: ROUTER}


def test_a_route_that_the_kernel_refuses_is_told_and_not_known(
    network: Network, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(requests: Sequence[bytes]) -> None:
        raise OSError(3, "No such process")

    network.lead("traveller", "eth0", [ONE], str(OWN), str(ROUTER))
    monkeypatch.setattr(networks, "send", refuse)
    text = "traveller: eth0: a route cannot be set: .*No such process"
    with pytest.raises(BuildError, match=text):
        network.lead("traveller", "eth0", [TWO], str(OWN), str(ROUTER))
    with pytest.raises(BuildError, match=text):
        network.lead_no_more("traveller", "eth0", [ONE])
    assert network.led("traveller", "eth0") == {ONE: ROUTER}

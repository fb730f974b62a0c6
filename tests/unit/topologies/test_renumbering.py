"""Which messages give a host another address; that it is heard there, guests try (tests/emulation)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import cast

import pytest

from tests.unit.experiments.fake_ways import PLAN
from topologies import renumbering
from topologies.errors import BuildError
from topologies.netlink_requests import address, neighbour, no_address, route
from topologies.network import Network
from topologies.plan import Plan, other_end
from topologies.renumbering import renumber

OLD, NEW, ROUTER = IPv4Address("100.64.0.10"), IPv4Address("100.64.0.11"), IPv4Address("100.64.0.9")
EVERYTHING, EXCEPTION = IPv4Network("0.0.0.0/0"), IPv4Network("40.96.0.0/13")
INDEX = {"eth0": 2, "lan": 7}
Sent = list[tuple[str, list[bytes]]]


class FakeNetwork:
    """Keeps where code is, and has some routes that are led."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.plan = plan
        self.within: list[str] = []
        self.routes: dict[tuple[str, str], dict[IPv4Network, IPv4Address | None]] = {}

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        self.within.append(node)
        yield
        self.within.pop()

    def led(self, node: str, interface: str) -> dict[IPv4Network, IPv4Address | None]:
        return self.routes.get((node, interface), {})


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork()


@pytest.fixture
def sent(network: FakeNetwork, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What is sent, and in which node."""
    found: Sent = []

    def send(requests: Sequence[bytes]) -> None:
        found.append((network.within[-1], list(requests)))

    monkeypatch.setattr(renumbering, "send", send)
    monkeypatch.setattr(socket, "if_nametoindex", INDEX.__getitem__)
    return found


def test_the_router_knows_the_new_address_before_the_host_has_it(network: FakeNetwork, sent: Sent) -> None:
    renumber(cast(Network, network), "traveller", NEW)
    (wire,) = PLAN.wires_at("traveller")
    mac = wire.a.mac if wire.a.node == "traveller" else wire.b.mac
    assert other_end(wire, "traveller").node == "traveller-cpe"
    assert sent[0] == (
        "traveller-cpe",
        [neighbour(7, NEW, mac), route(7, IPv4Network(NEW), ROUTER, None)],
    )


def test_the_host_has_both_addresses_until_its_routes_are_from_the_new_one(
    network: FakeNetwork, sent: Sent
) -> None:
    renumber(cast(Network, network), "traveller", NEW)
    assert sent[1:] == [
        ("traveller", [address(2, NEW), route(2, EVERYTHING, NEW, ROUTER)]),
        ("traveller", [no_address(2, OLD, 32)]),
    ]
    assert network.within == []


def test_routes_that_are_led_are_led_from_the_new_address(network: FakeNetwork, sent: Sent) -> None:
    network.routes = {
        ("traveller", "eth0"): {EXCEPTION: ROUTER, IPv4Network("100.64.2.1/32"): ROUTER},
        ("traveller", "wg0"): {IPv4Network("0.0.0.0/1"): None},
    }
    renumber(cast(Network, network), "traveller", NEW)
    assert sent[1][1] == [
        address(2, NEW),
        route(2, EVERYTHING, NEW, ROUTER),
        route(2, EXCEPTION, NEW, ROUTER),
        route(2, IPv4Network("100.64.2.1/32"), NEW, ROUTER),
    ]


def test_what_the_kernel_refuses_is_told(
    network: FakeNetwork, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(requests: Sequence[bytes]) -> None:
        raise OSError(17, "File exists")

    monkeypatch.setattr(renumbering, "send", refuse)
    with pytest.raises(BuildError, match=r"traveller: cannot be renumbered to 100\.64\.0\.11:.*File exists"):
        renumber(cast(Network, network), "traveller", NEW)


def test_who_has_no_address_cannot_have_another_one(network: FakeNetwork, sent: Sent) -> None:
    bare = tuple(
        each.model_copy(update={"address": None}) if each.name == "traveller" else each for each in PLAN.nodes
    )
    network.plan = PLAN.model_copy(update={"nodes": bare})
    with pytest.raises(BuildError, match="traveller: has no address that could be another one"):
        renumber(cast(Network, network), "traveller", NEW)
    assert sent == []

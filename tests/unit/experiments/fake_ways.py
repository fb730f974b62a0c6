"""A network that keeps what is asked of it: routes that are led, tunnels that begin anew, commands."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import cast

from topologies.load import load_world
from topologies.network import Network
from topologies.planning import plan_network
from topologies.selection import select

WORLD = load_world("article")
SELECTION = select(
    WORLD,
    clients=("traveller",),
    clouds=("worldwide",),
    services=("exchange",),
    vpn=(("traveller", "hq"), ("traveller", "branch")),
)
PLAN = plan_network(WORLD, SELECTION)


class FakeTunnels:
    """Keeps which tunnels begin anew."""

    def __init__(self, said: list[str]) -> None:
        self.said = said
        self.identities = {"traveller": "keys"}

    def renew(self, node: str, interface: str = "wg0") -> None:
        self.said.append(f"renew {node} {interface}")

    def restart(self, node: str, interface: str = "wg0") -> None:
        self.said.append(f"restart {node} {interface}")

    def keep_alive(self, node: str, interface: str, every_s: int) -> None:
        self.said.append(f"keep alive {node} {interface} {every_s}")


class FakeNetwork:
    """Says what is asked of it, in its order."""

    plan = PLAN

    def __init__(self) -> None:
        self.said: list[str] = []
        self.tunnels = FakeTunnels(self.said)
        self.routes: dict[tuple[str, str], dict[str, tuple[str, str | None]]] = {}

    def lead(
        self, node: str, interface: str, prefixes: Iterable[IPv4Network], own: str, via: str | None = None
    ) -> None:
        self.said.append(f"lead {node} {interface}")
        there = self.routes.setdefault((node, interface), {})
        there.update({str(each): (own, via) for each in prefixes})

    def lead_no_more(self, node: str, interface: str, prefixes: Iterable[IPv4Network]) -> None:
        self.said.append(f"lead no more {node} {interface}")
        for each in prefixes:
            del self.routes[node, interface][str(each)]

    def run(self, node: str, argv: list[str]) -> str:
        self.said.append(f"{node}: {' '.join(argv)}")
        return ""


def as_network(fake: FakeNetwork) -> Network:
    """Return it as the type that the code takes."""
    return cast(Network, fake)

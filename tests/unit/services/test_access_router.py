"""An access router's ruleset as text, and what nft is told; what passes is for the guest to show."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, cast

import pytest

from services.access_router import AccessRouter, in_force, ruleset
from topologies.errors import CommandError, ServiceError
from topologies.network import Network

CLASSES = [
    'oifname "line" ip dscp ef meta priority set 1:1',
    'oifname "line" ip dscp af41 meta priority set 1:2',
]
CLOSED = ['oifname "line" meta l4proto udp udp dport != 53 counter drop']


def rules(**changes: Any) -> list[str]:
    """Return what stands in the ruleset's chains."""
    text = ruleset(AccessRouter(node="home-cpe", line="line", **changes))
    return [line.strip() for line in text.splitlines() if line.strip().startswith("oifname")]


class FakeNetwork:
    """Keeps what is run; refuses what has a word."""

    def __init__(self, refused: str = "nothing") -> None:
        self.refused = refused
        self.runs: list[list[str]] = []

    def run(self, node: str, argv: list[str]) -> str:
        if self.refused in argv:
            raise CommandError(f"{node}: nft: syntax error")
        self.runs.append([node, *argv])
        return ""


def test_classes_are_by_dscp_and_udp_is_closed_but_for_dns() -> None:
    assert rules(classes=True) == CLASSES
    assert rules(udp_blocked=True) == CLOSED
    assert rules(classes=True, udp_blocked=True) == CLASSES + CLOSED
    assert rules() == []


def test_a_ruleset_is_in_force_while_the_block_lasts(tmp_path: Path) -> None:
    network, router = FakeNetwork(), AccessRouter(node="home-cpe", line="line", classes=True)
    with in_force(cast(Network, network), router, tmp_path / "new"):
        assert network.runs == [["home-cpe", "nft", "-f", str(tmp_path / "new/access.conf")]]
        assert (tmp_path / "new/access.conf").read_text() == ruleset(router)
    assert network.runs[1:] == [["home-cpe", "nft", "delete", "table", "ip", "access"]]


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    network = FakeNetwork()
    with contextlib.suppress(ValueError):
        with in_force(cast(Network, network), AccessRouter(node="home-cpe", line="line"), tmp_path):
            raise ValueError
    assert network.runs[-1][2] == "delete"


def test_a_refusal_has_nfts_own_words(tmp_path: Path) -> None:
    network = cast(Network, FakeNetwork(refused="-f"))
    with pytest.raises(ServiceError, match=r"^home-cpe: nft refuses the ruleset .*access.conf: nft: syntax"):
        with in_force(network, AccessRouter(node="home-cpe", line="line"), tmp_path):
            pass

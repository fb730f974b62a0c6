"""A medium's way in a call, with a relay that is none: what is tried, and who is joined with whom."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, cast

import pytest

from experiments import legs
from experiments.cast import password_of
from experiments.legs import Legs
from measurement.media import AUDIO, Attempt, Leg, Medium
from topologies.network import Network

from .this_machine import FakeNetwork

SERVER, CLIENT, PEER = "192.0.2.1", "traveller", "mwh-mcu"
PEER_ADDRESS = "127.0.0.2"


class FakeChannel:
    """A channel to a peer that answers, or does not."""

    mapped, relayed = "198.51.100.1:50000", "192.0.2.2:49152"

    def __init__(self, check_us: int | None) -> None:
        self._check_us = check_us
        self.taken: Callable[[bytes], object] = len
        self.sent: list[bytes] = []
        self.released = False

    def send(self, content: bytes) -> None:
        self.sent.append(content)

    async def check(self) -> int | None:
        return self._check_us

    async def release(self) -> None:
        self.released = True


@pytest.fixture
def medium() -> Medium:
    """Audio, at ports that are free on this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return Medium.model_validate({**dict(AUDIO), "port": free.getsockname()[1]})


@pytest.fixture(autouse=True)
def two_computers_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ends have the same ports of one computer: each has a loopback interface of its own."""
    loopbacks = iter(("127.0.0.3", "127.0.0.4"))
    datagrams = Legs._datagrams

    def apart(self: Legs, node: str, own: Any, dscp: int = 0) -> socket.socket:
        address = {"": "127.0.0.1", "127.0.0.1": None}.get(own[0], own[0]) or next(loopbacks)
        return datagrams(self, node, (address, own[1]), dscp)

    monkeypatch.setattr(Legs, "_datagrams", apart)
    monkeypatch.setattr(legs, "inner_ports", lambda medium: (medium.port,) * 3)


Answers = dict[str, FakeChannel | None]


def led(
    monkeypatch: pytest.MonkeyPatch, medium: Medium, answers: Answers
) -> tuple[Leg, FakeNetwork, list[tuple[Any, ...]]]:
    """Lead a medium where a relay answers so over each transport; return also what it was asked."""
    network, asked = FakeNetwork(PEER_ADDRESS), list[tuple[Any, ...]]()

    async def attempt(
        made: socket.socket, transport: Any, server: Any, user: Any, peer: Any
    ) -> tuple[Attempt, FakeChannel | None]:
        dscp = made.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) >> 2
        asked.append((transport, server, user, peer, dscp, made.type))
        if transport == "tcp":
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        made.close()
        error = "" if answers[transport] else "no answer"
        return Attempt(transport=transport, port=server[1], began_ns=1, took_us=2, error=error), answers[
            transport
        ]

    monkeypatch.setattr(legs, "attempt", attempt)

    async def run() -> Leg:
        async with contextlib.AsyncExitStack() as stack:
            return await Legs(cast(Network, network), (CLIENT, PEER), SERVER, stack).lead(medium)

    return asyncio.run(run()), network, asked


def test_udp_is_enough_where_somebody_answers(monkeypatch: pytest.MonkeyPatch, medium: Medium) -> None:
    channel = FakeChannel(198_000)
    leg, network, asked = led(monkeypatch, medium, {"udp": channel})
    user = CLIENT, password_of(CLIENT)
    assert asked == [
        ("udp", (SERVER, 3478), user, (PEER_ADDRESS, medium.port), 46, socket.SOCK_DGRAM),
    ]
    assert (leg.transport, leg.server, leg.mapped, leg.relayed, leg.check_us) == (
        "udp",
        SERVER,
        channel.mapped,
        channel.relayed,
        198_000,
    )
    assert network.entered == [PEER, CLIENT, CLIENT, PEER]
    assert channel.released and channel.taken is not len


def test_tcp_is_tried_where_nobody_answers_over_udp(monkeypatch: pytest.MonkeyPatch, medium: Medium) -> None:
    leg, _, asked = led(monkeypatch, medium, {"udp": None, "tcp": FakeChannel(1)})
    assert [(each[0], each[1][1], each[4], each[5]) for each in asked] == [
        ("udp", 3478, 46, socket.SOCK_DGRAM),
        ("tcp", 443, 46, socket.SOCK_STREAM),
    ]
    assert leg.transport == "tcp"
    assert [(each.transport, each.error) for each in leg.attempts] == [("udp", "no answer"), ("tcp", "")]


def test_without_any_answer_there_is_no_way(monkeypatch: pytest.MonkeyPatch, medium: Medium) -> None:
    leg, _, _ = led(monkeypatch, medium, {"udp": None, "tcp": None})
    assert (leg.transport, leg.relayed, len(leg.attempts)) == (None, "", 2)


def test_a_peer_that_does_not_answer_is_no_way_and_the_address_is_given_back(
    monkeypatch: pytest.MonkeyPatch, medium: Medium
) -> None:
    channel = FakeChannel(None)
    leg, _, _ = led(monkeypatch, medium, {"udp": channel})
    assert (leg.transport, leg.check_us, channel.released) == (None, None, True)

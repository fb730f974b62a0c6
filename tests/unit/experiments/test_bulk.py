"""Bulk both ways, on this machine's own loopback: it flows until the block ends, and nothing is left."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import pytest

import experiments.bulk as busy
from experiments.bulk import bulk
from topologies.network import Network

from .this_machine import FakeNetwork, free_port


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "PORT", free_port())


def test_a_connection_for_each_direction_carries_as_much_as_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    network = FakeNetwork()
    taken: dict[int, int] = {}

    async def counted(target: socket.socket) -> None:
        number = len(taken)
        taken[number] = 0
        while piece := await asyncio.get_running_loop().sock_recv(target, 65_536):
            taken[number] += len(piece)

    monkeypatch.setattr(busy, "_take", counted)

    async def run() -> None:
        async with bulk(cast(Network, network), "home", "near"):
            while len(taken) < 2 or min(taken.values()) < 1_000_000:
                await asyncio.sleep(0.001)
        assert len(asyncio.all_tasks()) == 1  # nobody but this one

    asyncio.run(run())
    assert network.entered == ["near", "home", "home"]


def test_an_error_ends_it_too() -> None:
    async def run() -> None:
        with pytest.raises(KeyError):
            async with bulk(cast(Network, FakeNetwork()), "home", "near"):
                await asyncio.sleep(0.01)
                raise KeyError
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_nobody_there_is_an_error_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "listen", lambda _: None)

    async def run() -> None:
        with pytest.raises(OSError):
            async with bulk(cast(Network, FakeNetwork()), "home", "near"):
                pass

    asyncio.run(run())

"""A connection that stays open, with messages that are answered: on this machine's own loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import cast

import pytest

from experiments import conversing
from experiments.conversing import MESSAGE_BYTES, Conversing, say
from experiments.exercise import Conversation
from topologies.errors import MeasurementError
from topologies.network import Network

from .this_machine import FakeNetwork, free_port

TALK = Conversation(source="a", target="b", interval_ms=10, count=3)


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversing, "FIRST_PORT", free_port())
    monkeypatch.setattr(conversing, "exactly", lambda: None)


def received(caller: socket.socket, wanted: int) -> int:
    """Return how many bytes come within a second; say() itself throws away what has been answered."""
    until, count = time.monotonic() + 1, 0
    while count < wanted and time.monotonic() < until:
        with contextlib.suppress(BlockingIOError):
            count += len(caller.recv(4096))
    return count


def test_each_message_is_answered_and_at_the_end_nothing_is_left() -> None:
    network, before = FakeNetwork(), threading.active_count()
    with Conversing(cast(Network, network)) as talking:
        caller = talking.begin(0, TALK)
        for _ in range(3):
            say(caller)
            assert received(caller, MESSAGE_BYTES) == MESSAGE_BYTES
    assert sorted(network.entered) == ["a", "b"]
    assert threading.active_count() == before
    assert caller.fileno() == -1


def test_whoever_cannot_connect_says_to_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "listen", lambda *_: None)
    with Conversing(cast(Network, FakeNetwork())) as talking:
        told = r"a: no connection to b, 127\.0\.0\.1, port \d+: .*refused"
        with pytest.raises(MeasurementError, match=told):
            talking.begin(0, TALK)


def test_a_message_to_nobody_is_no_error() -> None:
    with Conversing(cast(Network, FakeNetwork())) as talking:
        caller = talking.begin(0, TALK)
    say(caller)

"""Which packets wake the reader, and what it notes then; whether that is in time, a guest tries."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest

from measurement import handshakes
from measurement.handshakes import FILTER, FRAME_BYTES, Handshakes
from measurement.wireguard_keys import Initiation

OUTGOING, HOST = 4, 0
KIND_OF_PACKET = 0xFFFFF004
SIZES = {0x20: ">I", 0x28: ">H", 0x30: ">B"}  # what a load instruction loads
JUMP_IF_EQUAL, RETURN = 0x15, 0x06


def passed(packet: bytes, kind: int) -> int:
    """Return how many bytes of a packet the filter lets through, as the kernel would run it."""
    at, value = 0, 0
    while True:
        code, if_so, if_not, operand = FILTER[at]
        if code == RETURN:
            return operand
        if code == JUMP_IF_EQUAL:
            at += if_so if value == operand else if_not
        elif operand == KIND_OF_PACKET:
            value = kind
        else:
            (value,) = struct.unpack_from(SIZES[code], packet, operand)
        at += 1


def datagram(payload: bytes, protocol: int = 17) -> bytes:
    header = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 1, 0, 64, protocol, 0, bytes(4), bytes(4)
    )
    return header + struct.pack(">HHHH", 51820, 51820, 8 + len(payload), 0) + payload


INITIATION = datagram(b"\1\0\0\0".ljust(148, b"x"))


def test_a_first_message_that_leaves_passes() -> None:
    assert passed(INITIATION, OUTGOING) == FRAME_BYTES >= len(INITIATION)


@pytest.mark.parametrize(
    "packet, kind",
    [
        (INITIATION, HOST),
        (datagram(b"\2\0\0\0".ljust(92, b"x")), OUTGOING),
        (datagram(b"\4\0\0\0".ljust(148, b"x")), OUTGOING),
        (datagram(b"\1\0\0\0".ljust(147, b"x")), OUTGOING),
        (datagram(b"\1\0\0\0".ljust(148, b"x"), protocol=6), OUTGOING),
    ],
    ids=["comes", "response", "data", "another length", "TCP"],
)
def test_nothing_else_passes(packet: bytes, kind: int) -> None:
    assert passed(packet, kind) == 0


class FakeNetwork:
    """Notes where sockets are made."""

    def __init__(self) -> None:
        self.inside_now = ""

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        self.inside_now = node
        yield
        self.inside_now = ""


class FakeReader:
    """Has a key for each pair, or an error."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], Initiation | Exception | None] = {}
        self.closed = False

    def read(self, node: str, peer: str) -> Initiation | None:
        found = self.keys.get((node, peer))
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        self.closed = True


class Made:
    """Handshakes over a network and a memory that are not there; `wake` is a first message that leaves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *pairs: tuple[str, str]) -> None:
        self.reader, self._network = FakeReader(), FakeNetwork()
        self._senders: dict[str, socket.socket] = {}
        monkeypatch.setattr(handshakes, "KeyReader", lambda identities: self.reader)
        monkeypatch.setattr(handshakes, "_initiations_leaving", self._leaving)
        network: Any = self._network
        self.handshakes = Handshakes(network, {}, pairs)

    def _leaving(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._senders[self._network.inside_now] = ours
        return theirs

    def wake(self, node: str) -> None:
        self._senders[node].send(INITIATION)

    def end(self) -> None:
        for each in self._senders.values():
            each.close()


def initiation(number: int) -> Initiation:
    return Initiation(b"private", b"remote", bytes([number]))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    found = Made(monkeypatch, ("ann", "hub"), ("hub", "ann"), ("hub", "bob"))
    yield found
    found.end()


def test_what_a_node_begins_is_noted_once(made: Made) -> None:
    with made.handshakes as running:
        made.reader.keys["hub", "bob"] = initiation(1)
        made.wake("hub")
        deadline = time.monotonic() + 10
        while not running.initiations and time.monotonic() < deadline:
            time.sleep(0.001)
        made.wake("hub")
    assert running.initiations == [initiation(1)]
    assert made.reader.closed and running.problem == ""


def test_what_is_under_way_at_the_beginning_is_noted_too(made: Made) -> None:
    made.reader.keys["ann", "hub"] = initiation(1)
    with made.handshakes as running:
        pass
    assert running.initiations == [initiation(1)]


def test_an_error_at_one_node_is_told_and_the_others_are_read(made: Made) -> None:
    made.reader.keys["ann", "hub"] = OSError(14, "Bad address")
    with made.handshakes as running:
        made.reader.keys["hub", "ann"] = initiation(2)
        made.wake("hub")
    assert running.initiations == [initiation(2)]
    assert running.problem == "not all keys of tunnels: [Errno 14] Bad address"


def test_a_machine_that_shows_no_memory_has_no_keys_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(identities: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/dev/mem")

    found = Made(monkeypatch, ("ann", "hub"))
    monkeypatch.setattr(handshakes, "KeyReader", refuse)
    with found.handshakes as running:
        pass
    assert running.initiations == []
    assert running.problem.startswith("no keys of tunnels: this kernel does not show its memory")
    assert "/dev/mem" in running.problem
